import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { Bus } from '@zerospan/client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Subscriber } from 'zeromq';
import type { BenchResult } from '../../cli/src/bench/report.ts';
import { NativeOutlet } from '../../cli/src/load/index.ts';
import type { RunningServer } from '../../server/src/compose.ts';
import { endsWithUs, OWN_GROUP } from '../support/children.ts';
import { PROGRAM } from '../support/program.ts';
import { anyServer, cli, Session } from '../support/terminal.ts';
import { until } from '../support/until.ts';
import { freePort } from '../support/zeromq.ts';

let server: RunningServer;
let here: string[];

beforeAll(async () => {
  server = await anyServer();
  here = ['--url', server.ws, '--warm-up-ms', '100', '--duration-ms', '400'];
});

afterAll(() => server.stop());

let channels = 0;
/** A channel of its own, so that the runs of other tests do not count. */
const fresh = (): string[] => ['--channel', `bench-${++channels}`];

async function bench(...args: string[]): Promise<{ code: number; result: BenchResult; talk: string }> {
  const { code, out, talk } = await cli(['bench', ...here, ...fresh(), '--json', ...args]);
  expect(out.split('\n'), talk).toHaveLength(2);
  return { code, result: JSON.parse(out) as BenchResult, talk };
}

describe('bench', () => {
  it('puts at the rate asked for, and counts what is due and what comes', async () => {
    const { code, result } = await bench('--subscribers', '20', '--publishers', '3', '--rate', '500');
    expect(result).toMatchObject({ lost: 0, disordered: 0, refused: 0, unanswered: 0, connectionsLost: 0 });
    expect(code).toBe(0);
    expect(result.sent).toBeGreaterThan(100);
    expect(result.accepted).toBe(result.sent);
    expect(result.due).toBe(20 * result.sent);
    expect(result.received).toBe(result.due);
    expect(Object.keys(result.delayMs)).toEqual(['p50', 'p90', 'p99', 'p999', 'max']);
    const delays = Object.values(result.delayMs).map(Number);
    expect(delays[0]).toBeGreaterThan(0);
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
    expect(result.answerMs?.p99).toBeGreaterThan(0);
  });

  it('writes a table on stdout and its talk on stderr', async () => {
    const { code, out, talk } = await cli(['bench', ...here, ...fresh(), '--subscribers', '2']);
    expect(code).toBe(0);
    expect(out).toMatch(/^sent +\d+ +[\d,]+\/s$/m);
    expect(out).toMatch(/^lost +0 +0 %$/m);
    expect(out).toMatch(/^delay, ms +\d+\.\d\d/m);
    expect(talk).toContain('connecting 2 subscribers to ws://');
    expect(talk).toContain('running for 0.4 s');
  });

  it('spreads subscribers over channels, some of which have none', async () => {
    const { code, result } = await bench('--channels', '7', '--subscribers', '3', '--rate', '700');
    expect(code).toBe(0);
    expect(result).toMatchObject({ channels: 7, lost: 0 });
    // Three of seven channels have one subscriber each; the turn may end anywhere.
    expect(result.due).toBeGreaterThanOrEqual(3 * Math.floor(result.sent / 7));
    expect(result.due).toBeLessThanOrEqual(3 * Math.ceil((result.sent + 1) / 7));
  });

  it('publishes over ZeroMQ with --ingress, once each publisher is heard', async () => {
    // From the first moment so many that some are lost if a publisher is not heard yet.
    const load = ['--publishers', '3', '--rate', '5000', '--warm-up-ms', '0'];
    const args = ['--ingress', server.busIngress as string, ...load];
    const { code, result } = await bench('--channels', '5', '--subscribers', '4', ...args);
    expect(result).toMatchObject({ lost: 0, disordered: 0, accepted: null, answerMs: null });
    expect(code).toBe(0);
    expect(result.received).toBeGreaterThan(100);
    expect(result.received).toBe(result.due);
  });

  it('goes as fast as answers come with --rate 0, and needs no subscribers for that', async () => {
    const { code, result } = await bench('--rate', '0', '--subscribers', '0', '--publishers', '2');
    expect(code).toBe(0);
    expect(result).toMatchObject({ rate: 0, notSent: 0, unanswered: 0, received: 0 });
    expect(result.accepted).toBe(result.sent);
    // Each publisher begins with 64 that have no answer, and only answers bring more. How fast depends on the machine.
    expect(result.sent).toBeGreaterThan(2 * 64);
  });

  it('reports what it has when it is interrupted', async () => {
    const session = new Session(['bench', ...here, ...fresh(), '--json', '--duration-ms', '600000']);
    await until('the run', () => session.talk.includes('running'));
    const bus = new Bus(server.ws);
    await bus.subscribe(`bench-${channels}`).get({ block: true });
    await bus.close();
    session.interrupt();
    const { code, out } = await session.result();
    const result = JSON.parse(out) as BenchResult;
    expect(result).toMatchObject({ interrupted: true, lost: 0 });
    expect(result.received).toBeGreaterThan(0);
    expect(result.durationMs).toBeLessThan(600_000);
    expect(code).toBe(0);
  });

  it('ends with 1 and no result when it is interrupted before it runs', async () => {
    const session = new Session(['bench', ...here, ...fresh(), '--warm-up-ms', '600000']);
    await until('the warm-up', () => session.talk.includes('warming up'));
    session.interrupt();
    expect(await session.result()).toMatchObject({ code: 1, out: '' });
  });

  it('ends early with 1 and its result when the server goes away', async () => {
    const own = await anyServer();
    onTestFinished(() => own.stop());
    const args = ['--url', own.ws, '--warm-up-ms', '0', '--duration-ms', '600000', '--subscribers', '5'];
    const session = new Session(['bench', '--json', ...args]);
    await until('the run', () => session.talk.includes('running'));
    await own.stop();
    const { code, out, talk } = await session.result();
    expect(code).toBe(1);
    const { connectionsLost, interrupted } = JSON.parse(out) as BenchResult;
    // It ends with the first: how many others have ended by then is chance.
    expect([connectionsLost >= 1 && connectionsLost <= 6, interrupted]).toEqual([true, false]);
    expect(talk).toContain('a connection has ended: the server closed: 4000');
  });

  it('notices that somebody else puts on its channel', async () => {
    const bus = new Bus(server.ws);
    onTestFinished(() => bus.close({ timeoutMs: 0 }));
    const session = new Session([
      'bench',
      ...here,
      ...fresh(),
      '--subscribers',
      '2',
      '--duration-ms',
      '600000',
    ]);
    await until('the run', () => session.talk.includes('running'));
    // Confirmed: both subscribers have it before the run is ended.
    const foreign = { from: 'somebody else', long: 'x'.repeat(200) };
    const put = await bus.put(`bench-${channels}`, foreign, { confirm: { timeoutMs: 10_000 } });
    expect(put.channels[0]?.confirmed).toBe(2);
    session.interrupt();
    expect((await session.result()).talk).toContain('2 more came than was due');
  });

  it('ends with 69 where there is no server, and where it is another', async () => {
    const nowhere = await cli(['bench', '--url', `127.0.0.1:${await freePort()}`]);
    expect(nowhere).toMatchObject({ code: 69, out: '' });
    expect(nowhere.talk).toContain('ECONNREFUSED');
    const other: Server = createServer((_, answer) => answer.writeHead(404).end()).listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const found = await cli(['bench', '--url', `127.0.0.1:${(other.address() as AddressInfo).port}`]);
    expect(found.code).toBe(69);
    expect(found.talk).toContain('404');
  });

  it('speaks TLS to a wss address', async () => {
    let hello: Buffer | undefined;
    const tls = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) => {
        hello = data;
        socket.destroy();
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void tls.close());
    await once(tls, 'listening');
    const { code } = await cli([
      'bench',
      '--url',
      `wss://127.0.0.1:${(tls.address() as AddressInfo).port}/bus`,
    ]);
    expect(code).toBe(69);
    // A handshake record of TLS.
    expect(hello?.[0]).toBe(0x16);
  });

  it.each([
    ['--payload-bytes', '10'],
    ['--payload-bytes', '65537'],
    ['--subscribers', '20001'],
    ['--channel', '$x'],
    ['--channel', 'a b'],
    ['--rate', 'fast'],
    ['--ingress', 'nonsense'],
  ])('ends with 2 at %s %s', async (option, value) => {
    const { code, out, talk } = await cli(['bench', ...here, option, value]);
    expect({ code, out }, talk).toEqual({ code: 2, out: '' });
    expect(talk).toContain(option);
  });

  it('says what to do where the system allows too few open files, before it connects', async () => {
    const node = `"${process.execPath}" "${PROGRAM}"`;
    const child = endsWithUs(
      spawn('sh', ['-c', `ulimit -n 256; exec ${node} bench --subscribers 500`], OWN_GROUP),
    );
    let talk = '';
    child.stderr.on('data', (data) => (talk += String(data)));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(talk).toContain('this process may have 256');
    expect(talk).toContain('ulimit -n');
    expect(talk).not.toContain('connecting');
  });
});

describe('a ZeroMQ outlet', () => {
  it('counts what ZeroMQ does not take from it, because who shall have it does not read', async () => {
    const stalled = new Subscriber({ receiveHighWaterMark: 1, linger: 0 });
    onTestFinished(() => stalled.close());
    await stalled.bind('tcp://127.0.0.1:*');
    stalled.subscribe('');
    const kept: string[] = [];
    const outlet = new NativeOutlet(stalled.lastEndpoint as string, (channel) => kept.push(channel));
    onTestFinished(() => outlet.close());
    // It subscribes while it reads for the first time, and then never reads again.
    let reading = true;
    void stalled.receive().then(() => (reading = false));
    await until('the subscription', () => {
      outlet.send('a', '0');
      return !reading;
    });
    const payload = 'x'.repeat(100);
    await until('a message that is not taken', () => {
      for (let i = 0; i < 20_000; i++) outlet.send('a', payload);
      return outlet.failed > 0;
    });
    expect(kept).toHaveLength(outlet.failed);
    expect(kept[0]).toBe('a');
  });
});
