import { createServer } from 'node:net';
import { Bus } from '@zerospan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../server/src/compose.ts';
import { ANY_PORTS, anyServer, cli, Session } from '../../support/terminal.ts';
import { until } from '../../support/until.ts';
import { freePort, TestSubscriber } from '../../support/zeromq.ts';

let server: RunningServer;
let here: string[];

beforeAll(async () => {
  server = await anyServer();
  here = ['--url', server.ws];
}, 20_000);

afterAll(() => server.stop());

let channels = 0;
const fresh = () => `channel-${++channels}`;

async function subscribed(...args: string[]): Promise<Session> {
  const session = new Session(['subscribe', ...here, ...args]);
  await until('the subscription', () => session.talk.includes('subscribed at'));
  return session;
}

describe('put', () => {
  it('puts on all its channels and tells of each on stderr; stdout stays empty', async () => {
    const [one, two] = [fresh(), fresh()];
    const { code, out, talk } = await cli(['put', ...here, '-c', one, '--channel', two, '{"a":1}']);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(talk).toMatch(new RegExp(`^${one}: accepted at offset \\d+, wanted by 0 sessions and 0 ZeroMQ subscriptions\n${two}: accepted`));
  });

  it('with --json writes the result as one line', async () => {
    const channel = fresh();
    const { code, out } = await cli(['put', ...here, '-c', channel, '1', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ epoch: server.epoch, channels: [{ channel, sessions: 0, nativeSubscriptions: 0 }] });
    expect(out.trimEnd()).not.toContain('\n');
  });

  it('sends the text as it is, from stdin too', async () => {
    const channel = fresh();
    const to = new TestSubscriber(server.busAddress, [`${channel} `]).start();
    await until('the subscriber', async () => (await cli(['put', ...here, '-c', channel, '0'])).talk.includes('1 ZeroMQ subscription'));
    await cli(['put', ...here, '-c', channel, '{"n": 12345678901234567890}']);
    await cli(['put', ...here, '-c', channel, '-'], { stdin: '\n ["\\u00fc", 1.0]\n' });
    await until('both', () => to.received.length >= 3);
    expect(to.received.slice(-2)).toEqual([`${channel} {"n": 12345678901234567890}`, `${channel} ["\\u00fc", 1.0]`]);
    to.socket.close();
  });

  it('takes a negative number', async () => {
    expect(await cli(['put', ...here, '-c', fresh(), '-5'])).toMatchObject({ code: 0 });
  });

  it.each([
    ['no channel', ['1'], /name a channel/],
    ['no message', ['-c', 'a'], /missing required argument 'json'/],
    ['no JSON', ['-c', 'a', 'hello'], /not JSON(.|\n)*'"hello"'/],
    ['NaN', ['-c', 'a', 'NaN'], /not JSON/],
    ['a bad channel', ['-c', 'a b', '1'], /white space/],
    ['a reserved channel', ['-c', '$a', '1'], /the server's own/],
    ['a payload above the limit', ['-c', 'a', `"${'x'.repeat(65_535)}"`], /65537 bytes/],
    ['a bad time', ['-c', 'a', '1', '--timeout-ms', '0'], /whole number from 1/],
    ['an unknown flag', ['-c', 'a', '1', '--chanel', 'b'], /unknown option.*\n.*--channel/],
    ['a bad address', ['-c', 'a', '1', '--url', 'tcp://x:1'], /no address of a server/],
  ])('answers %s with exit code 2 and says why', async (_, args, words) => {
    const { code, out, talk } = await cli(['put', ...here, ...args]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(talk).toMatch(words);
  });

  it('refuses a stdin that is too long or not UTF-8', async () => {
    expect(await cli(['put', ...here, '-c', 'a', '-'], { stdin: 'x'.repeat(600_000) })).toMatchObject({ code: 2 });
    expect(await cli(['put', ...here, '-c', 'a', '-'], { stdin: Buffer.from([0x22, 0xff, 0x22]) })).toMatchObject({ code: 2 });
  });

  it('answers 69 at once when there is no server, with what to do', async () => {
    const { code, talk } = await cli(['put', '-c', 'a', '1', '--url', `ws://127.0.0.1:${await freePort()}/bus`]);
    expect(code).toBe(69);
    expect(talk).toContain('zerospan serve');
  });

  it('answers 69 when something is there that never answers', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    expect(await cli(['put', '-c', 'a', '1', '--timeout-ms', '100', '--url', `ws://127.0.0.1:${port}/bus`])).toMatchObject({ code: 69 });
    silent.close();
  });
});

describe('subscribe', () => {
  it('writes a line each: channel, space, JSON on one line', async () => {
    const channel = fresh();
    const session = await subscribed(channel, '--count', '2');
    const bus = new Bus(server.ws);
    await bus.publish().putText(channel, '{\n "n": 12345678901234567890 }');
    await bus.put(`${channel}0`, 'not asked for');
    await bus.put(channel, null);
    expect(await session.result()).toMatchObject({ code: 0, out: `${channel} {"n":12345678901234567890}\n${channel} null\n` });
    await bus.close();
  });

  it('with --json writes channel, offset, time and message, no digit lost', async () => {
    const channel = fresh();
    const session = await subscribed(channel, '--json', '--count', '1');
    const bus = new Bus(server.ws);
    const { time, channels: [put] } = await bus.publish().putText(channel, '[12345678901234567890, "a b"]');
    const { out } = await session.result();
    expect(out).toBe(`{"channel":"${channel}","offset":${put?.offset},"time":${time},"message":[12345678901234567890,"a b"]}\n`);
    await bus.close();
  });

  it('takes channels, prefixes and --all', async () => {
    const name = fresh();
    const mixed = await subscribed(name, '--prefix', `${name}.a`, '--count', '2');
    const all = await subscribed('--all', '--count', '3');
    const bus = new Bus(server.ws);
    await Promise.all([bus.put(name, 1), bus.put(`${name}.b`, 2), bus.put(`${name}.a.1`, 3)]);
    expect((await mixed.result()).out).toBe(`${name} 1\n${name}.a.1 3\n`);
    expect((await all.result()).out).toBe(`${name} 1\n${name}.b 2\n${name}.a.1 3\n`);
    await bus.close();
  });

  it('with --last gives history first', async () => {
    const channel = fresh();
    const bus = new Bus(server.ws);
    for (const n of [1, 2, 3]) await bus.put(channel, n);
    expect((await cli(['subscribe', ...here, channel, '--last', '2', '--count', '2'])).out).toBe(`${channel} 2\n${channel} 3\n`);
    await bus.close();
  });

  it('ends with 124 when its time is over, having written what came', async () => {
    const channel = fresh();
    const session = await subscribed(channel, '--timeout-ms', '700');
    await cli(['put', ...here, '-c', channel, '1']);
    const { code, out, talk } = await session.result();
    expect({ code, out }).toEqual({ code: 124, out: `${channel} 1\n` });
    expect(talk).toContain('stopped after 700 ms');
  });

  it('ends with 0 when it is interrupted', async () => {
    const session = await subscribed(fresh());
    session.interrupt();
    expect((await session.result()).code).toBe(0);
  });

  it('tells a gap: on stderr, or with --json as a line at its place', async () => {
    const small = await anyServer({ ZEROSPAN_LOG_BYTES: '1', ZEROSPAN_LOG_LAST_BYTES: '0' });
    const bus = new Bus(small.ws);
    for (const n of [1, 2, 3]) await bus.put('room1', n);
    const gapped = new Bus(small.ws, { resume: { epoch: small.epoch, offset: 1 } });
    await bus.close();
    await gapped.close();
    await small.stop();
  });

  it.each([
    ['nothing to subscribe to', [], /name a channel, a --prefix, or --all/],
    ['an empty channel', [''], /--all/],
    ['an empty prefix', ['--prefix', ''], /--all/],
    ['a bad channel', ['a b'], /white space/],
    ['a bad count', ['a', '--count', 'x'], /whole number from 1/],
    ['too large a count', ['a', '--last', '100001'], /./],
  ])('answers %s with exit code 2 and says why', async (_, args, words) => {
    const { code, out, talk } = await cli(['subscribe', ...here, ...args]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(talk).toMatch(words);
  });

  it('answers 69 when there is no server', async () => {
    expect(await cli(['subscribe', 'a', '--url', `127.0.0.1:${await freePort()}`])).toMatchObject({ code: 69 });
  });

  it('lives through a restart of the server, and says so', async () => {
    const port = String(await freePort());
    const first = await anyServer({ ZEROSPAN_PORT: port });
    const session = new Session(['subscribe', 'room1', '--count', '1', '--url', first.ws]);
    await until('the subscription', () => session.talk.includes('subscribed at'));
    await first.stop();
    await until('the loss', () => session.talk.includes('connection is lost'));
    const second = await anyServer({ ZEROSPAN_PORT: port });
    await until('the return', () => session.talk.includes('connected again'), 15_000);
    await cli(['put', '-c', 'room1', '1', '--url', second.ws]);
    expect((await session.result()).out).toBe('room1 1\n');
    await second.stop();
  }, 30_000);
});

describe('serve', () => {
  it('with --json prints one line with its real addresses, and nothing else', async () => {
    const session = new Session(['serve', '--json', '--bus-source', 'tcp://127.0.0.1:1', '--bus-source', 'ipc:///tmp/x']);
    await until('the line', () => session.lines.length === 1);
    const line = JSON.parse(session.out);
    expect(line).toEqual({
      ready: true,
      pid: process.pid,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/$/),
      ws: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:[1-9]\d*\/bus$/),
      busAddress: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/),
      busIngress: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/),
      busSources: ['tcp://127.0.0.1:1', 'ipc:///tmp/x'],
      epoch: expect.any(String),
    });
    expect(Object.keys(line)).toEqual(['ready', 'pid', 'url', 'ws', 'busAddress', 'busIngress', 'busSources', 'epoch']);
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

  it('warns of settings that nobody knows, on stderr', async () => {
    const session = new Session(['serve'], { env: { ...ANY_PORTS, ZEROSPAN_PROT: '1' } });
    await until('the banner', () => session.out.includes('ready'));
    expect(session.talk).toContain('unknown setting ZEROSPAN_PROT in the environment; did you mean ZEROSPAN_PORT?');
    session.interrupt();
    expect(await session.ended).toBe(0);
  });

  it.each([
    ['a wrong value', ['--port', 'eighty'], 2, /port \(--port\): expected a whole number from 0 to 65535, got "eighty"/],
    ['a wrong list', ['--bus-source', 'x', '--bus-source', 'tcp://h:1'], 2, /bus\.sources \(--bus-source\): expected addresses/],
    ['a file that is not there', ['--config', '/no/such/file'], 2, /--config \/no\/such\/file cannot be read/],
    ['an unknown flag', ['--prot', '1'], 2, /unknown option.*\n.*--port/],
    ['an address that it does not have', ['--bus-address', 'tcp://192.0.2.1:1'], 1, /bus\.address tcp:\/\/192\.0\.2\.1:1: .*\n {2}\S/],
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

describe('demo', () => {
  it('brings every vote to the group, the one through ZeroMQ too, on a server of its own', async () => {
    const { code, out } = await cli(['demo', '--rounds', '2', '--pace-ms', '100']);
    expect(code).toBe(0);
    expect(out).toMatch(/Watch it in a browser: http:\/\/127\.0\.0\.1:\d+\//);
    expect(out.match(/through ZeroMQ/g)).toHaveLength(2);
    expect(out.match(/ {2}bot \d+/g)).toHaveLength(24);
    expect(out.match(/It is (yes|no|a draw): \d+ yes, \d+ no\./g)).toHaveLength(2);
  }, 30_000);

  it('uses a running server with --url', async () => {
    const audience = await subscribed('demo.group', '--json', '--count', '13');
    const args = ['--rounds', '1', '--pace-ms', '50', '--bus-address', server.busAddress, '--bus-ingress', server.busIngress as string];
    const { code, out, talk } = await cli(['demo', ...here, ...args]);
    expect({ code, talk }).toEqual({ code: 0, talk: '' });
    expect(out).toContain(`Watch it in a browser: ${server.url}`);
    const { out: results } = await audience.result();
    expect(JSON.parse(results.trimEnd().split('\n').at(-1) as string).message).toMatchObject({ waiting: 0, final: true });
  }, 30_000);

  it('goes on without the ZeroMQ bot where it cannot be reached, and says so', async () => {
    const nowhere = `tcp://127.0.0.1:${await freePort()}`;
    const { code, out, talk } = await cli(['demo', ...here, '--rounds', '1', '--pace-ms', '10', '--bus-address', nowhere, '--bus-ingress', nowhere]);
    expect(code).toBe(0);
    expect(talk).toContain('name the server\'s with --bus-address and --bus-ingress');
    expect(out).toContain('1 did not vote');
  }, 30_000);

  it('ends when it is interrupted, and its server with it', async () => {
    const session = new Session(['demo', '--rounds', '0']);
    await until('a vote', () => session.out.includes('bot'), 15_000);
    session.interrupt();
    expect(await session.ended).toBe(0);
    const url = /http:\S+/.exec(session.out)?.[0] as string;
    await expect(fetch(url)).rejects.toThrow();
  }, 30_000);
});

describe('the program', () => {
  it('answers an unknown command with 2, help and version with 0', async () => {
    expect(await cli(['sing'])).toMatchObject({ code: 2, out: '' });
    expect(await cli(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    const { code, out, talk } = await cli(['serve', '--help']);
    expect({ code, talk }).toEqual({ code: 0, talk: '' });
    for (const flag of ['--host', '--port', '--bus-address', '--bus-ingress', '--bus-source', '--no-bus-republish', '--log-bytes', '--log-age-ms', '--config', '--json']) {
      expect(out).toContain(flag);
    }
  });
});
