import { CLOSE, CODES, type Code, type ServerMessage } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import type { BusOptions } from '../../../client/src/types.ts';
import {
  FakeServer,
  type FakeSocket,
  outcomeOf,
  settle,
  subscribed,
  welcome,
} from '../../support/client-socket.ts';

const HOUR_MS = 3_600_000;

/** A bus whose tokens are numbered. */
function scene(options: BusOptions = {}) {
  const server = new FakeServer();
  let tokens = 0;
  const errors: unknown[] = [];
  const bus = server.bus({ token: () => `token-${++tokens}`, ...options });
  bus.on('error', (error) => errors.push((error as { code?: string }).code ?? error));
  return { server, bus, errors };
}

async function live(server: FakeServer, expiresInMs?: number): Promise<FakeSocket> {
  await settle();
  server.socket.opens();
  server.socket.says(welcome(expiresInMs === undefined ? {} : { expiresInMs }));
  return server.socket;
}

function auths(socket: FakeSocket): string[] {
  return socket.messages.flatMap((message) => ('auth' in message ? [message.auth.token] : []));
}

function says(code: Code, kind: 'error' | 'refused' = 'error', about: object = {}): ServerMessage {
  const { meaning: reason, remedy } = CODES[code];
  return { [kind]: { ...about, code, reason, remedy } } as ServerMessage;
}

describe('a token that ends', () => {
  it('is renewed on the living connection when about three quarters have passed, again and again (W9)', async () => {
    const { server, bus } = scene();
    const socket = await live(server, HOUR_MS);
    expect(socket.hello.token).toBe('token-1');
    // Silence would end the connection meanwhile.
    const wait = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 10_000) {
        socket.says({ beat: { offset: 0 } });
        server.clock.advance(Math.min(10_000, ms - passed));
        await settle();
      }
    };
    await wait(0.7 * HOUR_MS);
    expect(auths(socket)).toEqual([]);
    await wait(0.1 * HOUR_MS);
    expect(auths(socket)).toEqual(['token-2']);
    await wait(HOUR_MS);
    expect(auths(socket)).toEqual(['token-2']);
    socket.says({ authorized: { expiresInMs: HOUR_MS } });
    await wait(0.8 * HOUR_MS);
    expect(auths(socket)).toEqual(['token-2', 'token-3']);
    socket.says({ authorized: { expiresInMs: null } });
    await wait(2 * HOUR_MS);
    expect(auths(socket)).toEqual(['token-2', 'token-3']);
    expect([bus.state, server.sockets.length]).toEqual(['live', 1]);
  });

  it('is not renewed by all clients at the same time (W9)', async () => {
    const at = async (random: number): Promise<number> => {
      const { server } = scene();
      server.random = random;
      const socket = await live(server, 20_000);
      let passed = 0;
      for (; auths(socket).length === 0 && passed < 20_000; passed += 100) {
        server.clock.advance(100);
        await settle();
      }
      return passed;
    };
    const [first, last] = [await at(0), await at(0.999)];
    expect(first).toBeGreaterThanOrEqual(0.69 * 20_000);
    expect(last).toBeLessThanOrEqual(0.81 * 20_000);
    expect(last - first).toBeGreaterThan(1_000);
  });

  it('whose successor is not available is asked for again, and reported; the connection lives (W9)', async () => {
    let calls = 0;
    const token = (): string => {
      calls += 1;
      if (calls === 2) throw new Error('the shop is closed');
      return `token-${calls}`;
    };
    const { server, bus, errors } = scene({ token });
    const socket = await live(server, 20_000);
    server.clock.advance(16_000);
    await settle();
    expect(errors).toEqual(['token-failed']);
    expect(auths(socket)).toEqual([]);
    server.clock.advance(3_900);
    await settle();
    expect(auths(socket)).toEqual(['token-3']);
    expect(bus.state).toBe('live');
  });

  it('answered with the same old token again and again, is not asked for without end', async () => {
    let calls = 0;
    const { server } = scene({ token: () => `token-${++calls}` });
    const socket = await live(server, 20_000);
    for (let ms = 0; ms < 19_000; ms += 100) {
      const before = auths(socket).length;
      server.clock.advance(100);
      await settle();
      if (auths(socket).length > before) socket.says({ authorized: { expiresInMs: 20_000 - ms } });
    }
    expect(calls).toBeLessThan(10);
  });

  it('without a token() there is nothing to renew it with', async () => {
    const server = new FakeServer();
    server.bus();
    server.socket.opens();
    server.socket.says(welcome({ expiresInMs: 2_000 }));
    server.clock.advance(2_000);
    expect(server.socket.sent).toHaveLength(1);
  });

  it('does not outlive its connection: nothing is asked for while there is none', async () => {
    const { server, bus } = scene();
    const socket = await live(server, 20_000);
    socket.drops();
    await bus.close();
    const before = server.clock.pending;
    server.clock.advance(60_000);
    await settle();
    expect(auths(socket)).toEqual([]);
    expect(before).toBe(0);
  });
});

describe('a token that has expired', () => {
  it('is no end: the bus comes back with a fresh one, and goes on where it was (W11, E5)', async () => {
    const { server, bus } = scene();
    const subscriber = bus.subscribe('room');
    const socket = await live(server, HOUR_MS);
    socket.says(subscribed(1, 0));
    socket.publishes(1, 'room');
    socket.says(says('token-expired'));
    socket.drops(CLOSE.expired.code);
    expect(bus.state).toBe('waiting');
    server.clock.advance(30_000);
    await settle();
    server.socket.opens();
    expect(server.socket.hello).toMatchObject({ token: 'token-2', subscriptions: [{ id: 1, after: 1 }] });
    server.socket.says(welcome({ from: 1 }));
    expect(bus.state).toBe('live');
    expect(subscriber.get()?.offset).toBe(1);
  });

  it('in hello as well, with the waits of attempts that fail: never fatal (W2, E6)', async () => {
    const { server, bus, errors } = scene();
    for (let attempt = 1; attempt <= 8; attempt++) {
      await settle();
      expect(server.sockets).toHaveLength(attempt);
      server.socket.opens();
      server.socket.says(says('token-expired'));
      server.socket.drops(CLOSE.expired.code);
      expect(bus.state).toBe('waiting');
      // Half of a window that doubles: 500 ms, then 1,000, up to 30,000.
      const waitMs = Math.min(500 * 2 ** (attempt - 1), 30_000) / 2;
      server.clock.advance(waitMs - 1);
      await settle();
      expect(server.sockets).toHaveLength(attempt);
      server.clock.advance(1);
    }
    expect(new Set(errors)).toEqual(new Set(['token-expired']));
  });

  it('the same of a key that is not known yet: 4004 is no end (W2)', async () => {
    const { server, bus, errors } = scene();
    await settle();
    server.socket.opens();
    server.socket.says(says('key-not-known'));
    server.socket.drops(CLOSE.failed.code);
    expect(bus.state).toBe('waiting');
    expect(errors).toEqual(['key-not-known']);
  });

  it('the same of a crowd: 4006 is no end', async () => {
    const { server, bus } = scene();
    await settle();
    server.socket.opens();
    server.socket.says(says('too-many-connections'));
    server.socket.drops(CLOSE.crowded.code);
    expect(bus.state).toBe('waiting');
  });
});

describe('a token that is not taken', () => {
  it.each<[Code, number]>([
    ['unauthorized', CLOSE.unauthorized.code],
    ['revoked', CLOSE.revoked.code],
  ])('%s closes the bus for good: ready, puts and the bus report the code (W2)', async (code, close) => {
    const { server, bus, errors } = scene();
    const subscriber = bus.subscribe('room');
    const put = outcomeOf(bus.put('room', 1));
    await settle();
    server.socket.opens();
    server.socket.says(says(code));
    server.socket.drops(close);
    await settle();
    expect([await outcomeOf(subscriber.ready), await outcomeOf(bus.put('room', 2))]).toEqual([code, code]);
    expect([bus.state, errors]).toEqual(['closed', [code]]);
    void put;
    server.clock.advance(120_000);
    await settle();
    expect(server.sockets).toHaveLength(1);
    expect(errors).toEqual([code]);
  });

  it('rejects a put that waits, and one in flight as unknown', async () => {
    const { server, bus } = scene();
    const socket = await live(server);
    const inFlight = bus.put('room', 1);
    inFlight.catch(() => undefined);
    socket.says({ draining: { comeBackMs: 60_000 } });
    const waits = bus.put('room', 2);
    waits.catch(() => undefined);
    socket.says(says('revoked'));
    socket.drops(CLOSE.revoked.code);
    expect([await outcomeOf(inFlight), await outcomeOf(waits)]).toEqual(['outcome-unknown', 'revoked']);
  });

  it('revoked on the living connection is reported once, by its close code where the word was lost (W12)', async () => {
    for (const isReported of [true, false]) {
      const { server, bus, errors } = scene();
      const subscriber = bus.subscribe('room');
      const socket = await live(server);
      socket.says(subscribed(1, 0));
      if (isReported) socket.says(says('revoked'));
      socket.drops(CLOSE.revoked.code);
      await settle();
      expect([bus.state, errors]).toEqual(['closed', ['revoked']]);
      expect(await outcomeOf(subscriber.get({ block: true }))).toBe('revoked');
    }
  });
});

describe('what no grant covers', () => {
  it('rejects ready, add and put with forbidden; the bus lives (W5, W6)', async () => {
    const { server, bus, errors } = scene();
    const denied = bus.subscribe('secret');
    const subscriber = bus.subscribe('room');
    const socket = await live(server);
    socket.says(says('forbidden', 'refused', { subscription: 1 }));
    socket.says(subscribed(2, 0));
    const added = subscriber.add('other');
    const put = bus.put('secret', 1);
    const outcomes = [denied.ready, subscriber.ready, added, put].map((each) => outcomeOf(each));
    socket.says(says('forbidden', 'refused', { subscription: 3 }));
    socket.says(says('forbidden', 'refused', { put: 1 }));
    expect(await Promise.all(outcomes)).toEqual(['forbidden', undefined, 'forbidden', 'forbidden']);
    socket.publishes(1, 'room');
    expect([subscriber.get()?.offset, bus.state, errors]).toEqual([1, 'live', []]);
  });

  it('any more, after a fresh token, ends the subscriber with forbidden (W10)', async () => {
    const { server, bus } = scene();
    const subscriber = bus.subscribe('room');
    const socket = await live(server);
    socket.says(subscribed(1, 0));
    socket.publishes(1, 'room');
    socket.says(says('forbidden', 'refused', { subscription: 1 }));
    socket.says({ authorized: { expiresInMs: null } });
    expect(subscriber.get()?.offset).toBe(1);
    expect(() => subscriber.get()).toThrow(expect.objectContaining({ code: 'forbidden' }));
    expect(bus.state).toBe('live');
  });
});
