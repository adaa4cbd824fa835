import { type ChannelGap, TIMES } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import type { Subscriber } from '../../../client/src/subscriptions/subscriber.ts';
import { EPOCH, FakeServer, subscribed } from '../../support/client-socket.ts';

/** Everything that a subscriber is given from now on: offsets, and gaps. */
function listen(subscriber: Subscriber): unknown[] {
  const got: unknown[] = [];
  subscriber.on('publication', ({ offset }) => got.push(offset));
  subscriber.on('gap', (gap) => got.push(gap));
  return got;
}

const gap = (channel: string, at: number, missed: number | null = 3): { gap: ChannelGap } => ({
  gap: { channel, reason: 'upstream', epoch: EPOCH, from: at, to: at, missed },
});

const reported = (filters: unknown[], at: number, missed: number | null = 3) => ({
  reason: 'upstream',
  channel: 'a',
  filters,
  epoch: EPOCH,
  from: at,
  to: at,
  missed,
});

describe('an upstream gap', () => {
  it('is reported to each subscriber that is live above its start and matches the channel, at its place, and moves the position (G6, C2, S6)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const all = listen(bus.subscribe(['a', { prefix: 'a' }, 'z']));
    const other = listen(bus.subscribe('b'));
    const later = listen(bus.subscribe('a'));
    server.welcomes();
    for (const [id, offset] of [
      [1, 0],
      [2, 0],
      [3, 5],
    ] as const)
      server.socket.says(subscribed(id, offset));
    server.socket.publishes(4, 'a');
    server.socket.says(gap('a', 5));
    server.socket.publishes(6, 'a');
    expect(all).toEqual([4, reported(['a', { prefix: 'a' }], 5), 6]);
    expect(other).toEqual([]);
    expect(later).toEqual([6]);
    server.socket.says(gap('nobody', 9));
    expect(bus.position?.offset).toBe(9);
    expect(all).toHaveLength(3);
  });

  it('of every channel is reported once to each live subscriber, with all its filters and no channel (G6)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const several = listen(bus.subscribe(['a', { prefix: 'b' }]));
    const later = listen(bus.subscribe('z'));
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    server.socket.says(subscribed(2, 5));
    server.socket.says(gap('', 4, null));
    const { channel: _, ...everywhere } = reported(['a', { prefix: 'b' }], 4, null);
    expect(several).toEqual([everywhere]);
    expect(later).toEqual([]);
    expect(bus.position?.offset).toBe(4);
  });

  it('is reported once to a subscriber that has several subscriptions which match it (S6)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const subscriber = bus.subscribe('a');
    const got = listen(subscriber);
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    void subscriber.add({ prefix: '' });
    server.socket.says(subscribed(2, 0));
    server.socket.says(gap('a', 5));
    expect(got).toEqual([reported(['a'], 5)]);
  });

  it('that a replay announces counts among its entries, is for its subscription alone, and is where this resumes; the position stays (R4, R5, C4)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const live = listen(bus.subscribe('a'));
    const replayed = listen(bus.subscribe('a', { replay: { last: 9 } }));
    server.welcomes({ from: 7 });
    server.socket.says(subscribed(1, 7));
    server.socket.says(subscribed(2, 7, true));
    server.socket.says({ replay: { subscription: 2, count: 2 } });
    server.socket.publishes(4, 'a');
    server.socket.says(gap('a', 5, null));
    expect(live).toEqual([]);
    expect(replayed).toEqual([4, reported(['a'], 5, null)]);
    expect(bus.position?.offset).toBe(7);
    server.socket.publishes(8, 'a');
    expect(live).toEqual([8]);
    server.socket.drops();
    server.returns().opens();
    expect(server.socket.hello.subscriptions).toMatchObject([
      { id: 1, after: 8 },
      { id: 2, replay: { last: 9 }, after: 7, replayed: 5 },
    ]);
  });

  it('that a replay brings to one subscription of a subscriber is not reported again if another has received it', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const subscriber = bus.subscribe('a');
    const got = listen(subscriber);
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    server.socket.says(gap('a', 2));
    void subscriber.add({ prefix: '' });
    server.socket.says(subscribed(2, 2));
    server.socket.drops();
    server.returns();
    server.welcomes({ resumed: true, from: 2 });
    server.socket.says(subscribed(1, 2));
    server.socket.says(subscribed(2, 2, true));
    server.socket.says({ replay: { subscription: 2, count: 1 } });
    server.socket.says(gap('a', 2));
    expect(got).toEqual([reported(['a'], 2)]);
  });

  it('names its channel; those of several that become one before the next publication name none', () => {
    const server = new FakeServer();
    const subscriber = server.bus().subscribe('');
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    const channels: unknown[] = [];
    subscriber.on('gap', ({ channel, missed }) => channels.push([channel, missed]));
    for (const [channel, at] of [
      ['a', 1],
      ['a', 2],
    ] as const)
      server.socket.says(gap(channel, at));
    server.socket.publishes(3, 'a');
    subscriber.get();
    server.socket.says(gap('a', 4));
    server.socket.says(gap('b', 5));
    server.socket.publishes(6, 'a');
    subscriber.get();
    expect(channels).toEqual([
      ['a', 6],
      [undefined, 6],
    ]);
  });

  it('is no part of what was reported of other gaps: each is new by its offset, and none hides another (G4, G6)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const got = listen(bus.subscribe('a'));
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    const lag = { subscriptions: [1], reason: 'lag', epoch: EPOCH, missed: null } as const;
    server.socket.says({ gap: { ...lag, from: 1, to: 20 } });
    server.socket.says(gap('a', 15));
    server.socket.says(gap('a', 30));
    server.socket.says({ gap: { ...lag, from: 25, to: 29 } });
    expect(got).toMatchObject([
      { reason: 'lag', from: 1, to: 20 },
      { reason: 'upstream', from: 15, to: 15 },
      { reason: 'upstream', from: 30, to: 30 },
      { reason: 'lag', from: 25, to: 29 },
    ]);
  });

  it('is acknowledged with the bytes of its frame as one that was handed over at once (A1, A2)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    bus.subscribe('é');
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    server.socket.says(gap('é', 5));
    server.socket.says({ replay: { subscription: 1, count: 1 } });
    server.socket.says(gap('é', 3));
    server.clock.advance(TIMES.ackMs);
    const bytes =
      Buffer.byteLength(JSON.stringify(gap('é', 5))) + Buffer.byteLength(JSON.stringify(gap('é', 3)));
    expect(server.socket.messages.at(-1)).toEqual({ ack: { offset: 5, bytes } });
  });

  it('does not acknowledge what waits before it in a queue (A2)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const subscriber = bus.subscribe('a');
    server.welcomes();
    server.socket.says(subscribed(1, 0));
    server.socket.publishes(4, 'a');
    server.socket.says(gap('a', 5));
    server.clock.advance(TIMES.ackMs);
    expect(server.socket.messages.at(-1)).toMatchObject({ ack: { offset: 0 } });
    subscriber.get();
    server.clock.advance(TIMES.ackMs);
    expect(server.socket.messages.at(-1)).toMatchObject({ ack: { offset: 5 } });
  });
});
