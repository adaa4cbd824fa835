import { BACKOFF, CLOSE, TIMES } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { News } from '../../../client/src/connection/news.ts';
import { ReconnectPolicy } from '../../../client/src/connection/reconnect-policy.ts';
import { FakeServer, type FakeSocket, settle } from '../../support/client-socket.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** From news, or from a look that is late, to the end of a connection that says nothing. */
const ANSWER_MS = 4_000;
/** How often silence is looked at. */
const CHECK_MS = 4_000;
/** Between two attempts of which news brought on the second. */
const APART_MS = 2_000;

/** A bus that is live, and what is told to it. */
function scene(retrySpreadMs = 10_000) {
  const server = new FakeServer();
  const listeners = new Set<(news: News) => void>();
  const bus = server.bus({
    news: (hear) => {
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
  });
  const announce = (news: News): void => {
    for (const hear of listeners) hear(news);
  };
  const socket = server.welcomes({ retrySpreadMs });
  return { server, bus, socket, announce, listeners, clock: server.clock };
}

/** What the client has asked of the server only to hear something. */
function questions(socket: FakeSocket): number {
  return socket.messages.filter((message) => 'ping' in message).length;
}

function answers(socket: FakeSocket): void {
  const [last] = socket.messages.flatMap((each) => ('ping' in each ? [each.ping] : [])).slice(-1);
  socket.says({ pong: { id: last?.id ?? 0 } });
}

/** Nobody is listening for a while, as in a page that is frozen or a machine that sleeps: timers fire afterwards. */
type StandStill = (clock: ManualClock, ms: number) => void;
const standStill: StandStill = (clock, ms) => clock.freeze(ms);
/** The same where what measures time stands still as well, as on some platforms while the machine sleeps. */
const sleep: StandStill = (clock, ms) => clock.set(clock.now() + ms);

describe.each([
  ['stood still', standStill],
  ['slept, and its stopwatch with it,', sleep],
])('a client that %s', (_, standStill) => {
  it('calls no connection dead before it has heard what came meanwhile (B3, B5)', () => {
    const { bus, socket, clock } = scene();
    standStill(clock, 60_000);
    clock.advance(CHECK_MS);
    expect(bus.state).toBe('live');
    socket.publishes(7, 'a');
    clock.advance(TIMES.silenceMs - 1);
    expect([bus.state, bus.position?.offset]).toEqual(['live', 7]);
    socket.answersClose = false;
    clock.advance(1);
    expect([bus.state, socket.closedWith?.code]).toEqual(['waiting', CLOSE.silent.code]);
  });

  it('stands still again while it waits for an answer, and still gives what came a chance (B5)', () => {
    const { bus, socket, clock } = scene();
    standStill(clock, 60_000);
    clock.advance(CHECK_MS);
    standStill(clock, 60_000);
    clock.advance(ANSWER_MS);
    expect(bus.state).toBe('live');
    socket.says({ beat: { offset: 9 } });
    clock.advance(ANSWER_MS);
    expect([bus.state, bus.position?.offset]).toEqual(['live', 9]);
  });

  it('finds a connection that died in its sleep seconds after it, though nothing woke it but its timers (B3)', () => {
    const { bus, clock } = scene();
    clock.advance(CHECK_MS + 1_000);
    standStill(clock, 3_600_000);
    clock.advance(CHECK_MS + ANSWER_MS);
    expect(bus.state).toBe('waiting');
  });

  it('does not take a clock that was put forward for silence, since the server answers (B5)', () => {
    const { bus, socket, clock } = scene();
    clock.set(clock.now() + 3_600_000);
    clock.advance(CHECK_MS);
    expect(questions(socket)).toBe(1);
    answers(socket);
    clock.advance(ANSWER_MS);
    expect([bus.state, socket.closedWith]).toEqual(['live', undefined]);
  });

  it('finds silence also where the clock was put back', () => {
    const { bus, clock } = scene();
    clock.set(clock.now() - 3_600_000);
    clock.advance(TIMES.silenceMs + CHECK_MS);
    expect(bus.state).toBe('waiting');
  });

  it('finds silence also where every timer is late, as in a page that is hidden for long', () => {
    const { bus, clock } = scene();
    for (let minute = 0; minute < 4; minute++) {
      standStill(clock, 56_000);
      clock.advance(CHECK_MS);
    }
    expect(bus.state).not.toBe('live');
  });

  it('has patience with a socket that opens late, too', () => {
    const server = new FakeServer();
    const bus = server.bus();
    standStill(server.clock, 60_000);
    server.clock.advance(CHECK_MS);
    server.welcomes();
    server.clock.advance(ANSWER_MS);
    expect([bus.state, server.sockets.length]).toEqual(['live', 1]);
  });
});

describe('news, while the connection lives', () => {
  it.each<News>(['woken', 'online', 'offline'])(
    '%s: asks the server, once, and stays when it answers (B4)',
    (news) => {
      const { bus, socket, clock, announce } = scene();
      announce(news);
      clock.advance(1_000);
      announce(news);
      expect(questions(socket)).toBe(1);
      answers(socket);
      clock.advance(TIMES.beatMs);
      expect(bus.state).toBe('live');
      announce(news);
      expect(questions(socket)).toBe(2);
    },
  );

  it.each<News>(['woken', 'online', 'offline'])(
    '%s: gives it up when it hears nothing for a few seconds (B4)',
    (news) => {
      const { bus, socket, clock, announce } = scene();
      clock.advance(1_000);
      announce(news);
      // What is asked again and again is not put off again and again.
      for (let ms = 500; ms < ANSWER_MS; ms += 500) {
        clock.advance(500);
        announce(news);
        expect(bus.state).toBe('live');
      }
      clock.advance(500);
      expect(bus.state).not.toBe('live');
      expect(socket.closedWith?.code).toBe(CLOSE.silent.code);
    },
  );

  it('one that was woken, and so finds that its connection is gone, is back at once (E9)', () => {
    const { server, socket, clock, announce } = scene(60_000);
    clock.advance(5_000);
    announce('woken');
    socket.drops();
    clock.advance(0);
    expect(server.sockets.length).toBe(2);
    // The next attempt is as any other.
    server.socket.drops();
    clock.advance(APART_MS);
    expect(server.sockets.length).toBe(2);
  });

  it('does nothing to the slot of a server that drains (D2, D3)', () => {
    const { server, bus, socket, clock, announce } = scene();
    socket.says({ draining: { comeBackMs: 9_000 } });
    announce('woken');
    answers(socket);
    clock.advance(8_999);
    expect(bus.state).toBe('live');
    clock.advance(1);
    expect([socket.closedWith?.code, server.sockets.length]).toEqual([1000, 2]);
  });
});

describe('news, while the client waits', () => {
  /** Waits up to 15 s for its next attempt, the last having failed just now. */
  function waiting() {
    const all = scene();
    all.socket.drops();
    const attempts = (): number => all.server.sockets.length;
    for (let attempt = 0; attempt < 6; attempt++) {
      for (const before = attempts(); attempts() === before; ) all.clock.advance(100);
      all.server.socket.drops();
    }
    return { ...all, attempts };
  }

  it('woken: connects at once, though not within 2 s of the last attempt (E9)', () => {
    const { clock, announce, attempts } = waiting();
    const before = attempts();
    announce('woken');
    clock.advance(APART_MS - 1);
    expect(attempts()).toBe(before);
    clock.advance(1);
    expect(attempts()).toBe(before + 1);
  });

  it('woken long after the last attempt: connects in that very moment (E9)', () => {
    const { clock, announce, attempts } = waiting();
    clock.advance(5_000);
    const before = attempts();
    announce('woken');
    clock.advance(0);
    expect(attempts()).toBe(before + 1);
  });

  it('is the same when the user asks for it, and says how long it still takes (E9)', () => {
    const { bus, clock, attempts } = waiting();
    expect(bus.retryInMs).toBe(15_000);
    const before = attempts();
    bus.retryNow();
    expect(bus.retryInMs).toBe(APART_MS);
    bus.retryNow();
    clock.advance(APART_MS - 1);
    expect([attempts(), bus.retryInMs]).toEqual([before, 1]);
    clock.advance(1);
    expect([attempts(), bus.retryInMs]).toEqual([before + 1, undefined]);
    bus.retryNow();
    clock.advance(0);
    expect(attempts()).toBe(before + 1);
  });

  it('is bounded, however often it comes (E9)', () => {
    const { server, clock, announce, attempts } = waiting();
    const before = attempts();
    for (let ms = 0; ms < 20_000; ms += 100) {
      announce(ms % 200 === 0 ? 'woken' : 'online');
      clock.advance(100);
      if (server.socket.readyState !== 3) server.socket.drops();
    }
    expect(attempts() - before).toBeLessThanOrEqual(20_000 / APART_MS);
    expect(attempts() - before).toBeGreaterThan(5);
  });

  it('online: draws again from the first window, and the failures before count no more (E9)', () => {
    const { server, clock, announce, attempts } = waiting();
    const before = attempts();
    server.random = 0.5;
    announce('offline');
    announce('online');
    clock.advance(4_999);
    expect(attempts()).toBe(before);
    clock.advance(1);
    expect(attempts()).toBe(before + 1);
    server.socket.drops();
    clock.advance(4_999);
    expect(attempts()).toBe(before + 1);
    clock.advance(1);
    expect(attempts()).toBe(before + 2);
  });

  it('offline: goes on trying, because it may be wrong', () => {
    const { server, clock, announce } = waiting();
    announce('offline');
    for (let attempt = 0; attempt < 3; attempt++) server.returns().drops();
    expect(clock.pending).toBe(1);
  });

  it('never makes the wait longer', () => {
    const { server, clock, announce, attempts } = waiting();
    clock.advance(14_900);
    const before = attempts();
    server.random = 0.999;
    announce('online');
    clock.advance(100);
    expect(attempts()).toBe(before + 1);
  });

  it('waits for its slot all the same, but not past it (D3, E9)', () => {
    const { server, bus, socket, clock, announce } = scene();
    socket.says({ draining: { comeBackMs: 9_000 } });
    socket.drops(CLOSE.goingAway.code);
    announce('woken');
    announce('online');
    bus.retryNow();
    clock.advance(8_000);
    expect(server.sockets.length).toBe(1);
    standStill(clock, 60_000);
    announce('woken');
    clock.advance(0);
    expect(server.sockets.length).toBe(2);
  });

  it('a thousand clients whose network comes back spread over the window that the server advertised (E9)', () => {
    const waits = Array.from({ length: 1_000 }, (_, i) => {
      const clock = new ManualClock();
      const policy = new ReconnectPolicy(clock, () => ((i * 7) % 1_000) / 1_000);
      policy.welcomed(10_000);
      for (let attempt = 0; attempt < 4; attempt++) policy.waitMs();
      clock.advance(0);
      policy.heard('online');
      return policy.leftMs('online') ?? 0;
    });
    const within = (fromMs: number, toMs: number) => waits.filter((ms) => ms >= fromMs && ms < toMs).length;
    expect(Math.max(...waits)).toBeLessThan(10_000);
    for (let ms = 1_000; ms < 10_000; ms += 1_000) expect(within(ms, ms + 1_000)).toBeLessThan(150);
  });
});

describe('whatever happens', () => {
  const news = fc.constantFrom<News>('woken', 'online', 'offline');
  const step = fc.oneof(
    fc.record({ news }),
    fc.record({ ms: fc.nat(20_000) }),
    fc.record({ sleepMs: fc.nat(3_600_000) }),
    fc.record({ backMs: fc.nat(3_600_000) }),
    fc.constant({ drops: true }),
    fc.constant({ welcomes: true }),
    fc.constant({ beats: true }),
  );

  it('there is one connection at a time, one timer, and it comes back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (steps, random) => {
          const { server, bus, clock, announce } = scene(500);
          server.random = random;
          for (const each of steps) {
            const { socket } = server;
            if ('news' in each) announce(each.news);
            else if ('ms' in each) clock.advance(each.ms);
            else if ('sleepMs' in each) (each.sleepMs % 2 ? standStill : sleep)(clock, each.sleepMs);
            else if ('backMs' in each) clock.set(clock.now() - each.backMs);
            else if ('drops' in each) socket.drops();
            else if ('welcomes' in each && socket.readyState === 0) server.welcomes();
            else if ('beats' in each && socket.readyState === 1) socket.says({ beat: { offset: 1 } });
            await settle();
            expect(server.sockets.filter(({ readyState }) => readyState < 2).length).toBeLessThanOrEqual(1);
            expect(clock.pending).toBe(1);
          }
          // Longer than silence and a wait together; a socket that never opens is given up too.
          for (let tries = 0; tries < 100 && server.socket.readyState !== 0; tries++) clock.advance(1_000);
          server.welcomes();
          expect(bus.state).toBe('live');
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a bus that is over', () => {
  it('listens no more once it is closed', async () => {
    const { bus, listeners, clock } = scene();
    expect(listeners.size).toBe(1);
    await bus.close();
    await settle();
    expect([listeners.size, clock.pending]).toEqual([0, 0]);
  });

  it('listens no more once the server has said not to come back', () => {
    const { bus, socket, listeners } = scene();
    bus.on('error', () => {});
    socket.drops(CLOSE.badHello.code);
    expect([bus.state, listeners.size]).toEqual(['closed', 0]);
  });
});

it('the first window of a client that was never welcomed is the one of the protocol (E6)', () => {
  expect(new ReconnectPolicy(new ManualClock(), () => 0.5).waitMs()).toBe(BACKOFF.firstMs / 2);
});
