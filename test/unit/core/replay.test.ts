import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FakeClient, TestBus } from '../../support/core.ts';

/** What the subscription `id` is given, by the rules of the protocol: see a client's side in PROTOCOL.md. */
function givenTo(client: FakeClient, id: number, interests: (channel: string) => boolean): number[] {
  const given: number[] = [];
  let start = Number.POSITIVE_INFINITY;
  let replayed = 0;
  let ofReplay = 0;
  for (const frame of client.link.frames) {
    if ('subscribed' in frame && frame.subscribed.id === id && !frame.subscribed.replaying)
      start = frame.subscribed.offset;
    if ('live' in frame && frame.live.subscription === id) start = frame.live.offset;
    if ('replay' in frame) {
      replayed = frame.replay.count;
      ofReplay = frame.replay.subscription;
    }
    if (!('offset' in frame)) continue;
    if (replayed > 0) {
      replayed--;
      if (ofReplay === id) given.push(frame.offset);
    } else if (frame.offset > start && interests(frame.channel)) given.push(frame.offset);
  }
  return given;
}

describe('replay', () => {
  it('history is announced with its count, and live follows in the same turn: nothing twice, nothing missed at the seam (R4, R7)', async () => {
    const bus = new TestBus({ tailEntries: 4 });
    for (let i = 0; i < 20; i++) await bus.put('room');
    const client = await bus.join([]);
    client.say({
      subscribe: { id: 3, channels: ['room'], replay: { since: { epoch: 'epoch-1', offset: 5 } } },
    });
    await bus.settle();
    await bus.put('room');
    await bus.settle();
    expect(client.control('subscribed')).toEqual([{ id: 3, offset: 20, replaying: true }]);
    expect(client.control('replay').reduce((sum, { count }) => sum + count, 0)).toBe(15);
    expect(client.control('live')).toEqual([{ subscription: 3, offset: 20 }]);
    expect(givenTo(client, 3, () => true)).toEqual(Array.from({ length: 16 }, (_, i) => i + 6));
  });

  it('a replay does not disturb a sibling that is live on the same channel', async () => {
    const bus = new TestBus({ tailEntries: 4 });
    for (let i = 0; i < 10; i++) await bus.put('room');
    const client = await bus.join([{ id: 1, channels: ['room'] }]);
    client.say({ subscribe: { id: 2, prefixes: [''], replay: { last: 3 } } });
    await bus.put('room');
    await bus.settle();
    await bus.put('room');
    await bus.settle();
    expect(givenTo(client, 1, () => true)).toEqual([11, 12]);
    expect(givenTo(client, 2, () => true)).toEqual([8, 9, 10, 11, 12]);
  });

  it('last counts for each channel, as of the subscription; what comes during the replay is not left out (R1, R7)', async () => {
    const bus = new TestBus({ tailEntries: 2 });
    for (let i = 0; i < 6; i++) await bus.put(i % 2 ? 'b' : 'a');
    const client = await bus.join([]);
    client.say({ subscribe: { id: 1, prefixes: [''], replay: { last: 1 } } });
    for (let i = 0; i < 10; i++) await bus.put('a');
    await bus.settle();
    expect(givenTo(client, 1, () => true)).toEqual([5, 6, ...Array.from({ length: 10 }, (_, i) => i + 7)]);
  });

  it('what the log drops above subscribed while the replay cannot be written is reported as a gap (S4)', async () => {
    const bus = new TestBus({ logBytes: 10 * 400, tailEntries: 2 });
    for (let i = 0; i < 5; i++) await bus.put('room');
    const client = await bus.join([]);
    client.link.hasRoom = false;
    client.say({ subscribe: { id: 1, channels: ['room'], replay: { last: 3 } } });
    for (let i = 0; i < 50; i++) await bus.put('room');
    await bus.settle();
    client.room();
    await bus.settle();
    const given = givenTo(client, 1, () => true);
    expect(given.at(-1)).toBe(55);
    const first = given[0] as number;
    expect(client.control('gap')).toMatchObject([
      { subscriptions: [1], from: 6, to: first - 1, missed: first - 6 },
    ]);
  });

  it('last gives no more than the last n, though the session is behind', async () => {
    const bus = new TestBus({ tailEntries: 2 });
    for (let i = 0; i < 20; i++) await bus.put('a');
    const behind = { id: 1, channels: ['b'], after: 2 };
    const client = await bus.join([behind, { id: 2, channels: ['a'], replay: { last: 2 } }], {
      epoch: 'epoch-1',
    });
    await bus.put('a');
    await bus.settle();
    expect(givenTo(client, 2, (channel) => channel === 'a')).toEqual([19, 20, 21]);
  });

  it('a subscription can be ended while its replay has not begun', async () => {
    const bus = new TestBus();
    for (let i = 0; i < 5; i++) await bus.put('room');
    const client = await bus.join([]);
    client.say({ subscribe: { id: 1, channels: ['room'], replay: { sinceMs: 1_000 } } });
    client.say({ unsubscribe: { id: 1 } });
    await bus.settle();
    expect(client.story).toEqual(['welcome', 'subscribed', 'unsubscribed']);
  });

  it('sinceMs begins at a time', async () => {
    const bus = new TestBus();
    for (let i = 0; i < 5; i++) {
      await bus.put('room');
      bus.clock.advance(1_000);
    }
    const client = await bus.join([{ id: 1, channels: ['room'], replay: { sinceMs: 2_000 } }]);
    expect(givenTo(client, 1, () => true)).toEqual([4, 5]);
  });

  it('since a position of another epoch: a restart gap, then all that the log holds (R8)', async () => {
    const bus = new TestBus();
    await bus.put('room');
    const client = await bus.join([]);
    client.say({ subscribe: { id: 1, channels: ['room'], replay: { since: { epoch: 'old', offset: 9 } } } });
    await bus.settle();
    expect(client.control('gap')).toEqual([
      { subscriptions: [1], reason: 'restart', epoch: 'old', from: 10, to: null, missed: null },
    ]);
    expect(givenTo(client, 1, () => true)).toEqual([1]);
  });

  it('what the log has dropped of the history is reported as a gap with reason retention (R9)', async () => {
    const bus = new TestBus({ logBytes: 10 * 400, tailEntries: 2 });
    for (let i = 0; i < 50; i++) await bus.put('room');
    const client = await bus.join([
      { id: 1, channels: ['room'], replay: { since: { epoch: 'epoch-1', offset: 5 } } },
    ]);
    const first = givenTo(client, 1, () => true)[0] as number;
    expect(client.control('gap')).toEqual([
      {
        subscriptions: [1],
        reason: 'retention',
        epoch: 'epoch-1',
        from: 6,
        to: first - 1,
        missed: first - 6,
      },
    ]);
  });

  it('with a link that fills at any time, puts at any time and subscriptions that come and go: each sees its channels once, in order, without a hole', async () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('put' as const),
        channel: fc.constantFrom('a', 'b', 'c'),
        times: fc.integer({ min: 1, max: 6 }),
      }),
      fc.record({ do: fc.constant('turn' as const) }),
      fc.record({ do: fc.constant('fill' as const), after: fc.integer({ min: 0, max: 5 }) }),
      fc.record({ do: fc.constant('room' as const) }),
      fc.record({
        do: fc.constant('subscribe' as const),
        filter: fc.constantFrom({ channels: ['a'] }, { channels: ['b', 'c'] }, { prefixes: [''] }),
        last: fc.option(fc.integer({ min: 1, max: 9 })),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const bus = new TestBus({ tailEntries: 3 });
        const client = await bus.join([{ id: 1, prefixes: [''] }]);
        const subscriptions = [{ id: 1, interests: everything, from: 0, last: null as number | null }];
        const channels: string[] = [];
        for (const one of steps) {
          if (one.do === 'put') {
            for (let i = 0; i < one.times; i++) {
              channels.push(one.channel);
              await bus.put(one.channel);
            }
          } else if (one.do === 'turn') await bus.turn();
          else if (one.do === 'fill') client.link.fullAfter = client.publications.length + one.after;
          else if (one.do === 'room') client.room();
          else {
            const id = subscriptions.length + 1;
            const { channels: names } = one.filter as { channels?: string[] };
            subscriptions.push({
              id,
              interests: (channel) => !names || names.includes(channel),
              from: channels.length,
              last: one.last,
            });
            client.say({
              subscribe: { id, ...one.filter, ...(one.last === null ? {} : { replay: { last: one.last } }) },
            });
          }
        }
        client.room();
        await bus.settle();
        client.room();
        await bus.settle();
        for (const { id, interests, from, last } of subscriptions) {
          const due = channels.flatMap((channel, i) =>
            interests(channel) && (i >= from || isLast(channels, i, from, last)) ? [i + 1] : [],
          );
          expect(givenTo(client, id, interests)).toEqual(due);
        }
        expect(client.control('gap')).toEqual([]);
        expect(bus.failures).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

/** Whether the i-th put is among the last n of its channel before `from`. */
function isLast(channels: readonly string[], i: number, from: number, n: number | null): boolean {
  if (n === null) return false;
  return channels.slice(i + 1, from).filter((channel) => channel === channels[i]).length < n;
}

function everything(channel: string): boolean {
  return channel.length > 0;
}
