import { LIMITS } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import type { Subscriber } from '../../../client/src/subscriptions/subscriber.ts';
import { FakeServer, subscribed, welcome } from '../../support/client-socket.ts';

/** Everything that a subscriber is given from now on: offsets, and gaps as `[from, to, missed]`. */
function listen(subscriber: Subscriber): unknown[] {
  const got: unknown[] = [];
  subscriber.on('publication', ({ offset }) => got.push(offset));
  subscriber.on('gap', ({ reason, from, to, missed }) => got.push([reason, from, to, missed]));
  return got;
}

describe('position', () => {
  it('is not moved by welcome.head, replayed publications or gaps (C2, R5, G3)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    bus.subscribe('a', { replay: { last: 1 } });
    server.welcomes({ head: 9, from: 2 });
    server.socket.says(subscribed(1, 9, true));
    server.socket.says({ replay: { subscription: 1, count: 1 } });
    server.socket.publishes(4, 'a');
    server.socket.says({
      gap: { subscriptions: [1], reason: 'lag', epoch: 'e1', from: 5, to: 6, missed: 1 },
    });
    expect(bus.position).toEqual({ epoch: 'e1', offset: 2 });
  });

  it('is that of the newest ordinary publication or beat, whichever is higher (C2, S7)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    server.socket.publishes(7, 'unasked');
    expect(bus.position).toEqual({ epoch: 'e1', offset: 7 });
    server.socket.says({ beat: { offset: 12 } });
    server.socket.says({ beat: { offset: 11 } });
    expect(bus.position).toEqual({ epoch: 'e1', offset: 12 });
  });

  it('is from of each welcome, even if it is lower than before (C3)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes({ from: 5 }).says({ beat: { offset: 12 } });
    server.socket.drops();
    expect(bus.position?.offset).toBe(12);
    server.returns();
    server.welcomes({ resumed: true, from: 8 });
    expect(bus.position).toEqual({ epoch: 'e1', offset: 8 });
  });

  it('is resume before the first welcome, and in a listener includes the publication it is given', () => {
    const server = new FakeServer();
    const bus = server.bus({ resume: { epoch: 'e1', offset: 3 } });
    expect(bus.position).toEqual({ epoch: 'e1', offset: 3 });
    const seen: unknown[] = [];
    bus.subscribe('a').on('publication', () => seen.push(bus.position?.offset));
    server.welcomes({ resumed: true, from: 3 });
    server.socket.says(subscribed(1, 3));
    server.socket.publishes(4, 'a');
    expect(seen).toEqual([4]);
  });
});

describe('hello after a lost connection', () => {
  it('gives a live subscription the higher of its start and the position (C4)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    bus.subscribe('a');
    server.welcomes();
    server.socket.says(subscribed(1, 5));
    server.socket.publishes(8, 'a');
    bus.subscribe('b');
    server.socket.says(subscribed(2, 10));
    server.socket.drops();
    server.returns().opens();
    expect(server.socket.hello).toMatchObject({
      epoch: 'e1',
      subscriptions: [
        { id: 1, channels: ['a'], after: 8 },
        { id: 2, channels: ['b'], after: 10 },
      ],
    });
  });

  it('gives a replaying subscription the same replay again, as of its subscribed and from where it was cut (C4)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    bus.subscribe('a', { replay: { last: 9 }, onLag: 'latest' });
    bus.subscribe('b', { replay: { sinceMs: 500 } });
    server.clock.advance(300);
    server.welcomes();
    server.socket.says(subscribed(1, 20, true));
    server.socket.says(subscribed(2, 20, true));
    server.socket.says({ replay: { subscription: 1, count: 2 } });
    server.socket.publishes(11, 'a');
    server.socket.publishes(13, 'a');
    server.socket.says({ beat: { offset: 20 } });
    server.socket.drops();
    server.clock.set(server.clock.now() - 3_600_000);
    const beganMs = server.clock.elapsed();
    server.returns().opens();
    const passedMs = server.clock.elapsed() - beganMs;
    const first = { id: 1, channels: ['a'], replay: { last: 9 }, onLag: 'latest', after: 20 };
    expect(server.socket.hello.subscriptions).toEqual([
      { ...first, replayed: 13 },
      // The same 500 ms, though they lie further back now.
      { id: 2, channels: ['b'], replay: { sinceMs: 500 + passedMs }, after: 20 },
    ]);
    expect(passedMs).toBeGreaterThan(0);
    server.socket.says(welcome({ resumed: true, from: 20 }));
    server.socket.says(subscribed(1, 20, true));
    server.socket.says(subscribed(2, 20, true));
    server.socket.says({ replay: { subscription: 2, count: 1 } });
    server.socket.publishes(15, 'b');
    server.socket.drops();
    server.returns().opens();
    expect(server.socket.hello.subscriptions).toMatchObject([
      { ...first, replayed: 13 },
      { after: 20, replayed: 15 },
    ]);
    server.socket.says(welcome({ resumed: true, from: 20 }));
    server.socket.says(subscribed(1, 20, true));
    server.socket.says(subscribed(2, 20, true));
    server.socket.says({ live: { subscription: 1, offset: 20 } });
    server.socket.drops();
    server.returns().opens();
    expect(server.socket.hello.subscriptions?.[0]).toEqual({
      id: 1,
      channels: ['a'],
      onLag: 'latest',
      after: 20,
    });
  });

  it('gives one that was never subscribed no after, or the one it was given before (C4)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    bus.subscribe('a');
    server.welcomes();
    server.socket.says(subscribed(1, 5));
    server.socket.drops();
    bus.subscribe('b', { replay: { last: 1 } });
    server.returns();
    server.welcomes({ resumed: true, from: 5 }).drops();
    server.returns().opens();
    expect(server.socket.hello.subscriptions).toEqual([
      { id: 1, channels: ['a'], after: 5 },
      { id: 2, channels: ['b'], replay: { last: 1 } },
    ]);
  });

  it('leaves out what is closed, and filters that were removed, before or after the connection ended (S12)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const kept = bus.subscribe(['a', { prefix: 'b.' }, { prefix: 'c.' }]);
    const gone = ['d', 'e', 'f'].map((name) => bus.subscribe(name));
    server.welcomes();
    for (const id of [1, 2, 3, 4]) server.socket.says(subscribed(id, 5));
    void kept.remove({ prefix: 'b.' });
    void gone[0]?.close();
    server.socket.drops();
    void kept.remove({ prefix: 'c.' });
    await gone[1]?.close();
    server.returns().opens();
    expect(server.socket.hello.subscriptions).toEqual([
      { id: 1, channels: ['a'], after: 5 },
      { id: 4, channels: ['f'], after: 5 },
    ]);
    void gone[2]?.close();
    server.socket.says(welcome({ resumed: true, from: 5 }));
    expect(server.socket.messages.slice(1)).toContainEqual({ unsubscribe: { id: 4 } });
    expect(server.socket.messages.filter((message) => 'unsubscribe' in message)).toHaveLength(1);
  });

  it('leaves out what does not fit into a frame, and asks for it after welcome from where it was (H8)', () => {
    const server = new FakeServer();
    const bus = server.bus({ resume: { epoch: 'e1', offset: 3 } });
    const many = (letter: string) => Array.from({ length: 900 }, (_, i) => `${letter}${i}${'-'.repeat(240)}`);
    bus.subscribe(many('a'));
    bus.subscribe(many('b'));
    server.socket.opens();
    expect(server.socket.sent[0]?.length).toBeLessThanOrEqual(LIMITS.envelopeBytes);
    expect(server.socket.hello.subscriptions?.map(({ id, after }) => [id, after])).toEqual([[1, 3]]);
    server.socket.says(welcome({ resumed: true, from: 3 }));
    expect(server.socket.messages.slice(1)).toMatchObject([
      { ack: { offset: 3 } },
      {
        subscribe: { id: 2, after: 3 },
      },
    ]);
  });
});

describe('the option resume', () => {
  it('is the after of every subscription made before the first welcome, and of none made later (C5)', () => {
    const server = new FakeServer();
    const bus = server.bus({ resume: { epoch: 'e1', offset: 3 } });
    bus.subscribe('a');
    bus.subscribe('b', { replay: { last: 1 } });
    server.socket.opens();
    expect(server.socket.hello).toMatchObject({
      epoch: 'e1',
      subscriptions: [
        { id: 1, after: 3 },
        { id: 2, after: 3 },
      ],
    });
    server.socket.says(welcome({ resumed: true, from: 3 }));
    bus.subscribe('c');
    expect(server.socket.messages.at(-1)).toEqual({ subscribe: { id: 3, channels: ['c'] } });
  });

  it('that is no position throws', () => {
    expect(() => new FakeServer().bus({ resume: { epoch: '', offset: 1 } })).toThrow(TypeError);
  });
});

describe('the seam', () => {
  it('an ordinary publication is for the live subscriptions that match it, above their own start (S6)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const early = listen(bus.subscribe({ prefix: 'a' }));
    const late = listen(bus.subscribe('a1'));
    const unanswered = listen(bus.subscribe(['a1', 'x']));
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    server.socket.says(subscribed(2, 5));
    server.socket.publishes(5, 'a1');
    server.socket.publishes(6, 'a1');
    server.socket.publishes(7, 'a2');
    server.socket.publishes(8, 'b');
    expect([early, late, unanswered]).toEqual([[5, 6, 7], [6], []]);
  });

  it('announced publications are for the replaying subscription alone; ordinary ones begin above live.offset (R3, R5, S6)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const live = listen(bus.subscribe('a'));
    const replaying = listen(bus.subscribe(['a', 'b'], { replay: { last: 5 } }));
    server.welcomes();
    server.socket.says(subscribed(1, 10));
    server.socket.says(subscribed(2, 10, true));
    server.socket.says({ replay: { subscription: 2, count: 2 } });
    server.socket.publishes(3, 'a');
    server.socket.publishes(4, 'b');
    server.socket.publishes(11, 'a');
    server.socket.says({ replay: { subscription: 2, count: 1 } });
    server.socket.publishes(11, 'a');
    server.socket.says({ live: { subscription: 2, offset: 11 } });
    server.socket.publishes(12, 'a');
    expect([live, replaying]).toEqual([
      [11, 12],
      [3, 4, 11, 12],
    ]);
    expect(bus.position?.offset).toBe(12);
  });

  it('announced publications of a subscription that is closed are read, and given to nobody (S11, R5)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const closed = bus.subscribe('a', { replay: { last: 5 } });
    const other = listen(bus.subscribe('a'));
    server.welcomes();
    server.socket.says(subscribed(1, 0, true));
    server.socket.says(subscribed(2, 0));
    void closed.close();
    server.socket.says({ replay: { subscription: 1, count: 1 } });
    server.socket.publishes(1, 'a');
    expect([other, bus.position?.offset]).toEqual([[], 0]);
    server.socket.publishes(2, 'a');
    expect(other).toEqual([2]);
  });

  it('a replay that was cut is no announcement on the next connection', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const live = listen(bus.subscribe('a'));
    bus.subscribe('b', { replay: { last: 5 } });
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    server.socket.says(subscribed(2, 0, true));
    server.socket.says({ replay: { subscription: 2, count: 5 } });
    server.socket.drops();
    server.returns();
    server.welcomes({ resumed: true, from: 0 });
    server.socket.says(subscribed(1, 0));
    server.socket.publishes(1, 'a');
    expect(live).toEqual([1]);
  });

  it('a subscriber with several wire subscriptions is given a publication once, live or replayed', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const subscriber = bus.subscribe('a');
    const got = listen(subscriber);
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    const added = subscriber.add({ prefix: '' });
    server.socket.says(subscribed(2, 0));
    await added;
    server.socket.publishes(1, 'a');
    server.socket.publishes(2, 'b');
    server.socket.drops();
    server.returns();
    server.welcomes({ resumed: true, from: 4 });
    server.socket.says(subscribed(1, 4));
    server.socket.says(subscribed(2, 2, true));
    server.socket.says({ replay: { subscription: 2, count: 2 } });
    server.socket.publishes(3, 'a');
    server.socket.publishes(4, 'b');
    expect(got).toEqual([1, 2, 4]);
  });
});

describe('gaps', () => {
  const gap = (from: number | null, to: number | null, missed: number | null, subscriptions = [1]) => ({
    gap: { subscriptions, reason: 'retention' as const, epoch: 'e1', from, to, missed },
  });

  it('go to the subscribers named, once to each, with the filters concerned; unknown ids are ignored (G5)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const subscriber = bus.subscribe('a');
    const other = listen(bus.subscribe('c'));
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    void subscriber.add({ prefix: 'b' });
    const reported: unknown[] = [];
    subscriber.on('publication', () => {});
    subscriber.on('gap', (each) => reported.push(each));
    server.socket.says(gap(2, 5, 3, [1, 3, 99]));
    expect(reported).toEqual([
      { reason: 'retention', filters: ['a', { prefix: 'b' }], epoch: 'e1', from: 2, to: 5, missed: 6 },
    ]);
    expect(other).toEqual([]);
  });

  it('of a reason that it does not know are gaps like others (U4)', () => {
    const server = new FakeServer();
    const got = listen(server.bus().subscribe('a'));
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    server.socket.frame(JSON.stringify(gap(2, 5, 3)).replace('retention', 'eclipse'));
    server.socket.publishes(6, 'a');
    expect(got).toEqual([['eclipse', 2, 5, 3], 6]);
  });

  it('of subscriptions that may have lost the same say not how many', () => {
    const server = new FakeServer();
    const subscriber = server.bus().subscribe(['a', 'c']);
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    void subscriber.add(['b', 'c']);
    const reported: unknown[] = [];
    subscriber.on('gap', ({ missed }) => reported.push(missed));
    server.socket.says(gap(2, 5, 3, [1, 2]));
    server.socket.publishes(6, 'a');
    subscriber.get();
    expect(reported).toEqual([null]);
  });

  it('that were reported are not reported again after a reconnect; of longer ones only what is new (G4)', () => {
    const server = new FakeServer();
    const got = listen(server.bus().subscribe('a'));
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    server.socket.says(gap(2, 5, 3));
    server.socket.publishes(3, 'a');
    server.socket.drops();
    server.returns();
    server.welcomes({ resumed: true, from: 3 });
    server.socket.says(subscribed(1, 3));
    server.socket.says(gap(4, 5, 1));
    server.socket.says(gap(4, 9, 5));
    server.socket.says(gap(12, 14, 2));
    server.socket.says(gap(null, null, 1));
    server.socket.says(gap(null, null, 1));
    expect(got).toEqual([
      ['retention', 2, 5, 3],
      3,
      ['retention', 6, 9, null],
      ['retention', 12, 14, 2],
      ['retention', null, null, 1],
      ['retention', null, null, 1],
    ]);
  });
});

describe('a welcome with another epoch', () => {
  it('reports the gap at once, begins at 0, and takes all of the new log (C8)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const got = listen(bus.subscribe('a'));
    server.welcomes();
    server.socket.says(subscribed(1, 5));
    server.socket.publishes(8, 'a');
    server.socket.drops();
    server.returns();
    server.welcomes({ epoch: 'e2' });
    expect(got).toEqual([8, ['restart', 9, null, null]]);
    expect(bus.position).toEqual({ epoch: 'e2', offset: 0 });
    server.socket.says(subscribed(1, 0));
    server.socket.says({
      gap: { subscriptions: [1], reason: 'restart', epoch: 'e1', from: 9, to: null, missed: null },
    });
    server.socket.publishes(1, 'a');
    expect(got).toEqual([8, ['restart', 9, null, null], 1]);
    expect(bus.position).toEqual({ epoch: 'e2', offset: 1 });
  });

  it('leaves subscriptions at 0 of it, even if the connection ends before they were answered (C4, C8)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const got = listen(bus.subscribe('a'));
    server.welcomes();
    server.socket.says(subscribed(1, 5));
    server.socket.drops();
    server.returns();
    server.welcomes({ epoch: 'e2' }).drops();
    server.returns().opens();
    expect(server.socket.hello).toMatchObject({ epoch: 'e2', subscriptions: [{ id: 1, after: 0 }] });
    server.socket.says(welcome({ epoch: 'e2', resumed: true, from: 0 }));
    expect(got).toEqual([['restart', 6, null, null]]);
  });

  it('leaves them where that epoch begins for clients of others (C7, C8)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const got = listen(bus.subscribe('a'));
    server.welcomes();
    server.socket.says(subscribed(1, 5));
    server.socket.drops();
    server.returns();
    server.welcomes({ epoch: 'e2', begins: 40, from: 40 }).drops();
    server.returns().opens();
    expect(server.socket.hello).toMatchObject({ epoch: 'e2', subscriptions: [{ id: 1, after: 40 }] });
    expect(got).toEqual([['restart', 6, null, null]]);
  });

  it('reports from behind the gaps that were reported already', () => {
    const server = new FakeServer();
    const got = listen(server.bus().subscribe('a'));
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    server.socket.says({
      gap: { subscriptions: [1], reason: 'lag', epoch: 'e1', from: 1, to: 9, missed: 9 },
    });
    server.socket.drops();
    server.returns();
    server.welcomes({ epoch: 'e2' });
    expect(got).toEqual([
      ['lag', 1, 9, 9],
      ['restart', 10, null, null],
    ]);
  });

  it('reports nothing to a subscription that had no position', () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes().drops();
    const got = listen(bus.subscribe('a'));
    server.returns();
    server.welcomes({ epoch: 'e2' });
    server.socket.says(subscribed(1, 3));
    expect(got).toEqual([]);
  });
});

describe('a gap restart of the present epoch', () => {
  it('is reported each time, and with it what was reported of that epoch is forgotten (R10, G4)', () => {
    const server = new FakeServer();
    const got = listen(server.bus().subscribe('a'));
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    const lag = { subscriptions: [1], reason: 'lag', epoch: 'e1', from: 1, to: 9, missed: 9 } as const;
    const invented = { ...lag, reason: 'restart', from: null, to: null, missed: null } as const;
    for (const gap of [lag, lag, invented, invented, lag]) server.socket.says({ gap });
    expect(got).toEqual([
      ['lag', 1, 9, 9],
      ['restart', null, null, null],
      ['restart', null, null, null],
      ['lag', 1, 9, 9],
    ]);
  });
});
