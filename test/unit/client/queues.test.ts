import { LIMITS } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import type { Bus } from '../../../client/src/bus.ts';
import type { Subscriber } from '../../../client/src/subscriptions/subscriber.ts';
import type { Gap } from '../../../client/src/types.ts';
import { FakeServer, type FakeSocket, settle } from '../../support/client-socket.ts';

/** A bus with one subscriber for each channel, all live from 0 on. */
function live(channels: readonly string[], windowBytes = 10_000) {
  const server = new FakeServer();
  const bus = server.bus();
  const subscribers = channels.map((channel) => bus.subscribe(channel));
  const socket = server.welcomes({ limits: { ...LIMITS, windowBytes } });
  for (const id of channels.keys()) socket.says({ subscribed: { id: id + 1, offset: 0, replaying: false } });
  return { server, bus, subscribers, socket };
}

/** A server that keeps to the window: it publishes only while less than that is not acknowledged. */
class Windowed {
  readonly #socket: FakeSocket;
  readonly #windowBytes: number;
  #offset = 0;
  #sentBytes = 0;

  constructor(socket: FakeSocket, windowBytes = 10_000) {
    this.#socket = socket;
    this.#windowBytes = windowBytes;
  }

  get isFull(): boolean {
    const acked = this.#socket.messages.reduce((most, each) => ('ack' in each ? each.ack.bytes : most), 0);
    return this.#sentBytes - acked >= this.#windowBytes;
  }

  /** @param bytes of the frame */
  publishes(channel: string, bytes: number): void {
    if (this.isFull) throw new Error(`the window is full at ${this.#offset}`);
    const head = `${++this.#offset} 1795458000123 ${channel} `;
    this.#socket.frame(`${head}"${'x'.repeat(bytes - head.length - 2)}"`);
    this.#sentBytes += bytes;
  }
}

const unread = Array.from({ length: 10 }, (_, n) => `unread${n}`);

function gapsOf(subscriber: Subscriber): Gap[] {
  const gaps: Gap[] = [];
  subscriber.on('gap', (gap) => gaps.push(gap));
  return gaps;
}

describe('ten subscribers that nobody reads', () => {
  it.each([
    ['small', 100],
    // Of these one for each is more than the budget: a newest must go, too.
    ['large', 900],
  ])('take nothing from one that is read, with %s publications (A2, A3)', async (_, bytes) => {
    const { server, subscribers, socket } = live(['read', ...unread]);
    const window = new Windowed(socket);
    const [reader, ...others] = subscribers as [Subscriber, ...Subscriber[]];
    const gaps = others.map((each) => gapsOf(each));
    const readerGaps = gapsOf(reader);
    let read = 0;
    void (async () => {
      for await (const publication of reader) read += publication.offset > 0 ? 1 : 0;
    })();
    for (let round = 1; round <= 200; round++) {
      for (const channel of ['read', ...unread]) {
        // What is read is the largest, and yet never in the way.
        window.publishes(channel, channel === 'read' ? bytes + 50 : bytes);
        await settle();
        server.clock.advance(25);
      }
      expect(read).toBe(round);
    }
    server.clock.advance(250);
    expect([window.isFull, readerGaps]).toEqual([false, []]);
    // What is still there and what a gap counts are all that came.
    for (const [at, other] of others.entries()) {
      void other.close();
      let held = 0;
      while (other.get() !== undefined) held += 1;
      expect(gaps[at]).toMatchObject([{ reason: 'queue', missed: 200 - held }]);
    }
  });

  it('that wait drop nothing: the server waits (A3)', () => {
    const server = new FakeServer();
    const patient = server.bus().subscribe('a', { queue: { whenFull: 'wait', publications: 1, bytes: 1 } });
    const socket = server.welcomes();
    socket.says({ subscribed: { id: 1, offset: 0, replaying: false } });
    const window = new Windowed(socket, LIMITS.windowBytes);
    const gaps = gapsOf(patient);
    let published = 0;
    for (; !window.isFull; published++) window.publishes('a', 50_000);
    let read = 0;
    while (patient.get() !== undefined) read += 1;
    expect([read, gaps]).toEqual([published, []]);
  });

  it('give way where the most is held: a quiet one keeps all that it has', () => {
    const { subscribers, socket } = live(['quiet', 'busy']);
    const [quiet, busy] = subscribers as [Subscriber, Subscriber];
    const window = new Windowed(socket);
    const gaps = [gapsOf(quiet), gapsOf(busy)];
    for (let i = 0; i < 3; i++) window.publishes('quiet', 100);
    for (let i = 0; i < 300; i++) window.publishes('busy', 100);
    for (const [at, count] of [3, 72].entries()) {
      for (let i = 0; i < count; i++) expect(subscribers[at]?.get()).toBeDefined();
      expect(subscribers[at]?.get()).toBeUndefined();
    }
    expect(gaps[0]).toEqual([]);
    expect(gaps[1]).toMatchObject([{ reason: 'queue', from: 4, missed: 228 }]);
  });

  it('may all hold the same publications: these wait for one acknowledgement, and count once', () => {
    const { subscribers, socket } = live(Array.from({ length: 10 }, () => 'same'));
    const window = new Windowed(socket);
    for (let i = 0; i < 70; i++) window.publishes('same', 100);
    for (const subscriber of subscribers) expect(subscriber.get()?.offset).toBe(1);
  });

  it('count no more once they are closed, although what they hold can still be read', async () => {
    const { bus, subscribers, socket } = live(['a', 'b']);
    const [first, second] = subscribers as [Subscriber, Subscriber];
    const window = new Windowed(socket);
    for (let i = 0; i < 70; i++) window.publishes('a', 100);
    void first.close();
    for (let i = 0; i < 70; i++) window.publishes('b', 100);
    expect([first.get()?.offset, second.get()?.offset]).toEqual([1, 71]);
    await bus.close({ timeoutMs: 0 });
  });
});

describe('iteration that is started late', () => {
  async function readAll(subscriber: Subscriber): Promise<number[]> {
    const offsets: number[] = [];
    for await (const { offset } of subscriber) offsets.push(offset);
    return offsets;
  }

  it.each([
    ['while more comes', false],
    ['after the subscriber was closed', true],
  ])('%s misses nothing that was queued, gaps at their place', async (_, isClosed) => {
    const { socket, subscribers } = live(['a']);
    const [subscriber] = subscribers as [Subscriber];
    const story: unknown[] = [];
    subscriber.on('gap', ({ from }) => story.push(`gap ${from}`));
    for (const offset of [1, 2]) socket.publishes(offset, 'a');
    socket.says({ gap: { subscriptions: [1], reason: 'lag', epoch: 'e1', from: 3, to: 4, missed: 2 } });
    socket.publishes(5, 'a');
    await settle();
    if (isClosed) void subscriber.close();
    const reading = (async () => {
      for await (const { offset } of subscriber) story.push(offset);
    })();
    if (!isClosed) {
      await settle();
      socket.publishes(6, 'a');
      void subscriber.close();
    }
    await reading;
    expect(story).toEqual([1, 2, 'gap 3', 5, ...(isClosed ? [] : [6])]);
  });

  it('has everything after the connection was lost and made again, too', async () => {
    const { server, socket, subscribers } = live(['a']);
    const [subscriber] = subscribers as [Subscriber];
    socket.publishes(1, 'a');
    socket.drops();
    server.returns();
    const next = server.welcomes({ from: 1, head: 2, resumed: true });
    next.says({ subscribed: { id: 1, offset: 1, replaying: false } });
    next.publishes(2, 'a');
    void subscriber.close();
    expect(await readAll(subscriber)).toEqual([1, 2]);
  });
});

describe('close()', () => {
  async function read(bus: Bus, subscriber: Subscriber): Promise<unknown> {
    const offsets: number[] = [];
    const reading = (async () => {
      for await (const { offset } of subscriber) offsets.push(offset);
      return offsets;
    })();
    await bus.close({ timeoutMs: 0 });
    return reading;
  }

  it('of the bus drains: a loop under way reads what waits, and ends', async () => {
    const { bus, socket, subscribers } = live(['a']);
    const [subscriber] = subscribers as [Subscriber];
    for (let offset = 1; offset <= 50; offset++) socket.publishes(offset, 'a');
    expect(await read(bus, subscriber)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });

  it('of the bus keeps the connection until what was put is answered, and what waits is readable for good', async () => {
    const { bus, socket, subscribers } = live(['a']);
    const [subscriber] = subscribers as [Subscriber];
    socket.publishes(1, 'a');
    const put = bus.put('b', 1);
    const closing = bus.close();
    await settle();
    expect(socket.readyState).toBe(1);
    // Nothing is added any more, though the connection is still there.
    socket.publishes(2, 'a');
    socket.says({ accepted: { put: 1, time: 5, channels: [] } });
    await Promise.all([put, closing]);
    expect([subscriber.get()?.offset, subscriber.get()]).toEqual([1, undefined]);
  });
});
