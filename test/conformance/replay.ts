import { holds, increase, same } from './check.ts';
import type { Body, RawClient, Received } from './raw.ts';
import { type Case, conforms, type Scene } from './scene.ts';

const NO_EPOCH = 'never-an-epoch-of-this-server';

const payloads = (received: readonly Received[]): string[] => received.map(({ payload }) => payload);
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

/** Puts `0`, `1`, … on channels in turn; answers their offsets. */
async function filled(client: RawClient, count: number, ...channels: string[]): Promise<number[]> {
  const offsets: number[] = [];
  for (let i = 0; i < count; i++) {
    const { channels: accepted } = await client.put(channels[i % channels.length] as string, String(i));
    offsets.push(...accepted.map(({ offset }) => offset));
  }
  return offsets;
}

/** Reads a replay to its `live`, strictly: it is announced, in order, and nothing stands between what was announced. */
async function replayed(
  client: RawClient,
  id: number,
): Promise<{ received: Received[]; live: Body<'live'> }> {
  const received: Received[] = [];
  for (;;) {
    const next = await client.either('replay', 'live');
    if (next.name === 'live') {
      same(next.body.subscription, id, 'who is live');
      increase(
        received.map(({ offset }) => offset),
        'the offsets of a replay',
      );
      return { received, live: next.body };
    }
    const { subscription, count } = next.body;
    same(subscription, id, 'whose replay it is');
    holds(count >= 1, 'count is 1 at least');
    received.push(...(await client.announced(count)));
  }
}

/** Asks for history and answers what comes of it. */
async function history(client: RawClient, id: number, body: object): Promise<Received[]> {
  client.say({ subscribe: { id, ...body } });
  const { replaying } = await client.control('subscribed');
  same(replaying, true, 'replaying');
  return (await replayed(client, id)).received;
}

/** The gap of a subscription whose position the log has never given. */
function invented(id: number, epoch: string): object {
  return { subscriptions: [id], reason: 'restart', epoch, from: null, to: null, missed: null };
}

/** A client that comes back: its welcome, and the answers to its subscriptions. */
async function resumed(scene: Scene, epoch: string, ...subscriptions: object[]) {
  const { client, welcome } = await scene.greeted(subscriptions, { epoch });
  const answers: Body<'subscribed'>[] = [];
  for (const _ of subscriptions) answers.push(await client.control('subscribed'));
  return { client, welcome, answers };
}

export const replayCases: readonly Case[] = [
  conforms(
    'last gives the last n of each channel, in the order of the log, then live ones (R1, R4, R6, R7)',
    async (scene) => {
      const { client } = await scene.greeted();
      await filled(client, 10, scene.name('a'), scene.name('b'));
      const received = await history(client, 1, { prefixes: [scene.prefix], replay: { last: 2 } });
      same(payloads(received), ['6', '7', '8', '9'], 'the replay');
      await client.put(scene.name('a'), '10');
      same((await client.publication()).payload, '10', 'what comes then');
    },
  ),

  conforms('since gives everything after a position, sinceMs of the last n ms (R1, R7)', async (scene) => {
    const { client, welcome } = await scene.greeted();
    const offsets = await filled(client, 6, scene.name('a'));
    const since = { epoch: welcome.epoch, offset: offsets[2] };
    same(
      payloads(await history(client, 1, { channels: [scene.name('a')], replay: { since } })),
      ['3', '4', '5'],
      'since',
    );
    const recent = await history(client, 2, { channels: [scene.name('a')], replay: { sinceMs: 60_000 } });
    same(payloads(recent), numbers(0, 5), 'sinceMs');
  }),

  conforms(
    'a replay that turns out to be empty is a replay all the same: live follows at once (R1, R7)',
    async (scene) => {
      const { client } = await scene.greeted();
      same(await history(client, 1, { channels: [scene.name('a')], replay: { last: 5 } }), [], 'the replay');
      await client.put(scene.name('a'));
      await client.publication();
    },
  ),

  conforms('a replay in hello begins after all answers (H2, R1)', async (scene) => {
    const { client } = await scene.greeted();
    await filled(client, 3, scene.name('a'));
    const second = await scene.joined(
      { id: 1, channels: [scene.name('a')], replay: { last: 2 } },
      { id: 2, channels: [scene.name('b')] },
    );
    same(payloads((await replayed(second, 1)).received), ['1', '2'], 'the replay');
    same(second.story.slice(0, 4), ['welcome', 'subscribed', 'subscribed', 'replay'], 'the story');
  }),

  conforms(
    'a position that the log has never given is taken as the head, with a gap (R10)',
    async (scene) => {
      const { client, welcome } = await scene.greeted();
      await filled(client, 2, scene.name('a'));
      const since = { epoch: welcome.epoch, offset: 2 ** 53 - 1 };
      client.say({ subscribe: { id: 1, channels: [scene.name('a')], replay: { since } } });
      same((await client.control('subscribed')).replaying, true, 'replaying');
      same(await client.control('gap'), invented(1, welcome.epoch), 'the gap');
      same((await replayed(client, 1)).received, [], 'the replay');
      const { offset } = (await client.put(scene.name('a'), '2')).channels[0] ?? {};
      same((await client.publication()).offset, offset, 'what comes then');
    },
  ),

  conforms(
    'since a position of another epoch: a gap restart, then all that the log holds (R8)',
    async (scene) => {
      const { client } = await scene.greeted();
      await filled(client, 3, scene.name('a'));
      const since = { epoch: NO_EPOCH, offset: 41 };
      client.say({ subscribe: { id: 1, channels: [scene.name('a')], replay: { since } } });
      await client.control('subscribed');
      const gap = {
        subscriptions: [1],
        reason: 'restart',
        epoch: NO_EPOCH,
        from: 42,
        to: null,
        missed: null,
      };
      same(await client.control('gap'), gap, 'the gap');
      same(payloads((await replayed(client, 1)).received), numbers(0, 2), 'the replay');
    },
  ),

  conforms(
    'the seam under load: what is replayed and what comes live are everything, once, in order (R3, R5, R7, C1)',
    async (scene) => {
      const channel = scene.name('a');
      const [{ client: putter }, live] = [
        await scene.greeted(),
        await scene.joined({ id: 1, channels: [channel] }),
      ];
      const total = 600;
      for (let i = 0; i < total; i++) {
        putter.sayPut(channel, String(i));
        if (i % 100 !== 50) continue;
        // The replays begin while the puts pour in.
        live.say({ subscribe: { id: 2 + i, channels: [channel], replay: { last: 100_000 } } });
        await putter.control('accepted');
      }
      const { ordinary, perSubscription } = await live.sorted(
        (received) => received.payload === String(total - 1),
        6,
      );
      same(payloads(ordinary), numbers(0, total - 1), 'the ordinary ones');
      increase(
        ordinary.map(({ offset }) => offset),
        'the offsets of a connection',
      );
      same(perSubscription.size, 6, 'how many were replayed');
      for (const [id, { received, start }] of perSubscription) {
        const taken = [...received, ...ordinary.filter(({ offset }) => offset > start)];
        same(payloads(taken), numbers(0, total - 1), `what subscription ${id} takes`);
      }
    },
  ),

  conforms(
    'a client that reconnects with an `after` is resumed there and misses nothing (C4, C6, S4)',
    async (scene) => {
      const { client: putter, welcome } = await scene.greeted();
      const offsets = await filled(putter, 5, scene.name('a'));
      const after = offsets[1] as number;
      const back = await resumed(scene, welcome.epoch, { id: 1, channels: [scene.name('a')], after });
      same([back.welcome.resumed, back.welcome.from], [true, after], 'resumed and from');
      same(back.answers, [{ id: 1, offset: after, replaying: false }], 'the answer');
      await putter.put(scene.name('a'), '5');
      const received = await back.client.publications(4);
      same(payloads(received), numbers(2, 5), 'what comes');
      holds(!back.client.story.includes('gap'), 'there is no gap');
    },
  ),

  conforms(
    'several afters: the session goes on at the highest, the others are replayed up to it (C6, R1)',
    async (scene) => {
      const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => scene.name(name)) as [
        string,
        string,
        string,
        string,
      ];
      const { client: putter, welcome } = await scene.greeted();
      const offsets = await filled(putter, 12, a, b, c, d);
      const [low, high] = [offsets[1] as number, offsets[6] as number];
      const back = await resumed(
        scene,
        welcome.epoch,
        { id: 1, channels: [a], after: low },
        { id: 2, channels: [b], after: high },
        { id: 3, channels: [c] },
        { id: 4, channels: [d], replay: { last: 1 } },
      );
      same([back.welcome.resumed, back.welcome.from], [true, high], 'resumed and from');
      const [first, second, third, fourth] = back.answers;
      same(first, { id: 1, offset: low, replaying: true }, 'the lower');
      same(second, { id: 2, offset: high, replaying: false }, 'the highest');
      holds(
        third?.replaying === false && third.offset >= (offsets[11] as number),
        'one without begins at the head',
      );
      same(fourth?.replaying, true, 'one with a replay');
      await putter.put([a, b, c, d], '12');
      // What is put while a replay is under way may be among its own; on a channel without one it is not, and behind
      // all that was put before.
      await putter.put(c, '13');
      const { ordinary, perSubscription } = await back.client.sorted(
        ({ channel, payload }) => channel === c && payload === '13',
        2,
      );
      const starts = new Map(back.answers.map(({ id, offset }) => [id, offset]));
      const taken = (id: number, channel: string) => {
        const { received = [], start = starts.get(id) ?? 0 } = perSubscription.get(id) ?? {};
        return payloads([
          ...received,
          ...ordinary.filter((each) => each.channel === channel && each.offset > start),
        ]);
      };
      same(taken(1, a), ['4', '8', '12'], 'the lower');
      same(taken(2, b), ['9', '12'], 'the highest');
      same(taken(3, c), ['12', '13'], 'the one without');
      same(taken(4, d), ['11', '12'], 'the one with a replay');
    },
  ),

  conforms(
    'after and replay together: the replay as of that offset, and everything above it (C4)',
    async (scene) => {
      const { client: putter, welcome } = await scene.greeted();
      const offsets = await filled(putter, 8, scene.name('a'));
      const [a, end] = [scene.name('a'), scene.name('end')];
      const subscription = { id: 1, channels: [a], after: offsets[4], replay: { last: 2 } };
      const back = await resumed(scene, welcome.epoch, subscription, { id: 2, channels: [end] });
      same(back.answers[0]?.replaying, true, 'replaying');
      await putter.put(a, '8');
      await putter.put(end, '"end"');
      const { ordinary, perSubscription } = await back.client.sorted(({ channel }) => channel === end, 1);
      const { received = [], start = 0 } = perSubscription.get(1) ?? {};
      same(
        payloads([...received, ...ordinary.filter(({ channel, offset }) => channel === a && offset > start)]),
        numbers(3, 8),
        'what it takes',
      );
    },
  ),

  conforms(
    'an after that the log has never given is taken as the head, with a gap (R10, C6)',
    async (scene) => {
      const { client: putter, welcome } = await scene.greeted();
      await filled(putter, 2, scene.name('a'));
      const back = await resumed(scene, welcome.epoch, {
        id: 1,
        channels: [scene.name('a')],
        after: 2 ** 53 - 1,
      });
      same([back.welcome.resumed, back.welcome.from], [true, back.welcome.head], 'resumed and from');
      same(await back.client.control('gap'), invented(1, welcome.epoch), 'the gap');
      const { offset } = (await putter.put(scene.name('a'), '2')).channels[0] ?? {};
      same((await back.client.publication()).offset, offset, 'what comes');
    },
  ),

  conforms(
    'a client that reconnects from another epoch receives a gap restart, and all that the log holds (C7, G1)',
    async (scene) => {
      const { client: putter } = await scene.greeted();
      await filled(putter, 4, scene.name('a'), scene.name('b'));
      const back = await resumed(
        scene,
        NO_EPOCH,
        { id: 1, channels: [scene.name('a')], after: 5_301 },
        { id: 2, channels: [scene.name('b')] },
      );
      same([back.welcome.resumed, back.welcome.from], [false, 0], 'resumed and from');
      same(back.answers[0], { id: 1, offset: 0, replaying: false }, 'the one with an after');
      holds((back.answers[1]?.offset ?? 0) > 0, 'the other begins at the head');
      const gap = {
        subscriptions: [1],
        reason: 'restart',
        epoch: NO_EPOCH,
        from: 5_302,
        to: null,
        missed: null,
      };
      same(await back.client.control('gap'), gap, 'the gap');
      same(back.client.story.slice(0, 4), ['welcome', 'subscribed', 'subscribed', 'gap'], 'the story');
      same(payloads(await back.client.publications(2)), ['0', '2'], 'what the log holds');
    },
  ),
];
