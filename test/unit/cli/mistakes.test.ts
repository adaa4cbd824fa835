import { describe, expect, it } from 'vitest';
import { groupOf } from '../../../cli/src/line/flags.ts';
import { COMMANDS, CREATE, PUT, REACHING, SERVE, SUBSCRIBE, VERIFY } from '../../../cli/src/line/mistakes.ts';
import { EXIT } from '../../../cli/src/terminal/failure.ts';
import { SETTINGS } from '../../../server/src/settings/settings.ts';
import { cli } from '../../support/terminal.ts';

const TOOK_WRONG = { code: EXIT.usage, out: '' };

describe('what is typed wrong is answered with what to type', () => {
  const flags = [
    ['put', [REACHING, PUT]],
    ['subscribe', [REACHING, SUBSCRIBE]],
    ['demo', [REACHING]],
    ['bench', [REACHING]],
    ['serve', [SERVE]],
    ['token create', [CREATE]],
    ['token verify', [VERIFY]],
  ] as const;
  const cases = flags.flatMap(([command, lists]) =>
    lists.flatMap((list) => Object.entries(list).map(([names, remedy]) => ({ command, names, remedy }))),
  );

  it.each(cases)('$command $names', async ({ command, names, remedy }) => {
    for (const flag of names.split(', ')) {
      for (const value of [[], ['canary']]) {
        const { code, out, talk } = await cli([...command.split(' '), flag, ...value]);
        expect({ code, out }).toEqual(TOOK_WRONG);
        expect(talk).toContain(remedy);
        expect(talk).not.toContain('canary');
      }
    }
    const help = await cli([...command.split(' '), '--help']);
    expect(help.out).not.toMatch(new RegExp(`${names.split(', ').at(-1)}\\b(?!-)`));
  });

  it.each(Object.entries(COMMANDS))('zerospan %s: use %s', async (typed, meant) => {
    const { code, out, talk } = await cli([typed, '--flag', 'room1', '-h']);
    expect({ code, out }).toEqual(TOOK_WRONG);
    expect(talk).toBe(`zerospan: there is no command ${typed}\n  Use zerospan ${meant}.\n`);
  });

  it.each([
    [['serve', '8081'], /--port 8081/],
    [['demo', '5'], /--rounds 5/],
    [['bench', '127.0.0.1:1'], /--url/],
    [['token', 'verify', 'canary'], /token verify --key bus.key < alice.token/],
    [['token', 'create', 'room1'], /--subscribe room1/],
    [['token', 'create', '--key', 'k'], /--subject <name>.*\n.*token create --key bus.key/],
    [['token', 'key'], /zerospan token key bus.key/],
    [['curve'], /zerospan curve server.key/],
    [['subscribe'], /zerospan subscribe room1 --prefix vote\./],
    [['subscribe', 'a', '--cuont', '1'], /Did you mean --count\?/],
    [['serve', '--limits-put-per-s', '1'], /Did you mean --limits-puts-per-s\?/],
    [['bench', '--rate', 'fast'], /Expected a whole number from 0(.|\n)*bench --subscribers 200/],
    [['put', 'room1', '1', '--ca', '/no/such/file'], /--ca \/no\/such\/file: it cannot be read \(ENOENT\)/],
    [['put', 'room1', '1', '--ca', import.meta.filename], /it holds no certificate/],
    [['nonsense'], /unknown command 'nonsense'\n {2}All commands: zerospan --help/],
  ])('%j', async (args, words) => {
    const { code, out, talk } = await cli(args);
    expect({ code, out }).toEqual(TOOK_WRONG);
    expect(talk).toMatch(words);
    expect(talk).not.toContain('canary');
  });

  it('names itself as zerospan, whichever part found the mistake', async () => {
    for (const args of [['nonsense'], ['serve', '--nonsense'], ['put'], ['curve'], ['serve', '--port', 'x']])
      expect((await cli(args)).talk).toMatch(/^zerospan: /);
  });
});

describe('the help', () => {
  const commands = [
    '',
    'serve',
    'put',
    'subscribe',
    'status',
    'demo',
    'bench',
    'curve',
    'token',
    'token create',
    'token key',
  ];

  it.each(commands)('of zerospan %s fits into 80 columns, an example apart', async (command) => {
    const { code, out, talk } = await cli([...command.split(' ').filter(Boolean), '--help']);
    expect({ code, talk }).toEqual({ code: 0, talk: '' });
    const lines = out.slice(0, out.indexOf('\nFor example:')).split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(out).not.toContain('[]');
  });

  it('of serve shows every setting below a heading, and no heading has more than a dozen', async () => {
    const { out } = await cli(['serve', '--help']);
    const groups = new Map<string, number>();
    for (const { path, flagName } of SETTINGS) {
      expect(out).toMatch(new RegExp(`^ {2}--(no-)?${flagName}\\b`, 'm'));
      groups.set(groupOf(path), (groups.get(groupOf(path)) ?? 0) + 1);
    }
    expect(groups.get('Other settings:')).toBeUndefined();
    for (const [heading, count] of groups) {
      expect(out).toContain(`\n${heading}\n`);
      expect(count).toBeLessThanOrEqual(12);
    }
  });

  it('names every exit code', async () => {
    const { out } = await cli(['--help']);
    for (const code of Object.values(EXIT)) expect(out).toMatch(new RegExp(`^ {2}${code} +\\S`, 'm'));
  });
});
