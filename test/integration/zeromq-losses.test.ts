import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import { Kept, range, testBus } from '../support/buses.ts';
import { TcpProxy } from '../support/proxy.ts';
import { PublisherProcess } from '../support/publisher-process.ts';
import { type TestSettings, testServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { freePort, TestPublisher } from '../support/zeromq.ts';

/** A server, and a client of it that keeps all it is given on every channel. */
async function served(settings?: TestSettings) {
  const server = await testServer(settings);
  const bus = testBus(server.ws);
  const subscriber = bus.subscribe('');
  const kept = new Kept(subscriber);
  await subscriber.ready;
  return { server, bus, kept };
}

async function publisher(
  server: RunningServer,
  options?: { sendHighWaterMark?: number },
): Promise<TestPublisher> {
  const from = new TestPublisher(options);
  onTestFinished(() => from.socket.close());
  return from.connect(server.busIngress as string);
}

/** The value of a metric, all its labels together. */
async function metric(server: RunningServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  if (lines.length === 0) throw new Error(`no metric ${name}`);
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** The newest message of a channel, among the last ones that came. */
function newest({ all }: Kept, channel: string): unknown {
  const latest = all.slice(-2_000).findLast((each) => 'offset' in each && each.channel === channel);
  return latest && 'offset' in latest ? latest.message : undefined;
}

/** Messages and gaps in short: `message`, `-missed`. */
const story = ({ all }: Kept) => all.map((each) => ('offset' in each ? each.message : `-${each.missed}`));

describe('a publisher that numbers its messages', () => {
  it('and leaves some out: the gap reports how many, before the next message, also to a client that was disconnected (G6)', async () => {
    const { server, kept } = await served();
    const away = testBus(server.ws);
    const { position, seen } = await (async () => {
      const subscriber = away.subscribe('room');
      const before = new Kept(subscriber);
      await subscriber.ready;
      const from = await publisher(server);
      await from.send(['room', '1', '1'], ['other', '1', '7']);
      await before.got(1);
      const { position } = away;
      await away.close();
      await from.send(['room', '2', '2'], ['room', '6', '6'], ['other', '8', '8'], ['room', '7', '7']);
      return { position, seen: before };
    })();
    await kept.got(7);
    expect(story(kept)).toEqual([1, 1, 2, '-3', 6, 8, 7]);
    const [gap] = kept.gaps;
    expect(gap).toMatchObject({ reason: 'upstream', filters: [''], from: gap?.to });
    expect(story(seen)).toEqual([1]);
    const back = testBus(server.ws, { ...(position && { resume: position }) });
    const again = new Kept(back.subscribe('room'));
    await again.got(7);
    expect(story(again)).toEqual([2, '-3', 6, 7]);
    expect(again.gaps).toMatchObject([
      { reason: 'upstream', from: gap?.from, to: gap?.to, filters: ['room'] },
    ]);
    expect(await metric(server, 'zerospan_zeromq_upstream_missed_total')).toBe(3);
    expect(await metric(server, 'zerospan_zeromq_upstream_gaps_total')).toBe(1);
  });

  it('and restarts again and again is not taken for several that number one channel', async () => {
    const { server, kept } = await served();
    const rounds = 25;
    for (let round = 1; round <= rounds; round++) {
      const from = new TestPublisher();
      onTestFinished(() => from.socket.close());
      await from.connect(server.busIngress as string);
      await from.send(
        ['room', `"${round}.1"`, '1'],
        ['room', `"${round}.2"`, '2'],
        ['room', `"${round}.4"`, '4'],
      );
      await kept.got(`${round}.4`);
      from.socket.close();
    }
    expect(kept.gaps.map(({ missed }) => missed)).toEqual(Array(rounds).fill(1));
    expect(await metric(server, 'zerospan_zeromq_unjudged_channels_total')).toBe(0);
  });

  it('beside another that numbers the same channel is not judged any more as soon as it shows, and that is counted', async () => {
    const { server, kept } = await served();
    const [one, two] = await Promise.all([publisher(server), publisher(server)]);
    for (let i = 1; i <= 5; i++) {
      await one.send(['room', `"a${i}"`, String(i)]);
      await kept.got(`a${i}`);
      await two.send(['room', `"b${i}"`, String(100 + 2 * i)]);
      await kept.got(`b${i}`);
    }
    // The jump from the first one's number to the other's could be one.
    expect(kept.gaps.map(({ missed }) => missed)).toEqual([100]);
    expect(await metric(server, 'zerospan_zeromq_unjudged_channels_total')).toBe(1);
  });

  it('and floods a busy server above the high-water mark: received and missed are together what was sent', async () => {
    const { server, kept } = await served({ bus: { highWaterMark: 1_000 } });
    const from = await publisher(server, { sendHighWaterMark: 1_000 });
    const channels = ['a', 'b'];
    const total = 200_000;
    await from.send(...channels.map((channel) => [channel, '0', '0']));
    await until('the first', () => kept.publications.length === channels.length);
    // Far more than what the network between the two holds by itself.
    const padded = (i: number) => String(i).padEnd(200);
    // In one turn: the server, in this very process, comes to read nothing meanwhile.
    const sends: Promise<void>[] = [];
    for (let i = 1; i <= total / channels.length; i++)
      for (const channel of channels) sends.push(from.socket.send([channel, padded(i), String(i)]));
    await Promise.all(sends);
    // What is dropped at the end shows only at the next number that comes through.
    let last = total / channels.length;
    const next = () => {
      last++;
      return from.send(...channels.map((channel) => [channel, String(last), String(last)]));
    };
    const through = (number: number) =>
      channels.every((channel) => (newest(kept, channel) as number) > number);
    await until('the flood to have passed', async () => {
      await next();
      return through(total / channels.length);
    });
    const before = last;
    await next();
    await until('the last ones', () => through(before));
    const missed = kept.gaps.reduce((sum, gap) => sum + (gap.missed as number), 0);
    expect(missed).toBeGreaterThan(total / 4);
    expect(kept.publications.length + missed).toBe((last + 1) * channels.length);
  });
});

describe('a source', () => {
  it('that is killed and restarted: a gap on each channel that it had sent on, then what it sends (G6)', async () => {
    const address = `tcp://127.0.0.1:${await freePort()}`;
    const first = await PublisherProcess.start('bind', address);
    const { server, kept } = await served({ bus: { sources: [address] } });
    await first.subscribed();
    first.send(['a', '1'], ['b', '2'], ['a', '3']);
    await kept.got(3);
    first.signal('SIGKILL');
    await until('its end', async () => (await metric(server, 'zerospan_zeromq_disconnects_total')) === 1);
    expect(kept.gaps).toEqual([]);
    const second = await PublisherProcess.start('bind', address);
    await second.subscribed();
    second.send(['a', '4'], ['c', '5']);
    await kept.got(5);
    expect(story(kept)).toEqual([1, 2, 3, '-null', '-null', 4, 5]);
    expect(kept.gaps.map(({ reason }) => reason)).toEqual(['upstream', 'upstream']);
    expect(await metric(server, 'zerospan_zeromq_returns_total')).toBe(1);
  });

  it('whose connection flaps does not flood the log: a gap only where something came since the last one', async () => {
    const from = new TestPublisher();
    onTestFinished(() => from.socket.close());
    const proxy = await TcpProxy.before((await from.bind()).replace('tcp:', 'http:'));
    const address = `tcp://${new URL(proxy.url).host}`;
    const { server, kept } = await served({ bus: { sources: [address] } });
    await from.subscribed();
    await from.send('a 1');
    await kept.got(1);
    for (let flap = 1; flap <= 5; flap++) {
      proxy.drop();
      await until('the return', async () => (await metric(server, 'zerospan_zeromq_returns_total')) === flap);
    }
    await until('a message', async () => {
      await from.send('a 2');
      return kept.messages.includes(2);
    });
    expect(story(kept).slice(0, 3)).toEqual([1, '-null', 2]);
  });

  it('that numbers its messages is judged by its numbers alone: exactly, over a cut', async () => {
    const from = new TestPublisher();
    onTestFinished(() => from.socket.close());
    const proxy = await TcpProxy.before((await from.bind()).replace('tcp:', 'http:'));
    const { server, kept } = await served({ bus: { sources: [`tcp://${new URL(proxy.url).host}`] } });
    await from.subscribed();
    let sent = 0;
    const send = () => from.send(['a', String(++sent), String(sent)]);
    await send();
    await kept.got(1);
    proxy.cut();
    await until('the cut', async () => (await metric(server, 'zerospan_zeromq_disconnects_total')) === 1);
    for (let i = 0; i < 10; i++) await send();
    proxy.restore();
    await until('a message', async () => {
      await send();
      return kept.messages.length > 1;
    });
    const [gap] = kept.gaps;
    expect(story(kept).slice(0, 2)).toEqual([1, `-${gap?.missed}`]);
    expect(gap?.missed).toBeGreaterThanOrEqual(10);
    expect(kept.messages[1]).toBe(2 + (gap?.missed as number));
  });

  it('that stands still without closing is found by the heartbeat; when it goes on, a gap is reported', {
    timeout: 120_000,
  }, async () => {
    const address = `tcp://127.0.0.1:${await freePort()}`;
    const source = await PublisherProcess.start('bind', address);
    const { server, kept } = await served({ bus: { sources: [address] } });
    await source.subscribed();
    source.send(['a', '1']);
    await kept.got(1);
    source.signal('SIGSTOP');
    onTestFinished(() => source.signal('SIGCONT'));
    const stoppedMs = performance.now();
    const gone = async () => (await metric(server, 'zerospan_zeromq_disconnects_total')) === 1;
    await until('the heartbeat to find it', gone);
    const foundMs = performance.now() - stoppedMs;
    // A heartbeat every 5 s, and 15 s for an answer.
    expect(foundMs).toBeGreaterThan(10_000);
    source.signal('SIGCONT');
    await until('the return', async () => (await metric(server, 'zerospan_zeromq_returns_total')) === 1);
    await until('a message', () => {
      source.send(['a', '2']);
      return kept.messages.includes(2);
    });
    expect(story(kept).slice(0, 3)).toEqual([1, '-null', 2]);
  });
});

describe('a publisher that connects and does not number', () => {
  it('and goes after each message is counted, and no gap is reported: it may have said all that it had to say', async () => {
    const { server, kept } = await served();
    for (let i = 1; i <= 5; i++) {
      const from = await publisher(server);
      await from.send(`room ${i}`);
      await kept.got(i);
      from.socket.close();
      const gone = async () => (await metric(server, 'zerospan_zeromq_disconnects_total')) === i;
      await until('its going', gone);
    }
    expect(story(kept)).toEqual([1, 2, 3, 4, 5]);
    expect(await metric(server, 'zerospan_zeromq_returns_total')).toBe(4);
  });
});

describe('garbage on a ZeroMQ port', () => {
  it.each<[string, Buffer]>([
    ['random bytes', Buffer.from(range(1, 4_096).map((i) => (i * 7_919 + 13) % 251))],
    ['HTTP', Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\n${'\r\n'.repeat(40)}`)],
    ['half a greeting', Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3])],
  ])('(%s) disturbs nobody, and is counted', async (_, bytes) => {
    const { server, kept } = await served();
    const from = await publisher(server);
    await from.send(['room', '1', '1']);
    await kept.got(1);
    const port = Number((server.busIngress as string).split(':').at(-1));
    for (let i = 0; i < 20; i++) {
      const stranger = connect(port, '127.0.0.1');
      stranger.on('error', () => undefined);
      stranger.write(bytes);
      stranger.end();
    }
    await until(
      'the strangers',
      async () => (await metric(server, 'zerospan_zeromq_strangers_total')) === 20,
    );
    await from.send(['room', '2', '2']);
    await kept.got(2);
    expect(story(kept)).toEqual([1, 2]);
    expect(await metric(server, 'zerospan_zeromq_disconnects_total')).toBe(0);
  });
});
