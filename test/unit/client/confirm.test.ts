import { describe, expect, it } from 'vitest';
import { FakeServer, outcomeOf, settle } from '../../support/client-socket.ts';

const accepted = { channel: 'a', offset: 7, sessions: 3, nativeSubscriptions: 1 };
const counts = { confirmed: 1, skipped: 1, unanswered: 1 };
const confirm = { confirm: { timeoutMs: 900 } };

/** A bus that has put once and asked who got it. */
function asked() {
  const server = new FakeServer();
  const bus = server.bus();
  server.welcomes();
  const put = bus.put('a', 1, confirm);
  return { server, bus, put };
}

function accept({ socket }: FakeServer): void {
  socket.says({ accepted: { put: 1, time: 5, channels: [accepted] } });
}

describe('a put with confirm', () => {
  it('says so, and fulfils with both answers together (P11)', async () => {
    const { server, put } = asked();
    expect(server.socket.messages.at(-1)).toMatchObject({ put: { id: 1, confirm: { timeoutMs: 900 } } });
    accept(server);
    expect(await outcomeOf(put)).toBe('pending');
    server.socket.says({ confirmed: { put: 1, channels: [{ channel: 'a', offset: 7, ...counts }] } });
    expect(await put).toEqual({ epoch: 'e1', time: 5, channels: [{ ...accepted, ...counts }] });
  });

  it('with who names the sessions of each channel, and who was absent (P16)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    const put = bus.put(['a', 'b'], 1, { confirm: { timeoutMs: 900, who: true } });
    expect(server.socket.messages.at(-1)).toMatchObject({ put: { confirm: { timeoutMs: 900, who: true } } });
    const channels = [accepted, { ...accepted, channel: 'b', offset: 8 }];
    server.socket.says({ accepted: { put: 1, time: 5, channels } });
    const sessions = ['k1', 'k2', 'k3'].map((session) => ({
      session,
      ref: `ref of ${session}`,
      name: 'Lobby',
    }));
    const [one, two, three] = sessions;
    const absent = { session: 'k0', ref: 'r0', lostMs: 5_000, channels: [1] };
    const none = { has: [], skipped: [], unanswered: [], away: [] };
    const who = {
      ...none,
      has: [[0, 12]] as const,
      skipped: [[1, 'lag']] as const,
      unanswered: [[2, 'no-acks']] as const,
      away: [2],
    };
    server.socket.says({
      confirmed: {
        put: 1,
        channels: [
          { channel: 'a', offset: 7, ...counts, who },
          { channel: 'b', offset: 8, ...counts, who: none },
        ],
        sessions,
        more: 3,
        absent: [absent],
      },
    });
    const result = await put;
    expect(result.more).toBe(3);
    expect(result.channels.map((channel) => channel.who)).toEqual([
      {
        has: [{ session: one, afterMs: 12 }],
        skipped: [{ session: two, reason: 'lag' }],
        unanswered: [{ session: three, acks: false }],
        away: [three],
        absent: [],
      },
      { ...none, absent: [absent] },
    ]);
  });

  it('calls onAccepted when it is in the log, before the receipt has come', async () => {
    const { server, bus } = asked();
    const seen: unknown[] = [];
    const put = bus.put('a', 2, { ...confirm, onAccepted: (result) => seen.push(result) });
    expect(seen).toEqual([]);
    server.socket.says({ accepted: { put: 2, time: 5, channels: [accepted] } });
    expect(seen).toEqual([{ epoch: 'e1', time: 5, channels: [accepted] }]);
    expect(await outcomeOf(put)).toBe('pending');
    server.socket.says({ confirmed: { put: 2, channels: [{ channel: 'a', offset: 7, ...counts }] } });
    await put;
    expect(seen).toHaveLength(1);
  });

  it.each(['{"put":1,"time":5}', '{"put":1,"time":5,"channels":[null]}'])(
    'takes %s for no answer: the connection ends, the put is sent again, and the bus can be closed',
    async (answer) => {
      const { server, bus, put } = asked();
      bus.on('error', () => undefined);
      server.socket.frame(`{"accepted":${answer}}`);
      expect(server.socket.closedWith).toBeDefined();
      const again = server.returns();
      server.welcomes();
      expect(again.messages.at(-1)).toMatchObject({ put: { id: 1 } });
      const closed = bus.close({ timeoutMs: 0 });
      server.clock.advance(1_000);
      await closed;
      expect(await outcomeOf(put)).toBe('outcome-unknown');
    },
  );

  it('rejects at once for a time outside the limit, and nothing is sent (P14)', async () => {
    const { server, bus } = asked();
    const before = server.socket.sent.length;
    for (const timeoutMs of [0, -1, Number.NaN, 60_001]) {
      expect(await outcomeOf(bus.put('a', 1, { confirm: { timeoutMs } }))).toBe('bad-confirm');
    }
    expect(server.socket.sent).toHaveLength(before);
  });

  it('is sent again after a cut, also when it was accepted, and keeps its first answer (P13)', async () => {
    const { server, put } = asked();
    accept(server);
    server.socket.drops();
    server.returns();
    server.welcomes();
    const [again] = server.socket.messages.filter((message) => 'put' in message);
    expect(again).toMatchObject({ put: { id: 1, confirm: { timeoutMs: 900 } }, payload: '1' });
    expect(again).toHaveProperty('put.againMs');
    server.socket.says({
      accepted: { put: 1, time: 5, channels: [{ ...accepted, sessions: 99 }] },
    });
    server.socket.says({ confirmed: { put: 1, channels: [{ channel: 'a', offset: 7, ...counts }] } });
    expect(await put).toMatchObject({ channels: [{ sessions: 3, confirmed: 1 }] });
  });

  it('accepted, is not unknown when the server restarts: it was put, and nobody answered for it (P13)', async () => {
    const { server, put } = asked();
    accept(server);
    server.socket.drops();
    server.returns();
    server.welcomes({ epoch: 'e2' });
    expect(await put).toMatchObject({
      epoch: 'e1',
      channels: [{ offset: 7, confirmed: 0, skipped: 0, unanswered: 3 }],
    });
    expect(server.socket.messages.filter((message) => 'put' in message)).toEqual([]);
  });

  it('not accepted, has an unknown outcome when the server restarts (P7)', async () => {
    const { server, put } = asked();
    server.socket.drops();
    server.returns();
    server.welcomes({ epoch: 'e2' });
    expect(await outcomeOf(put)).toBe('outcome-unknown');
  });

  it('can be called off while it waits to be confirmed', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    const calledOff = new AbortController();
    const put = bus.put('a', 1, { ...confirm, signal: calledOff.signal });
    accept(server);
    calledOff.abort();
    expect(await outcomeOf(put)).toBe('aborted');
    server.socket.says({ confirmed: { put: 1, channels: [] } });
    await bus.close();
  });

  it('does not hold up other puts while it waits: only what is not accepted counts as in flight', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    const puts = Array.from({ length: 1_100 }, () => bus.put('a', 1, confirm));
    for (const put of puts) put.catch(() => {});
    const sent = () => server.socket.messages.filter((message) => 'put' in message).length;
    expect(sent()).toBe(1_024);
    for (let id = 1; id <= 1_024; id++) {
      server.socket.says({ accepted: { put: id, time: 5, channels: [accepted] } });
    }
    expect(sent()).toBe(1_100);
  });

  it('close() waits for it, and gives up on it as on others', async () => {
    const { server, bus, put } = asked();
    accept(server);
    const closed = bus.close({ timeoutMs: 100 });
    await settle();
    expect(await outcomeOf(closed)).toBe('pending');
    server.clock.advance(100);
    server.socket.drops(1000);
    await closed;
    expect(await put).toMatchObject({ channels: [{ unanswered: 3 }] });
  });
});

/** Offsets that were acknowledged on the newest socket. */
function acknowledged({ socket }: FakeServer): number[] {
  return socket.messages.flatMap((message) => ('ack' in message ? [message.ack.offset] : []));
}

describe('acks while a subscription is replayed', () => {
  it('stay at the offset of its subscribed until what was replayed to it is handed over (A2)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    bus.subscribe('live').on('publication', () => {});
    const late = bus.subscribe('a', { replay: { last: 5 } });
    server.welcomes({ head: 10 });
    server.socket.says({ subscribed: { id: 1, offset: 10, replaying: false } });
    server.socket.says({ subscribed: { id: 2, offset: 10, replaying: true } });
    await settle();
    server.socket.publishes(11, 'live');
    server.clock.advance(250);
    expect(acknowledged(server)).toEqual([10]);
    server.socket.says({ replay: { subscription: 2, count: 1 } });
    server.socket.publishes(9, 'a');
    server.socket.says({ live: { subscription: 2, offset: 11 } });
    server.clock.advance(250);
    // It waits in the queue of a subscriber that nobody has read yet.
    expect(acknowledged(server)).toEqual([10, 10]);
    expect(late.get()?.offset).toBe(9);
    server.clock.advance(250);
    expect(acknowledged(server).at(-1)).toBe(11);
  });

  it('begin at what the subscription had, when a resumed one is behind the others (A2)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    bus.subscribe('live').on('publication', () => {});
    bus.subscribe('a', { replay: { last: 5 } }).on('publication', () => {});
    server.welcomes({ head: 10 });
    server.socket.says({ subscribed: { id: 1, offset: 10, replaying: false } });
    server.socket.says({ subscribed: { id: 2, offset: 10, replaying: true } });
    await settle();
    server.socket.says({ replay: { subscription: 2, count: 1 } });
    server.socket.publishes(3, 'a');
    server.socket.publishes(20, 'live');
    server.socket.drops();
    server.returns();
    server.welcomes({ from: 20, head: 20, resumed: true });
    server.socket.says({ subscribed: { id: 1, offset: 20, replaying: false } });
    server.socket.says({ subscribed: { id: 2, offset: 10, replaying: true } });
    // At once, before it is answered. What was put before it subscribed is history to it.
    expect(acknowledged(server)).toEqual([10]);
    server.socket.publishes(21, 'live');
    server.clock.advance(250);
    expect(acknowledged(server)).toEqual([10, 10]);
    server.socket.says({ live: { subscription: 2, offset: 21 } });
    server.clock.advance(250);
    expect(acknowledged(server)).toEqual([10, 10, 21]);
  });

  it('stay below what an earlier connection brought, over any number of cuts, until it is read (A2)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const unread = bus.subscribe('a');
    server.welcomes();
    server.socket.says({ subscribed: { id: 1, offset: 0, replaying: false } });
    server.socket.publishes(5, 'a');
    server.socket.publishes(6, 'a');
    for (let cuts = 0; cuts < 2; cuts++) {
      server.socket.drops();
      server.returns();
      server.welcomes({ from: 6, head: 6, resumed: true });
      server.socket.says({ subscribed: { id: 1, offset: 6, replaying: false } });
      expect(acknowledged(server)).toEqual([4]);
    }
    expect([unread.get()?.offset, unread.get()?.offset]).toEqual([5, 6]);
    server.clock.advance(250);
    expect(acknowledged(server)).toEqual([4, 6]);
  });

  it('come at once after a quiet time: in the background a timer may be minutes late (A1)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    bus.subscribe('a').on('publication', () => {});
    server.welcomes();
    server.socket.says({ subscribed: { id: 1, offset: 0, replaying: false } });
    await settle();
    server.clock.advance(250);
    server.socket.publishes(1, 'a');
    expect(acknowledged(server)).toEqual([1]);
    server.socket.publishes(2, 'a');
    expect(acknowledged(server)).toEqual([1]);
    server.clock.advance(250);
    expect(acknowledged(server)).toEqual([1, 2]);
  });
});

describe('onLag', () => {
  it('is said with the subscription, also for what is added to it and when it resumes', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const subscriber = bus.subscribe('a', { onLag: 'latest' });
    server.welcomes();
    server.socket.says({ subscribed: { id: 1, offset: 0, replaying: false } });
    subscriber.add('b').catch(() => {});
    expect(server.socket.messages.at(-1)).toMatchObject({ subscribe: { channels: ['b'], onLag: 'latest' } });
    server.socket.drops();
    server.returns().opens();
    expect(server.socket.hello.subscriptions).toMatchObject([{ onLag: 'latest' }, { onLag: 'latest' }]);
  });

  it('close: the subscriber ends with lag, after what waits for it is read (C10)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const subscriber = bus.subscribe('a', { onLag: 'close' });
    server.welcomes();
    server.socket.says({ subscribed: { id: 1, offset: 0, replaying: false } });
    await subscriber.ready;
    server.socket.publishes(1, 'a');
    server.socket.says({ refused: { subscription: 1, code: 'lag', reason: 'slow', remedy: 'again' } });
    expect(subscriber.get()?.offset).toBe(1);
    expect(() => subscriber.get()).toThrow('slow');
  });

  it('that is none of the three throws at once', () => {
    const bus = new FakeServer().bus();
    expect(() => bus.subscribe('a', { onLag: 'drop' as never })).toThrow(TypeError);
  });
});

describe('the same loss reported again, grown', () => {
  it('is reported with the number that is new (G4)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const reported: unknown[] = [];
    const subscriber = bus.subscribe('a', { onLag: 'latest' });
    subscriber.on('publication', () => {});
    subscriber.on('gap', ({ from, to, missed }) => reported.push({ from, to, missed }));
    await settle();
    const lag = (to: number, missed: number) => ({
      gap: { subscriptions: [1], reason: 'lag' as const, epoch: 'e1', from: 3, to, missed },
    });
    server.welcomes();
    server.socket.says({ subscribed: { id: 1, offset: 2, replaying: false } });
    server.socket.says(lag(6, 4));
    server.socket.drops();
    server.returns();
    server.welcomes({ from: 2, resumed: true });
    server.socket.says({ subscribed: { id: 1, offset: 2, replaying: false } });
    server.socket.says(lag(9, 6));
    expect(reported).toEqual([
      { from: 3, to: 6, missed: 4 },
      { from: 7, to: 9, missed: 2 },
    ]);
  });
});
