import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Bus } from '@zerospan/client';
import type { ClientMessage, ServerMessage } from '@zerospan/shared';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { RunningServer } from '../../../server/src/compose.ts';
import { subscribed as granted, welcome } from '../../support/client-socket.ts';
import { anyServer, cli, Session } from '../../support/terminal.ts';
import { until } from '../../support/until.ts';
import { freePort } from '../../support/zeromq.ts';

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

/** A server that is no more than its frames, and says from the first that its log is away. */
async function awayServer() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => {
    server.close();
  });
  let publish = (_frame: string): void => {};
  const say = (message: ServerMessage): void => publish(JSON.stringify(message));
  server.on('connection', (socket) => {
    publish = (frame) => socket.send(frame);
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as ClientMessage;
      if ('subscribe' in message) say(granted(message.subscribe.id, 0));
      if (!('hello' in message)) return;
      say(welcome());
      for (const { id } of message.hello.subscriptions ?? []) say(granted(id, 0));
      say({ beat: { offset: 0, logAwayMs: 2_000 } });
    });
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `ws://127.0.0.1:${port}/bus`, say, publish: (frame: string) => publish(frame) };
}

describe('subscribe', () => {
  it('writes a line each: channel, space, JSON on one line', async () => {
    const channel = fresh();
    const session = await subscribed(channel, '--count', '2');
    const bus = new Bus(server.ws);
    await bus.publish().putText(channel, '{\n "n": 12345678901234567890 }');
    await bus.put(`${channel}0`, 'not asked for');
    await bus.put(channel, null);
    expect(await session.result()).toMatchObject({
      code: 0,
      out: `${channel} {"n":12345678901234567890}\n${channel} null\n`,
    });
    await bus.close();
  });

  it('with --verbose writes time and offset before each', async () => {
    const channel = fresh();
    const session = await subscribed(channel, '-v', '--count', '1');
    const bus = new Bus(server.ws);
    const {
      time,
      channels: [put],
    } = await bus.put(channel, 'x');
    const { out } = await session.result();
    expect(out).toBe(`${new Date(time).toISOString()} ${put?.offset} ${channel} "x"\n`);
    await bus.close();
  });

  it('with --json writes channel, offset, time and message, no digit lost', async () => {
    const channel = fresh();
    const session = await subscribed(channel, '--json', '--count', '1');
    const bus = new Bus(server.ws);
    const {
      time,
      channels: [put],
    } = await bus.publish().putText(channel, '[12345678901234567890, "a b"]');
    const { out } = await session.result();
    expect(out).toBe(
      `{"channel":"${channel}","offset":${put?.offset},"time":${time},"message":[12345678901234567890,"a b"]}\n`,
    );
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
    expect((await cli(['subscribe', ...here, channel, '--last', '2', '--count', '2'])).out).toBe(
      `${channel} 2\n${channel} 3\n`,
    );
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

  it.each([
    ['vote.*', 'for all channels that begin with vote. use --prefix vote.'],
    ['#', 'for all channels use --all'],
  ])('says once that %s is no pattern, and what to use; it stays a channel', async (channel, words) => {
    const session = await subscribed(channel, '--count', '1');
    await cli(['put', ...here, channel, '1']);
    const { code, out, talk } = await session.result();
    expect({ code, out }).toEqual({ code: 0, out: `${channel} 1\n` });
    expect(talk.split(words)).toHaveLength(2);
  });

  it('answers 69 when there is no server', async () => {
    expect(await cli(['subscribe', 'a', '--url', `127.0.0.1:${await freePort()}`])).toMatchObject({
      code: 69,
    });
  });

  it('says on stderr that the server does not reach its log, and that it does again', async () => {
    const away = await awayServer();
    const session = new Session(['subscribe', 'room1', '--count', '1', '--url', away.url]);
    await until('the word', () => session.talk.includes('does not reach its log'));
    away.say({ beat: { offset: 0 } });
    await until('the next', () => session.talk.includes('reaches its log again'));
    away.publish('1 1795458000123 room1 "x"');
    expect(await session.result()).toMatchObject({ code: 0, out: 'room1 "x"\n' });
    expect(session.talk).not.toContain('connected again');
  });

  it('lives through a restart of the server and prints the gap: on stderr, with --json as a line at its place', async () => {
    const port = String(await freePort());
    const first = await anyServer({ ZEROSPAN_PORT: port });
    const args = ['subscribe', 'room1', '--count', '2', '--url', first.ws];
    const sessions = [new Session(args), new Session([...args, '--json'])];
    const all = (words: string) => () => sessions.every(({ talk }) => talk.includes(words));
    await until('the subscriptions', all('subscribed at'));
    await cli(['put', '-c', 'room1', '1', '--url', first.ws]);
    await until('the first', () => sessions.every(({ lines }) => lines.length === 1));
    await first.stop();
    await until('the loss', all('connection is lost'));
    const second = await anyServer({ ZEROSPAN_PORT: port });
    await until('the return', all('connected again'), 15_000);
    await cli(['put', '-c', 'room1', '2', '--url', second.ws]);
    const [plain, json] = await Promise.all(sessions.map((session) => session.result()));
    expect(plain?.out).toBe('room1 1\nroom1 2\n');
    expect(plain?.talk).toContain('gap (restart): an unknown number of publications missing, offsets 2 to ?');
    const lines = json?.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { message: 1 },
      { gap: { reason: 'restart', epoch: first.epoch, from: 2, missed: null } },
      { message: 2 },
    ]);
    await second.stop();
  }, 30_000);
});
