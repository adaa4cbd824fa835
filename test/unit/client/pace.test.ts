import type { PutPace } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { FakeServer, type FakeSocket, settle, welcome } from '../../support/client-socket.ts';
import { TestBus } from '../../support/core.ts';

const PACE: PutPace = { putsPerS: 100, burst: 1_000 };

async function scene(pace: PutPace | undefined = PACE) {
  const server = new FakeServer();
  const bus = server.bus();
  server.socket.opens();
  server.socket.says(welcome(pace && { pace }));
  let put = 0;
  const outcomes: unknown[] = [];
  const puts = (count: number): void => {
    for (let i = 0; i < count; i++)
      bus.put('room', ++put).then(
        ({ channels }) => outcomes.push(channels[0]?.offset),
        (error: unknown) => outcomes.push(error),
      );
  };
  return { server, bus, puts, outcomes };
}

const sent = (socket: FakeSocket) => socket.messages.flatMap((each) => ('put' in each ? [each.put] : []));

/** Answers what was sent and not answered yet. */
async function answer(socket: FakeSocket, from: number): Promise<number> {
  const all = sent(socket);
  for (const { id } of all.slice(from)) {
    const channels = [{ channel: 'room', offset: id, sessions: 0, nativeSubscriptions: 0 }];
    socket.says({ accepted: { put: id, time: 1, channels } });
  }
  await settle();
  return all.length;
}

describe('a pace that the server announces', () => {
  it('is kept: a burst at once, then as many as are refilled, in order, and none is lost (W14)', async () => {
    const { server, puts, outcomes } = await scene();
    const { socket } = server;
    puts(1_500);
    let answered = await answer(socket, 0);
    expect(answered).toBe(1_000);
    for (let second = 1; second <= 5; second++) {
      for (let i = 0; i < 10; i++) {
        server.clock.advance(100);
        answered = await answer(socket, answered);
      }
      // The last of a second may be a moment late.
      expect(answered).toBeLessThanOrEqual(1_000 + second * 100);
      expect(answered).toBeGreaterThanOrEqual(1_000 + second * 100 - 2);
    }
    server.clock.advance(100);
    await answer(socket, answered);
    expect(sent(socket).map(({ id }) => id)).toEqual(Array.from({ length: 1_500 }, (_, i) => i + 1));
    expect(outcomes).toEqual(Array.from({ length: 1_500 }, (_, i) => i + 1));
  });

  it('counts what is sent again on the next connection, and starts again there (W14, P7)', async () => {
    const { server, puts } = await scene({ putsPerS: 10, burst: 5 });
    puts(8);
    expect(sent(server.socket)).toHaveLength(5);
    server.socket.drops();
    const next = server.returns();
    next.opens();
    next.says(welcome({ pace: { putsPerS: 10, burst: 5 } }));
    expect(sent(next).map(({ id, againMs }) => [id, againMs !== undefined])).toEqual(
      [1, 2, 3, 4, 5].map((id) => [id, true]),
    );
    server.clock.advance(300);
    await settle();
    expect(sent(next).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('counts a put on many channels as one for every ten of them, and waits for all of the burst for a larger one (W14)', async () => {
    const { server, bus } = await scene({ putsPerS: 10, burst: 5 });
    const channels = (count: number) => Array.from({ length: count }, (_, i) => `inbox${i}`);
    for (const count of [40, 20, 200]) void bus.put(channels(count), 1).catch(() => undefined);
    const ids = () => sent(server.socket).map(({ id }) => id);
    expect(ids()).toEqual([1]);
    server.clock.advance(99);
    expect(ids()).toEqual([1]);
    server.clock.advance(1);
    expect(ids()).toEqual([1, 2]);
    server.clock.advance(499);
    expect(ids()).toEqual([1, 2]);
    server.clock.advance(2);
    expect(ids()).toEqual([1, 2, 3]);
  });

  it('begins with what the server says is left of it, also below 0 (W14)', async () => {
    const { server, puts } = await scene({ putsPerS: 10, burst: 5, left: 2 });
    puts(4);
    expect(sent(server.socket)).toHaveLength(2);
    server.socket.drops();
    const next = server.returns();
    next.opens();
    next.says(welcome({ pace: { putsPerS: 10, burst: 5, left: -1 } }));
    expect(sent(next)).toEqual([]);
    server.clock.advance(200);
    await settle();
    expect(sent(next).map(({ id }) => id)).toEqual([1]);
  });

  it('is kept in bytes as well, of what each put takes of the log (W16)', async () => {
    const pace = { putsPerS: 0, burst: 0, bytesPerS: 1_000, burstBytes: 2_000, leftBytes: 1_500 };
    const { server, bus } = await scene(pace);
    const channels = (count: number) => Array.from({ length: count }, (_, i) => `inbox${i}`);
    // With its quotation marks, a name of 6 and 160 more, 500 bytes a channel.
    const message = 'x'.repeat(332);
    for (const count of [3, 1, 5]) void bus.put(channels(count), message).catch(() => undefined);
    const ids = () => sent(server.socket).map(({ id }) => id);
    expect(ids()).toEqual([1]);
    server.clock.advance(499);
    expect(ids()).toEqual([1]);
    server.clock.advance(1);
    expect(ids()).toEqual([1, 2]);
    server.clock.advance(1_999);
    expect(ids()).toEqual([1, 2]);
    server.clock.advance(1);
    expect(ids()).toEqual([1, 2, 3]);
  });

  it('a put that is called off while it waits its turn is not sent', async () => {
    const { server, bus } = await scene({ putsPerS: 10, burst: 1 });
    const off = new AbortController();
    void bus.put('room', 1);
    const waits = bus.put('room', 2, { signal: off.signal });
    off.abort();
    await expect(waits).rejects.toMatchObject({ code: 'aborted' });
    server.clock.advance(1_000);
    expect(sent(server.socket)).toHaveLength(1);
  });

  it('of a burst of 0 still lets one after another through', async () => {
    const { server, puts } = await scene({ putsPerS: 10, burst: 0 });
    puts(3);
    for (let ms = 0; ms < 2_000; ms += 10) server.clock.advance(10);
    await settle();
    expect(sent(server.socket)).toHaveLength(3);
  });

  it('where none is announced, there is none', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.socket.opens();
    server.socket.says(welcome());
    for (let i = 0; i < 1_024; i++) void bus.put('room', i);
    expect(sent(server.socket)).toHaveLength(1_024);
  });

  it.each([
    { putsPerS: 50, putBurst: 20 },
    { putsPerS: 0, putBytesPerS: 50 * 165, putBurstBytes: 20 * 165 },
  ])('a client that keeps it is never held by the real server (W14, W16): %o', async (bounds) => {
    const bus = new TestBus({ bounds, limits: { putBytes: 20 * 165 } });
    const peer = await bus.join([]);
    const [welcome] = peer.control('welcome');
    const { server, puts } = await scene(welcome?.pace);
    puts(200);
    let passed = 0;
    let fed = 0;
    while (fed < 200 && passed < 10_000) {
      const all = sent(server.socket);
      for (const put of all.slice(fed)) peer.say({ put }, '1');
      await bus.settle();
      fed = await answer(server.socket, fed);
      server.clock.advance(10);
      bus.clock.advance(10);
      passed += 10;
    }
    expect(fed).toBe(200);
    expect([bus.hub.reports.holds, bus.log.head]).toEqual([0, 200]);
    expect(passed).toBeLessThan(4_000);
  });
});
