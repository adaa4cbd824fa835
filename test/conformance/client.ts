import type { Gap, Publication, State, Subscriber } from '@zerospan/client';
import { failure, holds, increase, same } from './check.ts';
import { type Case, conforms } from './scene.ts';

/** The next so many of a subscriber. */
async function take(subscriber: Subscriber, count: number): Promise<Publication[]> {
  const taken: Publication[] = [];
  while (taken.length < count) {
    const next = await subscriber.get({ block: true, timeoutMs: 8_000 });
    if (next === undefined) throw new Error(`the subscriber ended after ${taken.length} of ${count}`);
    taken.push(next);
  }
  return taken;
}

const messages = (publications: readonly Publication[]): unknown[] =>
  publications.map(({ message }) => message);

const VALUES = [null, 0, false, '', {}, [], -1.5, 'żółć 😀\nline', { a: [1, { b: null }] }, [[]], true];

export const clientCases: readonly Case[] = [
  conforms(
    'a put after ready comes to the subscriber, with all that its answer says (S4, P5)',
    async (scene) => {
      const bus = scene.bus();
      const subscriber = bus.subscribe(scene.name('a'));
      await subscriber.ready;
      const { epoch, time, channels } = await bus.put(scene.name('a'), { choice: 'yes' });
      const [{ channel, message, text, ...rest }] = (await take(subscriber, 1)) as [Publication];
      same([channel, message, text], [scene.name('a'), { choice: 'yes' }, '{"choice":"yes"}'], 'what comes');
      same([rest.epoch, rest.time, rest.offset], [epoch, time, channels[0]?.offset], 'where it stands');
      same(bus.position, { epoch, offset: rest.offset }, 'the position');
    },
  ),

  conforms('every JSON value is a message, null, 0, false, "", {} and [] as well (P2)', async (scene) => {
    const bus = scene.bus();
    const subscriber = bus.subscribe(scene.name('a'));
    await subscriber.ready;
    for (const value of VALUES) void bus.put(scene.name('a'), value);
    same(messages(await take(subscriber, VALUES.length)), VALUES, 'the messages');
  }),

  conforms('an integer of 20 digits keeps them all in publication.text (P3)', async (scene) => {
    const bus = scene.bus();
    const subscriber = bus.subscribe(scene.name('a'));
    await subscriber.ready;
    for (const text of ['12345678901234567890', ' { "a" :\n1 } '])
      await bus.publish().putText(scene.name('a'), text);
    const texts = (await take(subscriber, 2)).map(({ text }) => text);
    same(texts, ['12345678901234567890', ' { "a" :\n1 } '], 'the texts');
  }),

  conforms(
    'a bus goes from connecting to live to closed; close may be called again, and nothing works afterwards (E5)',
    async (scene) => {
      const bus = scene.bus();
      const states: State[] = [bus.state];
      bus.on('state', (state) => states.push(state));
      const subscriber = bus.subscribe(scene.name('a'));
      await subscriber.ready;
      await bus.close();
      await bus.close();
      same(states, ['connecting', 'live', 'closed'], 'the states');
      same((await failure(() => bus.put(scene.name('a'), 1))).code, 'closed', 'a put');
      same((await failure(() => bus.subscribe(scene.name('a')).ready)).code, 'closed', 'a subscription');
      same(await subscriber.get({ block: true }), undefined, 'get');
    },
  ),

  conforms('get gives what is there, waits when asked to, and times out (S4)', async (scene) => {
    const bus = scene.bus();
    const subscriber = bus.subscribe(scene.name('a'));
    await subscriber.ready;
    same(subscriber.get(), undefined, 'nothing is there');
    same(
      (await failure(() => subscriber.get({ block: true, timeoutMs: 1 }))).code,
      'timeout',
      'nothing comes',
    );
    const waiting = subscriber.get({ block: true });
    await bus.put(scene.name('a'), 1);
    same((await waiting)?.message, 1, 'what was waited for');
    const fence = bus.subscribe(scene.name('b'));
    await fence.ready;
    await bus.put([scene.name('a'), scene.name('b')], 2);
    await take(fence, 1);
    same(subscriber.get()?.message, 2, 'what is there');
    same(subscriber.get(), undefined, 'once');
  }),

  conforms(
    'an iterator ends after close when its queue is empty, and break closes the subscriber (S9)',
    async (scene) => {
      const bus = scene.bus();
      const [subscriber, leaving] = [bus.subscribe(scene.name('a')), bus.subscribe(scene.name('a'))];
      const fence = bus.subscribe(scene.name('end'));
      await Promise.all([subscriber.ready, leaving.ready, fence.ready]);
      for (let i = 0; i < 3; i++) void bus.put(scene.name('a'), i);
      void bus.put(scene.name('end'), null);
      await take(fence, 1);
      for await (const { message } of leaving) if (message === 1) break;
      same((await leaving.get({ block: true }))?.message, 2, 'what was there stays to be read');
      same(await leaving.get({ block: true }), undefined, 'then it is over');
      await subscriber.close();
      await bus.put(scene.name('a'), 3);
      const read: Publication[] = [];
      for await (const publication of subscriber) read.push(publication);
      same(messages(read), [0, 1, 2], 'what came before it was closed');
    },
  ),

  conforms('overlapping subscriptions each have every publication once, in order (S5, S6)', async (scene) => {
    const bus = scene.bus();
    const one = bus.subscribe([scene.name('room1'), { prefix: scene.name('room1') }, scene.name('room1')]);
    const prefix = bus.subscribe({ prefix: scene.prefix });
    const all = bus.subscribe('');
    await Promise.all([one.ready, prefix.ready, all.ready]);
    const expected = Array.from({ length: 100 }, (_, i) => i);
    for (const i of expected) void bus.put([scene.name('room1'), scene.name('room2')], i);
    same(messages(await take(one, 100)), expected, 'the one');
    const both = await take(prefix, 200);
    same(
      messages(both),
      expected.flatMap((i) => [i, i]),
      'the prefix',
    );
    const ours: Publication[] = [];
    while (ours.length < 200)
      ours.push(...(await take(all, 1)).filter(({ channel }) => channel.startsWith(scene.prefix)));
    same(ours, both, 'all channels');
    increase(
      both.map(({ offset }) => offset),
      'the offsets',
    );
  }),

  conforms(
    'replay gives history first, by last, since and sinceMs, then what comes (R1, R3, R7)',
    async (scene) => {
      const bus = scene.bus();
      const results = [];
      for (let i = 0; i < 5; i++) results.push(await bus.put(scene.name('a'), i));
      const { epoch, channels } = results[2] as (typeof results)[number];
      const since = { epoch, offset: channels[0]?.offset as number };
      const subscribers = [{ last: 2 }, { since }, { sinceMs: 60_000 }].map((replay) =>
        bus.subscribe(scene.name('a'), { replay }),
      );
      await Promise.all(subscribers.map(({ ready }) => ready));
      await bus.put(scene.name('a'), 5);
      const [last, after, recent] = subscribers as [Subscriber, Subscriber, Subscriber];
      same(messages(await take(last, 3)), [3, 4, 5], 'last');
      same(messages(await take(after, 3)), [3, 4, 5], 'since');
      same(messages(await take(recent, 6)), [0, 1, 2, 3, 4, 5], 'sinceMs');
    },
  ),

  conforms(
    'a bus that resumes where another left off misses nothing; one from another epoch receives a gap (C5, C7)',
    async (scene) => {
      const first = scene.bus();
      const subscriber = first.subscribe(scene.name('a'));
      await subscriber.ready;
      await first.put(scene.name('a'), 'seen');
      const [{ epoch, offset }] = (await take(subscriber, 1)) as [Publication];
      await first.close();
      const between = scene.bus();
      await between.put(scene.name('a'), 'missed');
      const second = scene.bus({ resume: { epoch, offset } });
      const resumed = second.subscribe(scene.name('a'));
      const other = scene.bus({ resume: { epoch: 'another-epoch', offset: 7 } });
      const restarted = other.subscribe(scene.name('a'));
      const gaps: Gap[] = [];
      restarted.on('gap', (gap) => gaps.push(gap));
      await Promise.all([resumed.ready, restarted.ready]);
      await between.put(scene.name('a'), 'new');
      same(messages(await take(resumed, 2)), ['missed', 'new'], 'resumed');
      same(messages(await take(restarted, 3)), ['seen', 'missed', 'new'], 'from another epoch');
      const gap = {
        reason: 'restart',
        filters: [scene.name('a')],
        epoch: 'another-epoch',
        from: 8,
        to: null,
        missed: null,
      };
      same(gaps, [gap], 'the gaps');
    },
  ),

  conforms('filters are added and removed, as written (S8)', async (scene) => {
    const [a, b, c] = [scene.name('a'), scene.name('b'), scene.name('c')];
    const bus = scene.bus();
    const subscriber = bus.subscribe(a);
    await subscriber.ready;
    await subscriber.add([b, { prefix: c }]);
    await bus.put([a, b, c], 1);
    same(
      (await take(subscriber, 3)).map(({ channel }) => channel),
      [a, b, c],
      'with all',
    );
    await subscriber.remove([a, { prefix: c }, 'not-there']);
    await bus.put([a, b, c], 2);
    await bus.put(b, 3);
    same(messages(await take(subscriber, 2)), [2, 3], 'with one left');
  }),

  conforms(
    'bad filters throw at once, bad puts reject with their code, and the bus goes on (P8, E1)',
    async (scene) => {
      const bus = scene.bus();
      const codes = async (calls: (() => unknown)[]) =>
        (await Promise.all(calls.map(failure))).map(({ code }) => code);
      const filters = [[], 'a b', [''.padEnd(256, 'x')], { prefix: '\ufeff' }, [scene.name('a'), '\ud800']];
      same(
        await codes(filters.map((each) => () => void bus.subscribe(each))),
        Array(5).fill('bad-filter'),
        'filters',
      );
      same(
        (await failure(() => void bus.subscribe('a', { replay: { last: 0 } }))).code,
        'bad-replay',
        'a replay',
      );
      const puts: [string | string[], unknown, string][] = [
        [[], 1, 'no-channels'],
        ['a b', 1, 'bad-channel'],
        [[scene.name('a'), '$own'], 1, 'reserved-channel'],
        [scene.name('a'), undefined, 'not-json'],
        [scene.name('a'), 1n, 'not-json'],
        [scene.name('a'), 'x'.repeat(65_535), 'too-large'],
      ];
      same(
        await codes(
          puts.map(
            ([channels, message]) =>
              () =>
                bus.put(channels, message),
          ),
        ),
        puts.map(([, , code]) => code),
        'puts',
      );
      same(await codes([() => bus.publish().putText(scene.name('a'), 'NaN')]), ['bad-payload'], 'a text');
      same((await bus.put(scene.name('a'), 1)).channels.length, 1, 'a good one');
    },
  ),

  conforms('a signal calls off a subscription, a get and a put (S9)', async (scene) => {
    const bus = scene.bus();
    const controller = new AbortController();
    const { signal } = controller;
    const subscriber = bus.subscribe(scene.name('a'), { signal });
    const other = bus.subscribe(scene.name('a'));
    await Promise.all([subscriber.ready, other.ready]);
    const waiting = failure(() => other.get({ block: true, signal }));
    controller.abort();
    same((await waiting).code, 'aborted', 'the get');
    same((await failure(() => bus.put(scene.name('a'), 1, { signal }))).code, 'aborted', 'the put');
    await bus.put(scene.name('a'), 2);
    same(messages(await take(other, 1)), [2], 'the other');
    same(await subscriber.get({ block: true }), undefined, 'the subscriber');
  }),

  conforms('a queue that is full drops the oldest, and says so (G3)', async (scene) => {
    const bus = scene.bus();
    const small = bus.subscribe(scene.name('a'), { queue: { publications: 3 } });
    const fence = bus.subscribe(scene.name('end'));
    const gaps: Gap[] = [];
    small.on('gap', (gap) => gaps.push(gap));
    await Promise.all([small.ready, fence.ready]);
    const results = [];
    for (let i = 0; i < 10; i++) results.push(await bus.put(scene.name('a'), i));
    await bus.put(scene.name('end'), 'end');
    await take(fence, 1);
    same(messages(await take(small, 3)), [7, 8, 9], 'what is left');
    const offsets = results.map(({ channels }) => channels[0]?.offset);
    holds(gaps.length === 1, 'it is told once');
    const [{ reason, from, to, missed }] = gaps as [Gap];
    same(
      { reason, from, to, missed },
      { reason: 'queue', from: offsets[0], to: offsets[6], missed: 7 },
      'the gap',
    );
  }),
];
