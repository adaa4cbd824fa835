import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SHELL_TEST_MS, Shell } from '../../support/shell.ts';
import { snippet, snippets } from '../../support/snippets.ts';
import { until } from '../../support/until.ts';

const CLIENT = 'docs/client.md';
const PIECES = [
  'Connect',
  'Subscribe',
  'Put',
  'Read',
  'Receipts',
  'Gaps',
  'Slow readers',
  'Views',
  'Polls',
  'History',
  'Errors',
  'Close',
];
const page = readFileSync(new URL(`../../../${CLIENT}`, import.meta.url), 'utf8');
const tsc = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url));

async function served(): Promise<Shell> {
  const shell = await Shell.open();
  await shell.serve('npm start');
  return shell;
}

describe('docs/client.md', { timeout: SHELL_TEST_MS }, () => {
  it('is one program from Connect to Close, receipt included', async () => {
    const shell = await served();
    // Its time-outs of 1 s and 2 s are for readers: on a busy machine this program itself may need longer to answer.
    const program = snippets(CLIENT, 'js', ...PIECES).join('\n');
    const lines = await shell.node(program.replaceAll(/timeoutMs: [12]000/g, 'timeoutMs: 30_000'));
    // What `everything` is given of the poll comes between the others.
    expect(lines.filter((line) => !/^vote\.(?:ann|bob) \{/.test(line))).toEqual([
      'live',
      'room1: offset 1 for 1 sessions, 0 ZeroMQ subscriptions',
      'vote.a: offset 2 for 1 sessions, 0 ZeroMQ subscriptions',
      "{ choice: 'yes' }",
      'room1',
      "room1 { choice: 'yes' } 1",
      "vote.a { choice: 'yes' } 2",
      "room1 { do: 'blink' } 3",
      'room1: of 1 sessions 1 have it, 0 never will, 0 did not answer',
      "room1 { do: 'blink' } 4",
      expect.stringMatching(/^[0-9a-f]{16} has it after \d+ ms$/),
      "vote.a { choice: 'yes' } current true",
      'vote.ann yes',
      'vote.bob yes',
      "Map(1) { 'yes' => 2 } []",
      "{ choice: 'yes' } vote.a",
      expect.stringMatching(/^bad-channel .* false$/),
      'closed',
    ]);
    const printed = lines.filter((line) => /^room1: of \d|true$|^Map/.test(line));
    expect(printed).toHaveLength(3);
    for (const line of printed) expect(page).toContain(`prints \`${line}\``);
  });

  it('resumes from its file after a restart of the program', async () => {
    const shell = await served();
    const program = snippet(CLIENT, 'js', 'Resume after a restart of your program');
    const file = `${shell.folder}/position.json`;
    const position = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    const first = shell.startNode(program);
    // It subscribes without history: what is put before that is not its.
    await until('the first message', async () => {
      await shell.run("npx zerospan put room1 '1'");
      return first.written.includes('1');
    });
    await until('its position', () => position().includes('offset'));
    await first.stop();
    const { offset } = JSON.parse(position()) as { offset: number };
    await shell.run('npx zerospan put room1 \'"missed"\'');
    const second = shell.startNode(program);
    await second.says('missed');
    await until('its new position', () => (JSON.parse(position()) as { offset: number }).offset > offset);
  });

  it('is checked by TypeScript where channels have types, and runs', async () => {
    const shell = await served();
    const program = snippet(CLIENT, 'ts', 'Typed channels');
    const options = [
      '--strict',
      '--ignoreConfig',
      '--skipLibCheck',
      '--types',
      'node',
      '--module',
      'nodenext',
    ];
    const target = ['--target', 'es2023', '--lib', 'es2023,dom,esnext.disposable'];
    const compile = (file: string) =>
      promisify(execFile)(tsc, [...options, ...target, file], { cwd: shell.folder });
    shell.save('typed.mts', program);
    await compile('typed.mts');
    expect(await shell.node(readFileSync(`${shell.folder}/typed.mjs`, 'utf8'))).toEqual(['yes']);
    shell.save('wrong.mts', program.replace("{ choice: 'yes' });", "{ choice: 'perhaps' });"));
    await expect(compile('wrong.mts')).rejects.toMatchObject({
      stdout: expect.stringContaining('"perhaps"'),
    });
  });
});

it('runs what docs/troubleshooting.md shows of failures', { timeout: SHELL_TEST_MS }, async () => {
  const shell = await served();
  const program = snippet('docs/troubleshooting.md', 'js', 'When a connection fails');
  expect(await shell.node(program)).toEqual([
    'live undefined undefined',
    'undefined',
    'closed undefined undefined',
  ]);
});

it("runs what the client package's README shows", { timeout: SHELL_TEST_MS }, async () => {
  const shell = await served();
  const program = shell.startNode(snippet('client/README.md', 'js', '@zerospan/client'));
  await program.says("room1 { hello: 'world' }");
});
