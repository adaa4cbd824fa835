import { LIMITS } from '@zerospan/shared';
import { describe, expect, it, vi } from 'vitest';
import type { Bus } from '../../../client/src/bus.ts';
import type { Subscriber } from '../../../client/src/subscriptions/subscriber.ts';
import type { BusOptions, SubscribeOptions } from '../../../client/src/types.ts';
import { FakeServer, type FakeSocket, outcomeOf, settle } from '../../support/client-socket.ts';

interface Scene {
  server: FakeServer;
  socket: FakeSocket;
  bus: Bus;
  subscriber: Subscriber;
}

/** A subscriber to `a` that is live from 0 on. */
function live(options: SubscribeOptions = {}, busOptions: BusOptions = {}): Scene {
  const server = new FakeServer();
  const bus = server.bus(busOptions);
  const subscriber = bus.subscribe('a', options);
  const socket = server.welcomes();
  socket.says({ subscribed: { id: 1, offset: 0, replaying: false } });
  return { server, socket, bus, subscriber };
}

const gap = (from: number, to: number, missed: number) => ({
  gap: { subscriptions: [1], reason: 'lag' as const, epoch: 'e1', from, to, missed },
});

const refused = (subscription: number) => ({
  refused: { subscription, code: 'too-many-subscriptions', reason: 'too many', remedy: 'fewer' },
});

describe('subscribe', () => {
  const tooMany = Array.from({ length: LIMITS.filters + 1 }, (_, n) => `c${n}`);
  it.each<[string, string, Parameters<Bus['subscribe']>[0]]>([
    ['bad-filter', 'an empty list', []],
    ['bad-filter', 'a space', 'a b'],
    ['bad-filter', 'a list with a bad one', ['a', { prefix: 'b c' }]],
    ['too-many-filters', 'more than the limit', tooMany],
  ])('throws %s at once for %s', (code, _, filters) => {
    const bus = new FakeServer().bus();
    expect(() => bus.subscribe(filters)).toThrow(expect.objectContaining({ name: 'ZerospanError', code }));
  });

  it.each([[{ last: 0 }], [{ sinceMs: -1 }], [{ since: { epoch: 'e', offset: 1.5 } }]])(
    'throws bad-replay at once for %j',
    (replay) => {
      const bus = new FakeServer().bus();
      expect(() => bus.subscribe('a', { replay })).toThrow(expect.objectContaining({ code: 'bad-replay' }));
    },
  );

  it.each([0, -1, 1.5])('throws RangeError at once for a queue of %d', (publications) => {
    const bus = new FakeServer().bus();
    expect(() => bus.subscribe('a', { queue: { publications } })).toThrow(RangeError);
    expect(() => bus.subscribe('a', { queue: { bytes: publications } })).toThrow(RangeError);
  });

  it('sends exact names and prefixes apart, each once; the empty string is the empty prefix', () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    bus.subscribe(['a', '', { prefix: 'p' }, 'a'], { replay: { last: 2 } });
    expect(server.socket.messages.at(-1)).toEqual({
      subscribe: { id: 1, channels: ['a'], prefixes: ['', 'p'], replay: { last: 2 } },
    });
  });

  it('never uses an id twice, over reconnects neither (S2)', async () => {
    const { server, bus, subscriber } = live();
    await Promise.race([subscriber.close(), settle()]);
    server.socket.drops();
    server.returns();
    server.welcomes();
    bus.subscribe('a');
    expect(server.socket.messages.at(-1)).toEqual({ subscribe: { id: 2, channels: ['a'] } });
  });

  it('is ready at the first subscribed', async () => {
    const server = new FakeServer();
    const subscriber = server.bus().subscribe('a');
    server.welcomes();
    expect(await outcomeOf(subscriber.ready)).toBe('pending');
    server.socket.says({ subscribed: { id: 1, offset: 0, replaying: true } });
    expect(await outcomeOf(subscriber.ready)).toBeUndefined();
  });
});

describe('a refusal', () => {
  it('rejects ready, throws from get and from iterators, and reports close', async () => {
    const server = new FakeServer();
    const subscriber = server.bus().subscribe('a');
    const closed: unknown[] = [];
    subscriber.on('close', (error) => closed.push(error));
    server.welcomes();
    const waiting = subscriber.get({ block: true });
    server.socket.says(refused(1));
    const error = { code: 'too-many-subscriptions', message: 'too many', remedy: 'fewer' };
    await expect(waiting).rejects.toMatchObject(error);
    await expect(subscriber.ready).rejects.toMatchObject(error);
    expect(() => subscriber.get()).toThrow('too many');
    await expect(async () => {
      for await (const _ of subscriber);
    }).rejects.toMatchObject(error);
    expect(closed).toMatchObject([error]);
  });

  it("that nobody sees goes to bus.on('error'), and is no unhandled rejection", async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const server = new FakeServer();
    const bus = server.bus();
    const errors: unknown[] = [];
    bus.on('error', (error) => errors.push(error));
    bus.subscribe('a').on('publication', () => {});
    server.welcomes().says(refused(1));
    await settle();
    server.clock.advance(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(errors).toMatchObject([{ message: 'too many' }]);
    expect(unhandled).not.toHaveBeenCalled();
    process.off('unhandledRejection', unhandled);
  });

  it('after a reconnect ends a subscriber that was ready before', async () => {
    const { server, subscriber } = live();
    server.socket.drops();
    server.returns();
    server.welcomes().says(refused(1));
    await expect(subscriber.get({ block: true })).rejects.toMatchObject({ message: 'too many' });
  });
});

describe('add and remove', () => {
  it('what was added and is refused after a reconnect ends the subscriber: it would be missed in silence', async () => {
    const { server, socket, subscriber } = live();
    const added = subscriber.add('b');
    socket.says({ subscribed: { id: 2, offset: 0, replaying: false } });
    await added;
    socket.drops();
    server.returns();
    server.welcomes().says(refused(2));
    expect(() => subscriber.get()).toThrow('too many');
  });

  it('add is a new wire subscription of the same subscriber', async () => {
    const { socket, subscriber } = live();
    const added = subscriber.add(['b', { prefix: 'c' }]);
    expect(socket.messages.at(-1)).toEqual({ subscribe: { id: 2, channels: ['b'], prefixes: ['c'] } });
    expect(await outcomeOf(added)).toBe('pending');
    socket.says({ subscribed: { id: 2, offset: 4, replaying: false } });
    await added;
    socket.publishes(5, 'b');
    expect(subscriber.get()?.channel).toBe('b');
  });

  it('add that is refused rejects, and the subscriber goes on without', async () => {
    const { socket, subscriber } = live();
    const added = subscriber.add('b');
    socket.says(refused(2));
    expect(await outcomeOf(added)).toBe('too-many-subscriptions');
    socket.publishes(1, 'a');
    expect(subscriber.get()?.offset).toBe(1);
    expect(await outcomeOf(subscriber.add([]))).toBe('bad-filter');
  });

  it('remove takes filters, as written, from those that hold them; nothing of them comes from then on', async () => {
    const { socket, subscriber } = live();
    void subscriber.add(['b', { prefix: 'b' }]);
    socket.says({ subscribed: { id: 2, offset: 0, replaying: false } });
    const removed = subscriber.remove(['a', 'b', 'x']);
    expect(socket.messages.slice(-2)).toEqual([
      { unsubscribe: { id: 1 } },
      { unsubscribe: { id: 2, channels: ['b'] } },
    ]);
    socket.publishes(1, 'a');
    socket.publishes(2, 'b1');
    expect([subscriber.get()?.channel, subscriber.get()]).toEqual(['b1', undefined]);
    expect(await outcomeOf(removed)).toBe('pending');
    socket.says({ unsubscribed: { id: 1 } });
    socket.says({ unsubscribed: { id: 2 } });
    await removed;
  });

  it('remove settles when the connection ends, and at once without one', async () => {
    const { socket, subscriber } = live();
    const removed = subscriber.remove('a');
    socket.drops();
    await removed;
    await subscriber.add([]).catch(() => {});
    await subscriber.remove('b');
  });

  it('on a subscriber that is closed reject', async () => {
    const { subscriber } = live();
    void subscriber.close();
    expect(await outcomeOf(subscriber.add('b'))).toBe('closed');
    expect(await outcomeOf(subscriber.remove('a'))).toBe('closed');
  });
});

describe('get', () => {
  it('answers what is there now, in order, or undefined', () => {
    const { socket, subscriber } = live();
    socket.publishes(1, 'a', null);
    socket.publishes(2, 'a', { x: 1 });
    expect(subscriber.get()).toMatchObject({
      offset: 1,
      message: null,
      text: 'null',
      epoch: 'e1',
      channel: 'a',
    });
    expect(subscriber.get()).toMatchObject({ message: { x: 1 }, time: 1795458000123 });
    expect(subscriber.get()).toBeUndefined();
  });

  it('parses a message when it is first asked for, once, and leaves the text as it was put', () => {
    const { socket, subscriber } = live();
    socket.frame('1 5 a  { "n": 12345678901234567890 } ');
    socket.frame('2 5 a {');
    const publication = subscriber.get();
    expect(publication?.text).toBe(' { "n": 12345678901234567890 } ');
    expect(publication?.message).toBe(publication?.message);
    const broken = subscriber.get();
    expect(broken?.text).toBe('{');
    expect(() => broken?.message).toThrow(SyntaxError);
  });

  it('with block waits; who asked first is answered first', async () => {
    const { socket, subscriber } = live();
    const [first, second] = [subscriber.get({ block: true }), subscriber.get({ block: true })];
    socket.publishes(1, 'a');
    socket.publishes(2, 'a');
    expect([(await first)?.offset, (await second)?.offset]).toEqual([1, 2]);
  });

  it('with block is undefined only when the subscriber is closed and empty', async () => {
    const { socket, subscriber } = live();
    socket.publishes(1, 'a');
    void subscriber.close();
    socket.publishes(2, 'a');
    expect((await subscriber.get({ block: true }))?.offset).toBe(1);
    expect(await subscriber.get({ block: true })).toBeUndefined();
    expect(subscriber.get()).toBeUndefined();
  });

  it('with block is undefined for those who wait when it is closed', async () => {
    const { subscriber } = live();
    const waiting = subscriber.get({ block: true });
    void subscriber.close();
    expect(await waiting).toBeUndefined();
  });

  it('rejects with timeout after timeoutMs, and takes nothing', async () => {
    const { server, socket, subscriber } = live();
    const waiting = subscriber.get({ block: true, timeoutMs: 50 });
    server.clock.advance(49);
    expect(await outcomeOf(waiting)).toBe('pending');
    server.clock.advance(1);
    expect(await outcomeOf(waiting)).toBe('timeout');
    socket.publishes(1, 'a');
    expect(subscriber.get()?.offset).toBe(1);
  });

  it('rejects with aborted when its signal aborts, and takes nothing', async () => {
    const { server, socket, subscriber } = live();
    const timers = server.clock.pending;
    const calling = new AbortController();
    const waiting = subscriber.get({ block: true, timeoutMs: 50, signal: calling.signal });
    calling.abort();
    expect(await outcomeOf(waiting)).toBe('aborted');
    expect(server.clock.pending).toBe(timers);
    socket.publishes(1, 'a');
    expect(subscriber.get()?.offset).toBe(1);
  });
});

describe('iterating', () => {
  it('ends after close, once the queue is empty', async () => {
    const { socket, subscriber } = live();
    const read: number[] = [];
    const done = (async () => {
      for await (const { offset } of subscriber) read.push(offset);
    })();
    socket.publishes(1, 'a');
    socket.publishes(2, 'a');
    void subscriber.close();
    await done;
    expect(read).toEqual([1, 2]);
  });

  it('and leaving the loop closes the subscriber, without waiting for the server', async () => {
    const { socket, subscriber } = live();
    socket.publishes(1, 'a');
    for await (const _ of subscriber) break;
    expect(socket.messages.at(-1)).toEqual({ unsubscribe: { id: 1 } });
  });
});

describe('closing a subscriber', () => {
  it('settles when the server has answered; again, it changes nothing', async () => {
    const { socket, subscriber } = live();
    const closes = vi.fn();
    subscriber.on('close', closes);
    const closed = subscriber.close();
    void subscriber.close();
    expect(await outcomeOf(closed)).toBe('pending');
    socket.says({ unsubscribed: { id: 1 } });
    await closed;
    expect(closes.mock.calls).toEqual([[undefined]]);
    expect(socket.messages.filter((message) => 'unsubscribe' in message)).toHaveLength(1);
  });

  it('is what its signal does; ready rejects with aborted if it still waited', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const calling = new AbortController();
    const subscriber = bus.subscribe('a', { signal: calling.signal });
    calling.abort();
    expect(await outcomeOf(subscriber.ready)).toBe('aborted');
    expect(await subscriber.get({ block: true })).toBeUndefined();
    const late = bus.subscribe('a', { signal: calling.signal });
    expect(await outcomeOf(late.ready)).toBe('aborted');
    server.socket.opens();
    expect(server.socket.hello.subscriptions).toEqual([]);
  });

  it('before it was ready rejects ready with closed, and no error of the bus', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const errors = vi.fn();
    bus.on('error', errors);
    const subscriber = bus.subscribe('a');
    await subscriber.close();
    await settle();
    server.clock.advance(0);
    expect(errors).not.toHaveBeenCalled();
    expect(await outcomeOf(subscriber.ready)).toBe('closed');
  });

  it('is what await using does', async () => {
    const { socket, subscriber } = live();
    void subscriber[Symbol.asyncDispose]();
    expect(socket.messages.at(-1)).toEqual({ unsubscribe: { id: 1 } });
  });
});

describe('the queue', () => {
  it('drops the oldest beyond its publications, and reports how many at their place', () => {
    const { socket, subscriber } = live({ queue: { publications: 2 } });
    const reported: unknown[] = [];
    subscriber.on('gap', (each) => reported.push(each));
    for (const offset of [1, 3, 5, 8]) socket.publishes(offset, 'a');
    expect(reported).toEqual([]);
    expect(subscriber.get()?.offset).toBe(5);
    expect(reported).toEqual([{ reason: 'queue', filters: ['a'], epoch: 'e1', from: 1, to: 3, missed: 2 }]);
    expect(subscriber.get()?.offset).toBe(8);
    expect(reported).toHaveLength(1);
  });

  it('drops the oldest beyond its bytes of UTF-8, but never the newest', () => {
    const { socket, subscriber } = live({}, { queue: { bytes: 10 } });
    socket.publishes(1, 'a', 'é');
    socket.publishes(2, 'a', 'ééé');
    expect(subscriber.get()?.offset).toBe(2);
    socket.publishes(3, 'a', 'x'.repeat(100));
    expect(subscriber.get()?.offset).toBe(3);
  });

  it('holds 1,000 publications and 256 KiB by default', () => {
    const { socket, subscriber } = live();
    for (let offset = 1; offset <= 1_001; offset++) socket.publishes(offset, 'a');
    expect(subscriber.get()?.offset).toBe(2);
    for (let offset = 2_001; offset <= 2_005; offset++)
      socket.publishes(offset, 'a', 'x'.repeat(64 * 1024 - 2));
    let first = subscriber.get();
    while (first !== undefined && first.offset <= 2_000) first = subscriber.get();
    expect(first?.offset).toBe(2_002);
  });

  it('counts exactly, whatever gaps of the server come between', () => {
    const { socket, subscriber } = live({ queue: { publications: 1 } });
    const reported: unknown[] = [];
    subscriber.on('gap', ({ reason, from, to, missed }) => reported.push([reason, from, to, missed]));
    let offset = 0;
    for (let round = 0; round < 40; round++) {
      socket.publishes(++offset, 'a');
      socket.says(gap(offset + 1, offset + 2, 2));
      offset += 2;
    }
    socket.publishes(++offset, 'a');
    expect(subscriber.get()?.offset).toBe(offset);
    expect(reported).toEqual([
      ['queue', 1, 118, 40],
      ['lag', 2, 120, 80],
    ]);
  });

  it("reports to waiting readers the server's gaps that nothing followed when it is closed", async () => {
    const { socket, subscriber } = live();
    const reported: unknown[] = [];
    subscriber.on('gap', ({ from }) => reported.push(from));
    const waiting = subscriber.get({ block: true });
    socket.says(gap(2, 3, 2));
    void subscriber.close();
    expect([await waiting, reported]).toEqual([undefined, [2]]);
  });

  it("reports the server's gaps just before the next publication after them, or at the end", async () => {
    const { socket, subscriber } = live();
    const events: unknown[] = [];
    subscriber.on('gap', ({ from }) => events.push(`gap ${from}`));
    socket.publishes(1, 'a');
    socket.says(gap(2, 3, 2));
    socket.publishes(4, 'a');
    events.push(subscriber.get()?.offset);
    events.push(subscriber.get()?.offset);
    socket.says(gap(5, 6, 2));
    events.push(subscriber.get());
    const waiting = subscriber.get({ block: true });
    socket.publishes(7, 'a');
    events.push((await waiting)?.offset);
    socket.says(gap(8, 9, 2));
    void subscriber.close();
    events.push(await subscriber.get({ block: true }));
    expect(events).toEqual([1, 'gap 2', 4, undefined, 'gap 5', 7, 'gap 8', undefined]);
  });
});

describe("on('publication')", () => {
  it('hands over what waits first, then everything as it comes, after the listener has its off', async () => {
    const { socket, subscriber } = live();
    socket.publishes(1, 'a');
    const got: number[] = [];
    const off = subscriber.on('publication', ({ offset }) => {
      got.push(offset);
      if (offset === 3) off();
    });
    expect(got).toEqual([]);
    await settle();
    expect(got).toEqual([1]);
    socket.publishes(2, 'a');
    socket.publishes(3, 'a');
    socket.publishes(4, 'a');
    expect(got).toEqual([1, 2, 3]);
    expect(subscriber.get()?.offset).toBe(4);
  });

  it('hands over nothing after close', async () => {
    const { socket, subscriber } = live();
    for (const offset of [1, 2, 3]) socket.publishes(offset, 'a');
    const got: number[] = [];
    subscriber.on('publication', ({ offset }) => {
      got.push(offset);
      if (offset === 2) void subscriber.close();
    });
    await settle();
    expect(got).toEqual([1, 2]);
  });

  it('and a listener that throws: the others, and the stream, are no worse for it', async () => {
    const { socket, subscriber } = live();
    const uncaught = vi.fn();
    process.prependOnceListener('uncaughtException', uncaught);
    const others = process.listeners('uncaughtException').filter((each) => each !== uncaught);
    for (const other of others) process.off('uncaughtException', other);
    const got: number[] = [];
    subscriber.on('publication', () => {
      throw new Error('mine');
    });
    subscriber.on('publication', ({ offset }) => got.push(offset));
    socket.publishes(1, 'a');
    await new Promise((resolve) => setImmediate(resolve));
    for (const other of others) process.on('uncaughtException', other);
    expect(got).toEqual([1]);
    expect(uncaught.mock.calls[0]?.[0]).toMatchObject({ message: 'mine' });
  });
});
