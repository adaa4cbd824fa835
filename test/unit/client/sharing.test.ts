import { describe, expect, it } from 'vitest';
import type { Subscriber } from '../../../client/src/subscriptions/subscriber.ts';
import { FakeServer, outcomeOf, settle, subscribed } from '../../support/client-socket.ts';

/** Offsets that a subscriber has been handed, and its gaps. */
function heard(subscriber: Subscriber): { offsets: number[]; gaps: (number | null)[][] } {
  const offsets: number[] = [];
  const gaps: (number | null)[][] = [];
  subscriber.on('publication', ({ offset }) => offsets.push(offset));
  subscriber.on('gap', ({ from, to, missed }) => gaps.push([from, to, missed]));
  return { offsets, gaps };
}

const asked = (server: FakeServer): unknown[] =>
  server.socket.messages.flatMap((message): readonly unknown[] => {
    if ('hello' in message) return message.hello.subscriptions ?? [];
    if ('subscribe' in message) return [message.subscribe];
    return 'unsubscribe' in message ? [message] : [];
  });

/** A bus that is live, with one subscriber of `a` from offset 3 on. */
function live() {
  const server = new FakeServer();
  const bus = server.bus();
  bus.on('error', () => {});
  const first = heard(bus.subscribe('a'));
  server.welcomes();
  server.socket.says(subscribed(1, 3));
  return { server, bus, first };
}

describe('equal subscribers are one subscription of the wire', () => {
  it('made before the connection: all are ready, and each has every publication', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const all = Array.from({ length: 200 }, () => bus.subscribe(['b', 'a']));
    const other = bus.subscribe(['a', 'b']);
    server.welcomes();
    expect(asked(server)).toEqual([{ id: 1, channels: ['b', 'a'] }]);
    const got = [...all, other].map(heard);
    server.socket.says(subscribed(1, 0));
    await Promise.all(all.map(({ ready }) => ready));
    server.socket.publishes(1, 'a');
    await settle();
    expect(got.every(({ offsets }) => offsets.join() === '1')).toBe(true);
  });

  it('made later: ready at once, and given what comes from now on', async () => {
    const { server, bus, first } = live();
    server.socket.publishes(4, 'a');
    const late = bus.subscribe('a');
    const second = heard(late);
    await late.ready;
    server.socket.publishes(5, 'a');
    await settle();
    expect([first.offsets, second.offsets]).toEqual([[4, 5], [5]]);
    expect(asked(server)).toEqual([{ id: 1, channels: ['a'] }]);
  });

  it('asks the server where its bus knows of something newer that has not come: a put of its own is not new', async () => {
    const { server, bus, first } = live();
    const put = bus.put('a', 1);
    const channels = [{ channel: 'a', offset: 4, sessions: 1, nativeSubscriptions: 0 }];
    server.socket.says({ accepted: { put: 1, time: 1, channels } });
    await put;
    const second = heard(bus.subscribe('a'));
    const third = heard(bus.subscribe('a'));
    expect(asked(server).at(-1)).toEqual({ id: 2, channels: ['a'] });
    server.socket.publishes(4, 'a');
    server.socket.says(subscribed(2, 4));
    server.socket.publishes(5, 'a');
    await settle();
    expect([first.offsets, second.offsets, third.offsets]).toEqual([[4, 5], [5], [5]]);
  });

  it('goes on over a cut with the others, from where each was', async () => {
    const { server, bus, first } = live();
    server.socket.publishes(7, 'a');
    const second = heard(bus.subscribe('a'));
    server.socket.drops();
    server.returns();
    server.welcomes({ resumed: true, from: 7, head: 8 });
    expect(asked(server)).toEqual([{ id: 1, channels: ['a'], after: 7 }]);
    server.socket.says(subscribed(1, 7));
    server.socket.publishes(8, 'a');
    await settle();
    expect([first.offsets, second.offsets]).toEqual([[7, 8], [8]]);
  });

  it('does not receive a loss from before it was added', async () => {
    const { server, bus, first } = live();
    server.socket.publishes(9, 'a');
    const second = heard(bus.subscribe('a'));
    server.socket.says({
      gap: { subscriptions: [1], reason: 'lag', epoch: 'e1', from: 4, to: 8, missed: 2 },
    });
    server.socket.says({
      gap: { subscriptions: [1], reason: 'lag', epoch: 'e1', from: 10, to: 12, missed: 3 },
    });
    await settle();
    expect([first.gaps.at(-1), second.gaps]).toEqual([[10, 12, 3], [[10, 12, 3]]]);
  });

  it.each([
    ['another replay', { replay: { last: 1 } }, { id: 2, channels: ['a'], replay: { last: 1 } }],
    ['another onLag', { onLag: 'latest' }, { id: 2, channels: ['a'], onLag: 'latest' }],
  ] as const)('but not with %s', (_, options, body) => {
    const { server, bus } = live();
    bus.subscribe('a', options);
    expect(asked(server).at(-1)).toEqual(body);
  });

  it('nor while it catches up: what it is given then is not from now on', () => {
    const { server, bus } = live();
    server.socket.drops();
    bus.subscribe('a');
    server.returns();
    server.welcomes({ resumed: true, from: 3 });
    expect(asked(server)).toEqual([
      { id: 1, channels: ['a'], after: 3 },
      { id: 2, channels: ['a'] },
    ]);
  });

  it('shares a replay that was asked for before it began', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const both = [1, 2].map(() => heard(bus.subscribe('a', { replay: { last: 2 } })));
    server.welcomes({ head: 9 });
    server.socket.says(subscribed(1, 9, true));
    const late = heard(bus.subscribe('a', { replay: { last: 2 } }));
    server.socket.says({ replay: { subscription: 1, count: 1 } });
    server.socket.publishes(8, 'a');
    server.socket.says({ live: { subscription: 1, offset: 9 } });
    server.socket.publishes(10, 'a');
    await settle();
    expect([both.map(({ offsets }) => offsets), late.offsets]).toEqual([
      [
        [8, 10],
        [8, 10],
      ],
      [],
    ]);
    expect(asked(server)).toHaveLength(2);
  });
});

describe('what becomes of a shared subscription', () => {
  it('it ends with its last member', async () => {
    const { server, bus } = live();
    const [second, third] = [bus.subscribe('a'), bus.subscribe('a')];
    await second.close();
    expect(asked(server)).toHaveLength(1);
    const got = heard(third);
    server.socket.publishes(4, 'a');
    await settle();
    expect(got.offsets).toEqual([4]);
  });

  it('a member that takes filters away keeps the others theirs, and nobody joins it any more', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const subscribers = [bus.subscribe(['a', 'b']), bus.subscribe(['a', 'b'])];
    const got = subscribers.map(heard);
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    await subscribers[0]?.remove('b');
    server.socket.publishes(1, 'b');
    server.socket.publishes(2, 'a');
    await settle();
    expect(got.map(({ offsets }) => offsets)).toEqual([[2], [1, 2]]);
    expect(asked(server)).toHaveLength(1);
    void subscribers[1]?.close();
    expect(asked(server).at(-1)).toEqual({ unsubscribe: { id: 1, channels: ['b'] } });
    bus.subscribe(['a', 'b']);
    expect(asked(server).at(-1)).toEqual({ id: 2, channels: ['a', 'b'] });
  });

  it('nor after a reconnect, when the server grants it with fewer filters', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    bus.on('error', () => {});
    const subscriber = bus.subscribe(['a', 'b']);
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    void subscriber.remove('b');
    server.socket.drops();
    server.returns();
    server.welcomes({ resumed: true });
    server.socket.says(subscribed(1, 0));
    const got = heard(bus.subscribe(['a', 'b']));
    expect(asked(server)).toMatchObject([
      { id: 1, channels: ['a'] },
      { id: 2, channels: ['a', 'b'] },
    ]);
    server.socket.says(subscribed(2, 0));
    server.socket.publishes(1, 'b');
    await settle();
    expect(got.offsets).toEqual([1]);
  });

  it('what the server refuses is refused to all of them', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const subscribers = [bus.subscribe('a'), bus.subscribe('a')];
    server.welcomes();
    server.socket.says({ refused: { subscription: 1, code: 'forbidden', reason: 'no', remedy: 'ask' } });
    expect(await Promise.all(subscribers.map(({ ready }) => outcomeOf(ready)))).toEqual([
      'forbidden',
      'forbidden',
    ]);
    bus.subscribe('a');
    expect(asked(server).at(-1)).toEqual({ id: 2, channels: ['a'] });
  });

  it('one subscriber that has a filter twice is given a publication once', async () => {
    const { server, bus, first } = live();
    const twice = bus.subscribe('b');
    const got = heard(twice);
    server.socket.says(subscribed(2, 3));
    await Promise.all([twice.add('a'), twice.add('a')]);
    server.socket.publishes(4, 'a');
    await settle();
    expect([first.offsets, got.offsets]).toEqual([[4], [4]]);
  });
});
