import { describe, expect, it } from 'vitest';
import type { News } from '../../../client/src/connection/news.ts';
import type { StateDetail } from '../../../client/src/types.ts';
import { FakeServer, settle, subscribed } from '../../support/client-socket.ts';

/** Beats come this often while a test waits: silence would end a connection as well. */
const BEAT_MS = 10_000;

/** A bus with a subscription that is live, and what it says of its connection. */
function scene() {
  const server = new FakeServer();
  let announce: (news: News) => void = () => {};
  const bus = server.bus({
    news: (hear) => {
      announce = hear;
      return () => {};
    },
  });
  const states: string[] = [];
  const details: StateDetail[] = [];
  const failures: string[] = [];
  bus.on('state', (state, detail) => {
    states.push(state);
    details.push(detail);
  });
  bus.on('error', ({ code }) => failures.push(code));
  bus.subscribe('a');
  const socket = server.welcomes({ head: 5 });
  socket.says(subscribed(1, 5));
  const beats = (logAwayMs?: number): void =>
    server.socket.says({ beat: { offset: 5, ...(logAwayMs !== undefined && { logAwayMs }) } });
  /** Lets the log stay away until the bus leaves. Answers after how many ms. */
  const leftAfterMs = (logAwayMs: number): number => {
    const { clock } = server;
    const beganMs = clock.elapsed();
    while (bus.state === 'stale') {
      if (clock.elapsed() - beganMs > 600_000) throw new Error('the bus stays for ever');
      if ((clock.elapsed() - beganMs) % BEAT_MS === 0) beats(logAwayMs + clock.elapsed() - beganMs);
      clock.advance(500);
    }
    return clock.elapsed() - beganMs;
  };
  return {
    server,
    bus,
    socket,
    states,
    details,
    failures,
    beats,
    leftAfterMs,
    announce: (news: News) => announce(news),
  };
}

describe('a server that does not reach its log', () => {
  it('makes the bus stale, and live again with a beat that says nothing of it: all goes on (B6, B7)', async () => {
    const { server, bus, socket, states, details, failures, beats } = scene();
    beats(2_100);
    beats(22_100);
    expect([bus.state, states, details.at(-1)]).toEqual(['stale', ['live', 'stale'], { logAwayMs: 2_100 }]);
    const put = bus.put('a', 1);
    await settle();
    expect(socket.messages.at(-1)).toMatchObject({ put: { id: 1, channels: ['a'] } });
    beats();
    socket.says({
      accepted: {
        put: 1,
        time: 1,
        channels: [{ channel: 'a', offset: 6, sessions: 1, nativeSubscriptions: 0 }],
      },
    });
    await expect(put).resolves.toMatchObject({ channels: [{ offset: 6 }] });
    // What was to come at 15 s is called off.
    for (let ms = 0; ms < 60_000; ms += BEAT_MS) {
      server.clock.advance(BEAT_MS);
      beats();
    }
    expect([states, failures]).toEqual([['live', 'stale', 'live'], []]);
    expect(socket.messages.filter((message) => 'subscribe' in message)).toEqual([]);
  });

  it('is left after 15 s for another one, with the reason; the subscription goes on there (B7)', () => {
    const { server, bus, socket, states, failures, beats } = scene();
    server.clock.advance(20_000);
    beats(2_000);
    server.clock.advance(12_999);
    expect(bus.state).toBe('stale');
    server.clock.advance(1);
    expect([bus.state, socket.closedWith?.code, failures]).toEqual(['waiting', 1_000, ['log-away']]);
    expect(bus.lastFailure).toMatchObject({ code: 'log-away', final: false });
    // As after any connection that has lasted: no longer than the server's spread.
    expect(bus.retryInMs).toBeLessThanOrEqual(500);
    server.returns();
    const next = server.welcomes({ from: 5, head: 5, resumed: true });
    expect(next.hello.subscriptions).toEqual([{ id: 1, channels: ['a'], after: 5 }]);
    expect(states).toEqual(['live', 'stale', 'waiting', 'connecting', 'live']);
  });

  it('is kept for 15 s at least, then each next one twice as long, until one has its log (B7)', () => {
    const { server, beats, leftAfterMs } = scene();
    const stays: number[] = [];
    for (let round = 0; round < 6; round++) {
      beats(100_000);
      stays.push(leftAfterMs(100_000));
      server.returns();
      server.welcomes({ from: 5, head: 5, resumed: true });
    }
    expect(stays).toEqual([15_000, 30_000, 60_000, 120_000, 240_000, 240_000]);
    server.clock.advance(20_000);
    beats();
    beats(2_000);
    expect(leftAfterMs(2_000)).toBe(13_000);
  });

  it('is asked for a sign of life like any other when the page is woken (B4)', () => {
    const { socket, beats, announce } = scene();
    beats(2_000);
    announce('woken');
    expect(socket.messages.at(-1)).toEqual({ ping: { id: 1 } });
  });

  it('is not left any more once the bus is closed', async () => {
    const { server, bus, states, beats } = scene();
    beats(2_000);
    await bus.close();
    server.clock.advance(60_000);
    expect([states, server.sockets.length]).toEqual([['live', 'stale', 'closed'], 1]);
  });
});
