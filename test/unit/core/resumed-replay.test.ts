import type { ReplayRequest, SubscribeBody } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FakeClient, TestBus } from '../../support/core.ts';
import { ALL, set, TestGate } from '../../support/grants.ts';

const EPOCH = 'epoch-1';
const SINCE_MS = 5_000;
const OLD = 24;
const CHANNELS = ['a.1', 'a.2', 'b'];

/**
 * Publications one a second, on one channel after the other: where the last ones of the first have come, the others
 * have more than the last ones still to come.
 */
async function scene(options: ConstructorParameters<typeof TestBus>[0] = {}): Promise<TestBus> {
  const bus = new TestBus({ tailEntries: 4, ...options });
  for (let i = 0; i < OLD; i++) {
    bus.clock.advance(1_000);
    await bus.put(channelOf(i + 1));
  }
  return bus;
}

const channelOf = (offset: number): string =>
  CHANNELS[offset > OLD ? offset % CHANNELS.length : Math.floor(((offset - 1) * CHANNELS.length) / OLD)] ??
  'b';
const upTo = (head: number): number[] => Array.from({ length: head }, (_, i) => i + 1);

/** What a request for all of these channels is due in the end, by the rules. */
function due(request: ReplayRequest, interests: (channel: string) => boolean, head: number): number[] {
  const old = upTo(OLD).filter((offset) => interests(channelOf(offset)));
  const later = upTo(head).filter((offset) => offset > OLD && interests(channelOf(offset)));
  if ('since' in request) return [...old.filter((offset) => offset > request.since.offset), ...later];
  // The newest of the old ones was appended in the moment in which it is asked for.
  if ('sinceMs' in request)
    return [...old.filter((offset) => (OLD - offset) * 1_000 <= request.sinceMs), ...later];
  const last = CHANNELS.flatMap((name) =>
    old.filter((offset) => channelOf(offset) === name).slice(-request.last),
  );
  return [...last.sort((a, b) => a - b), ...later];
}

/** One subscription as a client keeps it (C4). */
class Resumed {
  readonly given: number[] = [];
  #asOf: number | undefined;
  #replayed: number | undefined;
  #live: number | undefined;

  /** Reads what a connection brought, as far as it came. */
  read(client: FakeClient, frames: number): void {
    let announced = 0;
    for (const frame of client.link.frames.slice(0, frames)) {
      if ('subscribed' in frame) {
        if (frame.subscribed.replaying) this.#asOf ??= frame.subscribed.offset;
        else this.#live = frame.subscribed.offset;
      } else if ('replay' in frame) announced = frame.replay.count;
      else if ('live' in frame) this.#live = frame.live.offset;
      if (!('offset' in frame)) continue;
      if (announced > 0) {
        announced--;
        this.#replayed = frame.offset;
        this.given.push(frame.offset);
      } else if (this.#live !== undefined && frame.offset > this.#live) {
        this.#live = frame.offset;
        this.given.push(frame.offset);
      }
    }
  }

  get isLive(): boolean {
    return this.#live !== undefined;
  }

  body(asked: SubscribeBody, passedMs: number): SubscribeBody {
    const { replay, ...rest } = asked;
    if (this.#live !== undefined) return { ...rest, after: this.#live };
    if (this.#asOf === undefined || !replay) return asked;
    const request = 'sinceMs' in replay ? { sinceMs: replay.sinceMs + passedMs } : replay;
    const replayed = this.#replayed === undefined ? {} : { replayed: this.#replayed };
    return { ...rest, replay: request, after: this.#asOf, ...replayed };
  }
}

const requests: [string, ReplayRequest][] = [
  ['last', { last: 2 }],
  ['since', { since: { epoch: EPOCH, offset: 9 } }],
  ['sinceMs', { sinceMs: SINCE_MS }],
];
const filters: [string, Partial<SubscribeBody>, (channel: string) => boolean][] = [
  ['channels', { channels: ['a.1', 'b'] }, (name) => name !== 'a.2'],
  ['a prefix', { prefixes: ['a.'] }, (name) => name.startsWith('a.')],
];
const ways = ['replay', 'latest', 'close'] as const;
const all = requests.flatMap(([kind, request]) =>
  filters.flatMap(([of, filter, interests]) =>
    ways.map((onLag) => ({ kind, of, onLag, request, filter, interests })),
  ),
);

describe('a replay that is cut goes on as the same request', () => {
  it.each(all)('$kind of $of, onLag $onLag, wherever it is cut (C4, C11)', async (each) => {
    const { request, filter, interests, onLag } = each;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 4 }), async (cuts) => {
        const bus = await scene();
        const asked: SubscribeBody = { id: 1, ...filter, replay: request, onLag };
        const resumed = new Resumed();
        const beganMs = bus.clock.elapsed();
        // The first connection answers; without that it would be asked for anew, as of then. Once it is over it is no
        // replay.
        for (const [i, drawn] of [...cuts, Number.POSITIVE_INFINITY].entries()) {
          const cut = resumed.isLive ? Number.POSITIVE_INFINITY : i === 0 ? Math.max(drawn, 2) : drawn;
          const client = bus.connect();
          client.hello([resumed.body(asked, bus.clock.elapsed() - beganMs)], { epoch: EPOCH });
          await bus.settle();
          resumed.read(client, cut);
          client.conversation.closed();
          if (cut === Number.POSITIVE_INFINITY) break;
          bus.clock.advance(1_000);
          await bus.put(channelOf(bus.log.head + 1));
        }
        expect(resumed.given).toEqual(due(request, interests, bus.log.head));
      }),
      { numRuns: 30 },
    );
  });

  it('asked for by subscribe, where hello had no room for it (H8, C4)', async () => {
    const bus = await scene();
    const client = await bus.join([], { epoch: EPOCH });
    const asked = { channels: ['a.1', 'b'], replay: { last: 2 }, after: OLD - 6 };
    client.say({ subscribe: { id: 1, ...asked, replayed: 7 } });
    client.say({ subscribe: { id: 2, channels: ['a.2'], after: 12 } });
    client.say({ subscribe: { id: 3, channels: ['a.2'], after: OLD } });
    await bus.settle();
    expect(client.control('subscribed')).toEqual([
      { id: 1, offset: OLD - 6, replaying: true },
      { id: 2, offset: 12, replaying: true },
      { id: 3, offset: OLD, replaying: false },
    ]);
    // Of a.1 and b the last two as of 18 are 7, 8 and 17, 18; up to 7 it had them.
    expect(client.offsets.sort((a, b) => a - b)).toEqual(
      upTo(OLD).filter((offset) => offset > 12 || offset === 8),
    );
    expect(
      client
        .control('live')
        .map(({ subscription }) => subscription)
        .sort((a, b) => a - b),
    ).toEqual([1, 2]);
  });

  it('is where its session goes on, if that is highest (C6)', async () => {
    const bus = await scene();
    const resumed = { id: 1, channels: ['b'], replay: { last: 9 }, after: 10 };
    const cursors = [12, 20, 2 ** 53 - 1].map(async (replayed) => {
      const client = await bus.join(
        [
          { ...resumed, replayed },
          { id: 2, channels: ['b'], after: 15 },
        ],
        { epoch: EPOCH },
      );
      return client.control('welcome')[0]?.from;
    });
    expect(await Promise.all(cursors)).toEqual([15, 20, OLD]);
  });

  it('refuses replayed without the replay and the after that it is of (R2)', async () => {
    const bus = await scene();
    const client = await bus.join([{ id: 1, channels: ['b'], after: 3, replayed: 3 }], { epoch: EPOCH });
    client.say({ subscribe: { id: 2, channels: ['b'], replay: { last: 1 }, replayed: 3 } });
    await bus.settle();
    const [first, second] = client.control('refused');
    expect([first?.code, second?.code]).toEqual(['bad-replay', 'bad-replay']);
    expect(first?.reason).toMatch('replayed');
  });

  it('is paced as history, and where it resumes without a request, as fast as it goes (R11)', async () => {
    const bus = await scene({ bounds: { replays: 1, replayEntriesPerS: 1_000_000 } });
    const client = bus.connect();
    client.hello(
      [1, 2, 3].map((id) => ({ id, channels: ['b'], after: OLD - 1, replayed: 3, replay: { last: 3 } })),
      { epoch: EPOCH },
    );
    const { session } = client.conversation;
    expect(bus.hub.replays.counts(session?.subscriptions ?? [])).toEqual({ running: 1, waiting: 2 });
  });

  it('goes on with no grant for history, which a position needs no more than an after (W7)', async () => {
    const gate = new TestGate().knows('short', 'carl', { subscribe: ALL });
    gate.knows('long', 'carl', { subscribe: ALL, history: set('a.1') });
    const bus = await scene({ gate, bounds: { resumeWindowMs: 120_000 } });
    bus.clock.advance(130_000);
    await bus.put('a.1');
    const since = { epoch: EPOCH, offset: 2 };
    const body = { id: 1, channels: ['a.1'], replay: { since }, after: OLD };
    const lost = { subscriptions: [1], reason: 'retention', epoch: EPOCH, from: 3, to: OLD, missed: null };
    const client = await bus.join([body], { epoch: EPOCH, token: 'short' });
    expect([client.control('refused'), client.control('gap'), client.offsets]).toEqual([[], [lost], [25]]);
    const later = await bus.join([{ ...body, replayed: 5 }], { epoch: EPOCH, token: 'short' });
    expect([later.control('gap'), later.offsets]).toEqual([[{ ...lost, from: 6 }], [25]]);
    const granted = await bus.join([{ ...body, replayed: 5 }], { epoch: EPOCH, token: 'long' });
    expect([granted.control('gap'), granted.offsets]).toEqual([[], [6, 7, 8, 25]]);
    const last = await bus.join([{ ...body, replay: { last: 1 } }], { epoch: EPOCH, token: 'short' });
    expect(last.control('refused')).toMatchObject([{ code: 'forbidden' }]);
    const asked = await bus.join([], { epoch: EPOCH, token: 'short' });
    asked.say({ subscribe: body });
    asked.say({ subscribe: { ...body, id: 2, replay: undefined, after: 3 } });
    await bus.settle();
    expect(asked.control('refused').map(({ code }) => code)).toEqual(['forbidden', 'forbidden']);
  });
});

describe('the end of an epoch takes from a subscription in the middle of its history', () => {
  const of = (more: object) => ({ id: 1, channels: ['b'], after: 100, ...more });
  const own = { since: { epoch: 'old', offset: 40 } };
  it.each<[string, object, { epoch: string; from: number | null }[]]>([
    [
      'nothing of the last n, only what is above its after',
      { replay: { last: 2 }, replayed: 50 },
      [{ epoch: 'old', from: 101 }],
    ],
    [
      'what is above what it had, where that is more',
      { replay: { last: 2 }, replayed: 120 },
      [{ epoch: 'old', from: 121 }],
    ],
    ['what is left of since', { replay: own, replayed: 50 }, [{ epoch: 'old', from: 51 }]],
    ['all of since, where nothing has come', { replay: own }, [{ epoch: 'old', from: 41 }]],
    ['what is left of sinceMs', { replay: { sinceMs: 9 }, replayed: 50 }, [{ epoch: 'old', from: 51 }]],
    [
      'nobody knows what of sinceMs, where nothing has come',
      { replay: { sinceMs: 9 } },
      [{ epoch: 'old', from: null }],
    ],
    [
      'a whole log, where nothing has come since a position of one before',
      { replay: { since: { epoch: 'older', offset: 7 } } },
      [
        { epoch: 'older', from: 8 },
        { epoch: 'old', from: 1 },
      ],
    ],
  ])('%s (C7)', async (_, more, gaps) => {
    const bus = await scene();
    const client = await bus.join([of(more)], { epoch: 'old' });
    expect(client.control('gap')).toMatchObject(gaps.map((gap) => ({ ...gap, reason: 'restart', to: null })));
    expect(client.offsets).toEqual(upTo(OLD).filter((offset) => channelOf(offset) === 'b'));
  });

  it('and a history since a position of another epoch is not said to be lost again once it has begun (R8)', async () => {
    const bus = await scene();
    const replay = { since: { epoch: 'old', offset: 40 } };
    const body = { id: 1, channels: ['b'], after: OLD, replay };
    const begun = await bus.join([{ ...body, replayed: 20 }], { epoch: EPOCH });
    expect([begun.control('gap'), begun.offsets]).toEqual([[], [21, 22, 23, 24]]);
    const before = await bus.join([body], { epoch: EPOCH });
    expect(before.control('gap')).toMatchObject([{ epoch: 'old', from: 41 }]);
  });
});
