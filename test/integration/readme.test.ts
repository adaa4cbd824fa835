import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import { endsWithUs, OWN_GROUP } from '../support/children.ts';
import { anyServer, cli, Session } from '../support/terminal.ts';
import { until } from '../support/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** Where the documents say that a server is. */
const USUAL = 'ws://127.0.0.1:8080/bus';

/** The code of one language below a heading, up to the next heading of this level or above. */
function code(language: string, heading: string, until: string): string[] {
  const begin = readme.indexOf(`\n${heading}\n`);
  const end = readme.indexOf(`\n${until}\n`, begin);
  if (begin < 0 || end < 0) throw new Error(`README has no "${heading}" before "${until}"`);
  const found = readme.slice(begin, end).matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'));
  return [...found].map(([, text = '']) => text);
}

/** Runs a program as a user does who has copied it into the folder of the repository. */
async function printed(program: string): Promise<string[]> {
  const flags = ['--conditions=zerospan-source', '--import', 'tsx', '--input-type=module'];
  const child = endsWithUs(
    spawn(process.execPath, [...flags, '-e', program], {
      ...OWN_GROUP,
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (out += String(data)));
  const [exitCode] = await once(child, 'close');
  expect({ exitCode, out }).toMatchObject({ exitCode: 0 });
  return out.trimEnd().split('\n');
}

describe('what README has a new user type', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await anyServer();
    onTestFinished(() => server.stop());
  });

  it('says what README says that it says: the first message from the command line', async () => {
    const shell = code('sh', '## A first message in 60 seconds', '## Settings');
    const words = shell
      .filter((line) => line.startsWith('npx zerospan '))
      .map((line) =>
        line
          .trim()
          .replace(/^npx zerospan /, '')
          .split(' ')
          .map((word) => word.replaceAll("'", '')),
      );
    expect(words.map(([command]) => command)).toEqual(['subscribe', 'put']);
    const [subscribe = [], put = []] = words.map((each) => [...each, '--url', server.ws]);
    // The page.
    const page = new Session(['subscribe', '--all', '--url', server.ws]);
    const session = new Session(subscribe);
    await until('both', () => [page, session].every(({ talk }) => talk.includes('subscribed at')));
    const { code: exit, out, talk } = await cli(put);
    expect({ exit, talk }).toEqual({ exit: 0, talk: '' });
    expect(readme.replaceAll('\n', ' ')).toContain(`says \`${out.trim()}\``);
    await until('the message', () => session.lines.length === 1);
    expect(readme).toContain(`shows \`${session.lines[0]}\``);
    for (const each of [page, session]) each.interrupt();
    await Promise.all([page.ended, session.ended]);
  });

  it('runs: the first program in Node', async () => {
    const [program = ''] = code('js', '## A first message in 60 seconds', '## Settings');
    expect(await printed(program.replaceAll(USUAL, server.ws))).toEqual(["room1 { hello: 'from Node' } 1"]);
  });

  it('runs: the pieces of the client in short, which are one program, receipt included', async () => {
    const pieces = code('js', '## The client in short', '### Go on after a restart of your own program');
    const lines = await printed(pieces.join('\n').replaceAll(USUAL, server.ws));
    expect(lines).toEqual([
      'live',
      'room1: offset 1 for 1 sessions, 0 ZeroMQ subscriptions',
      'vote.a: offset 2 for 1 sessions, 0 ZeroMQ subscriptions',
      "{ choice: 'yes' }",
      'room1',
      "room1 { choice: 'yes' } 1",
      "vote.a { choice: 'yes' } 2",
      "room1 { do: 'blink' } 3",
      'room1: of 1 sessions 1 have it, 0 never will, 0 did not answer',
      "{ choice: 'yes' } vote.a",
      expect.stringMatching(/^bad-channel .* false$/),
      'closed',
    ]);
    expect(readme).toContain(`It prints \`${lines[8]}\``);
  });
});
