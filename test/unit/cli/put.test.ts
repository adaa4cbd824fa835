import { createServer } from 'node:net';
import { Bus } from '@zerospan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../server/src/compose.ts';
import { anyServer, cli } from '../../support/terminal.ts';
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

describe('put', () => {
  it('puts on all its channels and writes a line for each', async () => {
    const [one, two] = [fresh(), fresh()];
    const { code, out, talk } = await cli(['put', ...here, '-c', one, '--channel', two, '{"a":1}']);
    expect({ code, talk }).toEqual({ code: 0, talk: '' });
    expect(out).toMatch(
      new RegExp(
        `^${one}: accepted at offset \\d+, matched by 0 sessions and 0 ZeroMQ subscriptions\n${two}: accepted`,
      ),
    );
  });

  it('with --who prints who has it, and who not and why', async () => {
    const channel = fresh();
    const bus = new Bus(server.ws, { name: 'Lobby' });
    const subscriber = bus.subscribe(channel);
    subscriber.on('publication', () => {});
    await subscriber.ready;
    const events = new AbortController();
    const url = server.ws.replace('ws:', 'http:').replace('/bus', `/v1/events?channel=${channel}`);
    const stream = await fetch(url, { signal: events.signal });
    const args = ['put', ...here, '-c', channel, '--confirm-ms', '1000', '--who'];
    const said = await cli([...args, '1']);
    events.abort();
    expect(said.code).toBe(0);
    expect(said.out).toMatch(/; 1 session confirmed, 0 skipped, 1 unanswered\n/);
    expect(said.out).toMatch(/\n {2}has it {5}"Lobby" [0-9a-f]{16} {2}after \d+ ms\n/);
    expect(said.out).toMatch(/\n {2}no answer {2}[0-9a-f]{16} {2}never acknowledges\n/);
    expect(stream.status).toBe(200);
    const { out } = await cli([...args, '--json', '1']);
    expect(JSON.parse(out)).toMatchObject({
      channels: [{ confirmed: 1, who: { has: [{ session: { name: 'Lobby' } }] } }],
    });
    await bus.close();
    const wrong = await cli(['put', ...here, '-c', channel, '--who', '1']);
    expect([wrong.code, wrong.talk]).toEqual([2, expect.stringContaining('--confirm-ms')]);
  });

  it('with --confirm-ms prints how many have it', async () => {
    const channel = fresh();
    const bus = new Bus(server.ws);
    const subscriber = bus.subscribe(channel);
    subscriber.on('publication', () => {});
    await subscriber.ready;
    const said = await cli(['put', ...here, '-c', channel, '--confirm-ms', '5000', '1']);
    expect(said.code).toBe(0);
    expect(said.out).toContain('; 1 session confirmed, 0 skipped, 0 unanswered');
    const { out } = await cli(['put', ...here, '-c', channel, '--confirm-ms', '5000', '--json', '1']);
    expect(JSON.parse(out)).toMatchObject({ channels: [{ confirmed: 1, skipped: 0, unanswered: 0 }] });
    await bus.close();
    const wrong = await cli(['put', ...here, '-c', channel, '--confirm-ms', '60001', '1']);
    expect(wrong.talk).toContain('60000');
    expect(wrong.code).toBe(2);
  });

  it('with --json writes the result as one line', async () => {
    const channel = fresh();
    const { code, out } = await cli(['put', ...here, '-c', channel, '1', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      epoch: server.epoch,
      channels: [{ channel, sessions: 0, nativeSubscriptions: 0 }],
    });
    expect(out.trimEnd()).not.toContain('\n');
  });

  it('sends the text as it is, from stdin too', async () => {
    const channel = fresh();
    const to = new TestSubscriber(server.busAddress, [`${channel} `]).start();
    await until('the subscriber', async () =>
      (await cli(['put', ...here, '-c', channel, '0'])).out.includes('1 ZeroMQ subscription'),
    );
    await cli(['put', ...here, '-c', channel, '{"n": 12345678901234567890}']);
    await cli(['put', ...here, '-c', channel, '-'], { stdin: '\n ["\\u00fc", 1.0]\n' });
    await until('both', () => to.received.length >= 3);
    expect(to.received.slice(-2)).toEqual([
      `${channel} {"n": 12345678901234567890}`,
      `${channel} ["\\u00fc", 1.0]`,
    ]);
    to.socket.close();
  });

  it('takes the channel as an argument before the message, as subscribe does', async () => {
    const channel = fresh();
    expect((await cli(['put', ...here, channel, '"x"'])).out).toMatch(new RegExp(`^${channel}: accepted`));
    expect((await cli(['put', channel, '-', ...here], { stdin: '{"a":1}' })).code).toBe(0);
  });

  it('puts on a channel that looks like a pattern, and says that it is none', async () => {
    const { code, talk } = await cli(['put', ...here, 'vote.*', '1']);
    expect({ code, talk }).toEqual({
      code: 0,
      talk: 'zerospan: vote.* is one channel of exactly this name; a put names each of its channels\n',
    });
  });

  it('takes a negative number', async () => {
    expect(await cli(['put', ...here, '-c', fresh(), '-5'])).toMatchObject({ code: 0 });
  });

  it.each([
    ['no channel', ['1'], /name a channel\n.*put room1/],
    ['no message', ['a'], /name a message\n.*put room1/],
    ['no message behind -c', ['-c', 'a'], /name a message\n.*put room1/],
    ['nothing', [], /name a channel and a message\n.*put room1/],
    ['a text without quotes of the shell', ['a', 'hello', 'world'], /in single quotes.*-c a -c b/],
    ['words that would be channels', ['a', 'b', '1'], /got 3 arguments/],
    ['a channel beside -c', ['-c', 'a', 'b', '1'], /with -c the only argument is the message/],
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
    expect(await cli(['put', ...here, '-c', 'a', '-'], { stdin: 'x'.repeat(600_000) })).toMatchObject({
      code: 2,
    });
    expect(
      await cli(['put', ...here, '-c', 'a', '-'], { stdin: Buffer.from([0x22, 0xff, 0x22]) }),
    ).toMatchObject({ code: 2 });
  });

  it('answers 69 at once when there is no server, with what to do', async () => {
    const { code, talk } = await cli([
      'put',
      '-c',
      'a',
      '1',
      '--url',
      `ws://127.0.0.1:${await freePort()}/bus`,
    ]);
    expect(code).toBe(69);
    expect(talk).toContain('zerospan serve');
  });

  it('answers 69 when something is there that never answers', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    expect(
      await cli(['put', '-c', 'a', '1', '--timeout-ms', '100', '--url', `ws://127.0.0.1:${port}/bus`]),
    ).toMatchObject({ code: 69 });
    silent.close();
  });
});
