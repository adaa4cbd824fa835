import type { Filter, OnLag } from '@zerospan/shared';
import fc from 'fast-check';
import type { Mode } from './subscriber.ts';
import type { Ending } from './succession.ts';
import type { Setting } from './world.ts';

/** Numbers below choose among what there is at the time: by their remainder. */
export type Pick = number;

export type Replay = 'none' | { last: number } | { sinceMs: number } | { since: Pick; life: Pick };

export type Step =
  | { do: 'put'; bus: Pick; channels: string[]; confirmMs?: number | undefined }
  | { do: 'native'; channel: string; times: number }
  | { do: 'lost upstream'; channel: string; missed: number | null }
  | {
      do: 'subscribe';
      bus: Pick;
      filters: Filter[];
      replay: Replay;
      queue: number;
      mode: Mode;
      onLag?: OnLag;
      /** It asks for what an earlier subscriber of the bus asked for first, so that they may share it. */
      like?: Pick | undefined;
    }
  | { do: 'add'; subscriber: Pick; filters: Filter[] }
  | { do: 'remove'; subscriber: Pick; filters: Filter[] }
  | { do: 'unsubscribe'; subscriber: Pick }
  | { do: 'read'; subscriber: Pick; most: number }
  | { do: 'to client'; bus: Pick; most: number }
  | { do: 'to server'; bus: Pick; most: number }
  | { do: 'late to server'; bus: Pick; most: number }
  | { do: 'turn' }
  | { do: 'log answers'; most: number }
  | { do: 'flow' }
  | { do: 'settle' }
  | { do: 'slow'; bus: Pick; room: number }
  | { do: 'stall'; bus: Pick; room: number }
  | { do: 'flood'; bus: Pick; channel: string; rounds: number }
  | { do: 'drain'; bus: Pick }
  | { do: 'twin'; bus: Pick; channel: string; room: number }
  | { do: 'cut'; bus: Pick; side: 'both' | 'client' | 'server' }
  | { do: 'wait'; ms: number }
  | { do: 'restart'; how: Ending | 'drain' }
  | { do: 'join'; resume: Pick | null }
  | { do: 'close bus'; bus: Pick; timeoutMs: number };

const pick = fc.nat({ max: 99 });
const channel = fc.constantFrom('a', 'a', 'b', 'ab', 'c');
const filters = fc.uniqueArray(
  fc.constantFrom<Filter>('a', 'b', 'ab', 'c', '$s', { prefix: 'a' }, { prefix: 'b' }, '', { prefix: '$' }),
  { minLength: 1, maxLength: 3, selector: (filter) => JSON.stringify(filter) },
);
const replay = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Replay>('none') },
  { weight: 2, arbitrary: fc.record({ last: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ sinceMs: fc.constantFrom(0, 400, 3_000, 40_000) }) },
  { weight: 2, arbitrary: fc.record({ since: pick, life: fc.constantFrom(0, 0, 0, 1, 2) }) },
);
const most = fc.constantFrom(1, 1, 2, 3, 10);

function step<D extends string>(name: D) {
  return fc.constant(name);
}

const subscribe = fc.record({
  do: step('subscribe'),
  bus: pick,
  filters,
  replay,
  queue: fc.constantFrom(1, 2, 4, 1_000),
  mode: fc.constantFrom<Mode>('get', 'get', 'listen', 'iterate'),
  onLag: fc.constantFrom<OnLag>('replay', 'replay', 'latest', 'close'),
  like: fc.option(pick, { nil: undefined, freq: 3 }),
});

/** How a script begins: for most there is something to be given from the first. */
export const openings = fc.oneof(
  fc.constant<Step[]>([]),
  fc.tuple(subscribe, subscribe, fc.record({ do: step('flow') })),
) as fc.Arbitrary<Step[]>;

export const steps = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: step('put'),
      bus: pick,
      channels: fc.uniqueArray(channel, { minLength: 1, maxLength: 3 }),
      confirmMs: fc.constantFrom(undefined, undefined, 1, 2_000, 60_000),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: step('native'),
      channel: fc.constantFrom('a', 'a', 'b', 'ab', 'c', '$s'),
      times: fc.constantFrom(1, 1, 2, 4, 12, 12, 30),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: step('lost upstream'),
      // '': on any channel.
      channel: fc.oneof(channel, channel, fc.constant('')),
      missed: fc.constantFrom(null, 1, 2, 5),
    }),
  },
  { weight: 7, arbitrary: subscribe },
  { weight: 2, arbitrary: fc.record({ do: step('add'), subscriber: pick, filters }) },
  { weight: 1, arbitrary: fc.record({ do: step('remove'), subscriber: pick, filters }) },
  { weight: 1, arbitrary: fc.record({ do: step('unsubscribe'), subscriber: pick }) },
  { weight: 6, arbitrary: fc.record({ do: step('read'), subscriber: pick, most }) },
  { weight: 10, arbitrary: fc.record({ do: step('to client'), bus: pick, most }) },
  { weight: 8, arbitrary: fc.record({ do: step('to server'), bus: pick, most }) },
  { weight: 2, arbitrary: fc.record({ do: step('late to server'), bus: pick, most }) },
  { weight: 8, arbitrary: fc.record({ do: step('turn') }) },
  { weight: 4, arbitrary: fc.record({ do: step('log answers'), most }) },
  { weight: 14, arbitrary: fc.record({ do: step('flow') }) },
  { weight: 5, arbitrary: fc.record({ do: step('settle') }) },
  { weight: 3, arbitrary: fc.record({ do: step('slow'), bus: pick, room: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ do: step('stall'), bus: pick, room: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: step('flood'),
      bus: pick,
      channel: fc.constantFrom('a', 'a', 'b', 'ab', 'c'),
      rounds: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: step('drain'), bus: pick }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: step('twin'), bus: pick, channel, room: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: step('cut'),
      bus: pick,
      side: fc.constantFrom('both', 'both', 'client', 'server'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: step('wait'),
      ms: fc.constantFrom(1, 100, 250, 600, 600, 2_000, 21_000, 35_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: step('restart'), how: fc.constantFrom('crash', 'stop', 'drain', 'renew') }),
  },
  { weight: 2, arbitrary: fc.record({ do: step('join'), resume: fc.option(pick) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: step('close bus'), bus: pick, timeoutMs: fc.constantFrom(0, 5_000) }),
  },
) as fc.Arbitrary<Step>;

/** Over a disk that outlives the server, more servers end, and in more ways. */
export const diskSteps = fc.oneof(
  { weight: 24, arbitrary: steps },
  {
    weight: 1,
    arbitrary: fc.record({
      do: step('restart'),
      how: fc.constantFrom('crash', 'crash', 'stop', 'power loss'),
    }),
  },
) as fc.Arbitrary<Step>;

export const settings: fc.Arbitrary<Setting> = fc.record({
  seed: fc.nat(),
  logEntries: fc.integer({ min: 8, max: 12 }),
  tailEntries: fc.integer({ min: 2, max: 3 }),
  lasts: fc.constantFrom(0, 0, 1, 2, 10),
  ageMs: fc.constantFrom(0, 0, 1_000, 20_000),
  remembered: fc.constantFrom(200_000, 200_000, 6),
  padBytes: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 22_000),
  window: fc.constantFrom(1_000, 1_000, 3, 4, 5),
  late: fc.boolean(),
});
