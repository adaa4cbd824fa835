import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../server/src/compose.ts';
import { ANY_PORTS, anyServer, cli, Session } from '../../support/terminal.ts';
import { until } from '../../support/until.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await anyServer();
}, 20_000);

afterAll(() => server.stop());

describe('serve', () => {
  it('with --json prints one line with its real addresses, and nothing else', async () => {
    const session = new Session([
      'serve',
      '--json',
      '--bus-source',
      'tcp://127.0.0.1:1',
      '--bus-source',
      'ipc:///tmp/x',
    ]);
    await until('the line', () => session.lines.length === 1);
    const line = JSON.parse(session.out);
    expect(line).toEqual({
      ready: true,
      pid: process.pid,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/$/),
      addresses: [expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/)],
      ws: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:[1-9]\d*\/bus$/),
      busAddress: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/),
      busIngress: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/),
      busSources: ['tcp://127.0.0.1:1', 'ipc:///tmp/x'],
      epoch: expect.any(String),
      log: { kind: 'memory', directory: null, entries: 0, oldestTime: null },
    });
    expect(Object.keys(line)).toEqual([
      'ready',
      'pid',
      'url',
      'addresses',
      'ws',
      'busAddress',
      'busIngress',
      'busSources',
      'epoch',
      'log',
    ]);
    session.interrupt();
    expect(await session.result()).toMatchObject({ code: 0, talk: '' });
    expect(session.lines).toHaveLength(1);
  });

  it('prints null for an ingress that is turned off', async () => {
    const session = new Session(['serve', '--json', '--bus-ingress', 'none', '--no-bus-republish']);
    await until('the line', () => session.lines.length === 1);
    expect(JSON.parse(session.out).busIngress).toBeNull();
    session.interrupt();
    await session.ended;
  });

  it('refuses a setting that is unknown, and names the nearest', async () => {
    const result = await cli(['serve'], { env: { ...ANY_PORTS, ZEROSPAN_PROT: '1' } });
    expect(result).toMatchObject({ code: 2, out: '' });
    expect(result.talk).toContain(
      'unknown setting ZEROSPAN_PROT in the environment; did you mean ZEROSPAN_PORT?',
    );
  });

  it('does not warn of variables that are for others, nor says what they hold', async () => {
    const env = {
      ...ANY_PORTS,
      ZEROSPAN_TOKEN: 'canary-of-a-token',
      ZEROSPAN_AUTH_SECRET: 'canary'.repeat(8),
    };
    const session = new Session(['serve'], { env });
    await until('the banner', () => session.out.includes('ready'));
    session.interrupt();
    expect(await session.ended).toBe(0);
    expect(session.talk).not.toContain('ZEROSPAN_');
    expect(session.talk + session.out).not.toContain('canary');
  });

  it.each([
    [
      'a wrong value',
      ['--port', 'eighty'],
      2,
      /port \(--port\): expected a whole number from 0 to 65535, got "eighty"/,
    ],
    [
      'a wrong list',
      ['--bus-source', 'x', '--bus-source', 'tcp://h:1'],
      2,
      /bus\.sources \(--bus-source\): expected addresses/,
    ],
    [
      'a file that is not there',
      ['--config', '/no/such/file'],
      2,
      /--config \/no\/such\/file cannot be read/,
    ],
    [
      'a new epoch of a log in memory',
      ['--log', 'memory', '--log-new-epoch'],
      2,
      /--log-new-epoch is of a log on disk: .*\n {2}Leave it out, or keep the log on disk: --log disk/,
    ],
    ['an unknown flag', ['--prot', '1'], 2, /unknown option.*\n.*--port/],
    [
      'a key of CURVE that is not there',
      ['--bus-curve-key', '/no/such/key', '--bus-curve-clients', '/no/such/list'],
      2,
      /bus\.curveKey \/no\/such\/key: the file cannot be read: ENOENT\n {2}\S/,
    ],
    [
      'an address that it does not have',
      ['--bus-address', 'tcp://192.0.2.1:1', '--insecure'],
      1,
      /bus\.address tcp:\/\/192\.0\.2\.1:1: .*\n {2}\S/,
    ],
  ])('answers %s with its exit code, the reason and nothing on stdout', async (_, args, exitCode, words) => {
    const { code, out, talk } = await cli(['serve', ...args]);
    expect({ code, out }).toEqual({ code: exitCode, out: '' });
    expect(talk).toMatch(words);
  });

  it('answers addresses in use with 1, the setting and the remedy', async () => {
    const bus = await cli(['serve', '--bus-address', server.busAddress]);
    expect(bus).toMatchObject({ code: 1, out: '' });
    expect(bus.talk).toContain('serve --bus-address tcp://127.0.0.1:5557 --bus-source tcp://127.0.0.1:5555');
    const web = await cli(['serve', '--port', new URL(server.url).port]);
    expect(web).toMatchObject({ code: 1, out: '' });
    expect(web.talk).toMatch(/^zerospan: port .*in use/);
  });
});

describe('the program', () => {
  it('answers an unknown command with 2, help and version with 0', async () => {
    expect(await cli(['sing'])).toMatchObject({ code: 2, out: '' });
    expect(await cli(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    const { code, out, talk } = await cli(['serve', '--help']);
    expect({ code, talk }).toEqual({ code: 0, talk: '' });
    for (const flag of [
      '--host',
      '--port',
      '--bus-address',
      '--bus-ingress',
      '--bus-source',
      '--no-bus-republish',
      '--log-bytes',
      '--log-age-ms',
      '--config',
      '--json',
    ]) {
      expect(out).toContain(flag);
    }
  });
});
