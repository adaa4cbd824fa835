import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches } from '../../../../../server/src/core/log/matching.ts';
import type { StoredEntry } from '../../../../../server/src/core/log/store.ts';
import { gapOf, HandLog, putOf } from '../../../../support/disk/hand-log.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';

type Row = Pick<StoredEntry, 'kind' | 'offset' | 'channel' | 'stands' | 'time'> & { readonly text: string };

const CHANNELS = ['a', 'b', 'ba', 'bab', '$s', 'c/1', 'c/2'];
const FILTERS = [
  { channels: ['a'], prefixes: [] },
  { channels: ['b', 'b', 'none'], prefixes: ['b'] },
  { channels: ['ba'], prefixes: ['$'] },
  { channels: ['c/1', 'a'], prefixes: [] },
  { channels: [], prefixes: [''] },
  { channels: [], prefixes: ['', '$'] },
  { channels: [], prefixes: ['c/', 'c/1'] },
  { channels: ['none'], prefixes: [] },
];

/** What was appended, and what of it is left: kept in the plainest way. */
class Model {
  readonly rows: Row[] = [];
  droppedUpTo = 0;
  kept = new Set<number>();

  /** What is dropped up to an offset goes, but for what is the last of its channel just now. */
  drop(upTo: number): void {
    if (upTo === this.droppedUpTo) return;
    this.droppedUpTo = upTo;
    const last = new Map(
      this.rows.filter(({ kind }) => kind === 'publication').map(({ channel, offset }) => [channel, offset]),
    );
    this.kept = new Set([...last.values()].filter((offset) => offset <= upTo));
  }

  isHeld({ offset }: Row): boolean {
    return offset > this.droppedUpTo || this.kept.has(offset);
  }

  lost(filter: (typeof FILTERS)[number], from: number) {
    const lost = this.rows.filter(
      (row) => !this.isHeld(row) && row.offset > from && matches(filter, row.channel),
    );
    const [first, last] = [lost[0], lost.at(-1)];
    if (!first || !last) return undefined;
    const missed = lost.some(({ stands }) => stands === null)
      ? null
      : lost.reduce((sum, { stands }) => sum + (stands ?? 0), 0);
    return { first: first.offset, to: last.offset, missed };
  }
}

const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      channels: fc.uniqueArray(fc.constantFrom(...CHANNELS), { minLength: 1, maxLength: 3 }),
      missed: fc.option(fc.constantFrom(1, 3, null), { nil: undefined, freq: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      channels: fc.constant<string[]>(['']),
      missed: fc.constantFrom(2, null),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pack' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('segment' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('drop' as const), segments: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 9 }) }),
  },
);

const question = fc.record({
  order: fc.constantFrom('forwards' as const, 'backwards' as const),
  filter: fc.constantFrom(...FILTERS),
  ends: fc.tuple(fc.nat(1_000), fc.nat(1_000)),
  entries: fc.integer({ min: 1, max: 6 }),
  bytes: fc.integer({ min: 0, max: 20 }),
  due: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
  time: fc.nat(30),
});

describe('reading a log on disk', () => {
  it('answers what an array of its entries answers: what is due, once and in order, what was dropped, and times', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.array(question, { minLength: 1, maxLength: 6 }),
        fc.record({
          cacheBytes: fc.constantFrom(0, 200, 2 ** 20),
          indexBytes: fc.constantFrom(0, 500, 2 ** 20),
        }),
        async (steps, questions, caches) => {
          const model = new Model();
          const log = await played(steps, model, caches);
          await log.endPack();
          expect(log.failures).toEqual([]);
          for (const { order, filter, ends, entries, bytes, due, time } of questions) {
            const [after, upTo] = ends.map((n) => n % (log.head + 2)).sort((a, b) => a - b) as [
              number,
              number,
            ];
            const isDue =
              due === undefined ? undefined : (channel: string): boolean => !channel.startsWith(due);
            const answered = await log.scanAll({ order, filter, after, upTo, entries, bytes, isDue });
            const isAsked = ({ channel }: Pick<Row, 'channel'>): boolean =>
              matches(filter, channel) && (isDue?.(channel) ?? true);
            const expected = model.rows.filter(
              (row) => row.offset > after && row.offset <= upTo && model.isHeld(row) && isAsked(row),
            );
            if (order === 'backwards') expected.reverse();
            expect(answered.filter(isAsked).map(rowOf)).toEqual(expected);
            const { dropped } = await log.scan({
              dropped: [
                { filter, from: after },
                { filter, from: 0 },
              ],
            });
            expect(dropped).toEqual([model.lost(filter, after), model.lost(filter, 0)]);
            const at = model.rows[0] ? model.rows[0].time + time : time;
            const older = model.rows.findLast((row) => row.time < at)?.offset ?? 0;
            const before = await log.reading.offsetBefore(at);
            expect([
              before >= older,
              model.rows.some((row) => row.time >= at && row.offset <= before),
            ]).toEqual([true, false]);
          }
        },
      ),
      { numRuns: 200 },
    );
  }, 30_000);
});

describe('the offset of a time', () => {
  it('is found among what was dropped as well: who begins there has lost something', async () => {
    const log = await HandLog.open({ files: new SimulatedDisk({ seed: 1 }).start().files });
    const times: number[] = [];
    for (let i = 0; i < 6; i++) {
      times.push(log.clock.now());
      await log.add(putOf(['a']));
      await log.add(putOf(['a']));
      await (i % 2 === 0 ? log.endPack() : log.endSegment());
      log.clock.advance(1_000);
    }
    const found = () =>
      Promise.all(times.flatMap((time) => [time, time + 1]).map((time) => log.reading.offsetBefore(time)));
    const expected = [0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12];
    expect(await found()).toEqual(expected);
    await log.dropAllBut(1);
    expect(log.segments.view.droppedUpTo).toBe(8);
    expect(await found()).toEqual(expected);
    expect(await log.reading.offsetBefore(log.clock.now())).toBe(12);
  });
});

async function played(
  steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
  model: Model,
  caches: { readonly cacheBytes: number; readonly indexBytes: number },
): Promise<HandLog> {
  const disk = new SimulatedDisk({ seed: 1 });
  const { files } = disk.start();
  const options = { files, ...caches };
  let log = await HandLog.open(options);
  let gathered: Row[] = [];
  const ended = (): void => {
    const time = log.clock.now();
    model.rows.push(...gathered.map((row) => ({ ...row, time })));
    gathered = [];
  };
  for (const one of steps) {
    if (one.kind === 'append') {
      const { channels, missed } = one;
      const text = `"${model.rows.length + gathered.length}"`;
      const offset = await log.add(missed === undefined ? putOf(channels, text) : gapOf(channels, missed));
      channels.forEach((channel, i) => {
        const at = { offset: offset + i, channel, time: 0 };
        if (missed === undefined) gathered.push({ ...at, kind: 'publication', stands: 1, text });
        else gathered.push({ ...at, kind: 'gap', stands: missed, text: '' });
      });
    } else if (one.kind === 'wait') log.clock.advance(one.ms);
    else {
      ended();
      if (one.kind === 'pack') await log.endPack();
      else await log.endSegment();
      if (one.kind === 'drop') {
        await log.dropAllBut(log.segments.view.segments.length - 1 - one.segments);
        model.drop(log.segments.view.droppedUpTo);
      }
      if (one.kind === 'reopen') {
        const { clock } = log;
        log = await HandLog.open({ ...options, clock });
      }
    }
  }
  ended();
  return log;
}

function rowOf({ kind, offset, channel, stands, time, payload }: StoredEntry): Row {
  return { kind, offset, channel, stands, time, text: Buffer.from(payload).toString() };
}
