import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches } from '../../server/src/core/log/matching.ts';
import type {
  Scan,
  Store,
  StoreAppended,
  Stored,
  StoredEntry,
  StoreRecord,
} from '../../server/src/core/log/store.ts';
import type { ManualClock } from '../support/manual-clock.ts';
import type { LogBounds } from './log.contract.ts';

export interface StoreUnderTest {
  readonly store: Store;
  readonly clock: ManualClock;
  /** The same again, as the next process would find it. */
  readonly reopen: () => Store | Promise<Store>;
  /** Resolves when it has dropped what is due. Default: it drops at once. */
  readonly settled?: () => Promise<void>;
}

const EVERYTHING = { channels: [], prefixes: ['', '$'] };
const fingerprintOf = (text: string): string => createHash('sha1').update(text).digest('base64');
const put = (channels: string[], text = '"x"', id?: number): StoreRecord => ({
  kind: 'put',
  channels,
  payload: Buffer.from(text),
  republish: true,
  user: 'alice',
  key: id === undefined ? undefined : { client: 'c', id, fingerprint: fingerprintOf(text), isMobile: false },
});
const gap = (channels: string[], missed: number | null): StoreRecord => ({ kind: 'gap', channels, missed });
const scan = (more: Partial<Scan> = {}): Scan => ({
  order: 'forwards',
  after: 0,
  upTo: Number.MAX_SAFE_INTEGER,
  filter: EVERYTHING,
  entries: 100_000,
  bytes: 1e9,
  dropped: [],
  ...more,
});

/** Appends to a store, each with the promise of its one answer. */
function answersOf(store: Store) {
  const waiting = new Map<StoreRecord, Waiting>();
  const settled = (record: StoreRecord): Waiting => {
    const one = waiting.get(record);
    if (!one) throw new Error('It was answered twice, or never appended.');
    waiting.delete(record);
    return one;
  };
  return {
    listener: {
      appended: (record: StoreRecord, place: StoreAppended) => settled(record).resolve(place),
      failed: (record: StoreRecord, error: unknown) => settled(record).reject(error),
    },
    append: (record: StoreRecord, time: number): Promise<StoreAppended> => {
      const answer = new Promise<StoreAppended>(
        (resolve, reject) => void waiting.set(record, { resolve, reject }),
      );
      store.append(record, time);
      if (!waiting.has(record)) throw new Error('It was answered before the call had returned.');
      return answer;
    },
  };
}

interface Waiting {
  resolve(place: StoreAppended): void;
  reject(error: unknown): void;
}

/**
 * The sentences of the `Store` port, for any implementation.
 * @param numRuns how many random histories are tried
 */
export function storeContract(
  name: string,
  make: (bounds: LogBounds) => StoreUnderTest | Promise<StoreUnderTest>,
  numRuns = 300,
): void {
  const open = async (bounds: Partial<LogBounds> = {}) => {
    const under = await make({ entries: 10_000, lasts: 0, ageMs: 0, ...bounds });
    const { store, clock } = under;
    const written: Stored[] = [];
    const answers = answersOf(store);
    let droppedUpTo = 0;
    const opened = await store.open({
      ...answers.listener,
      written: (stored) => written.push(stored),
      droppedUpTo: (offset) => {
        droppedUpTo = offset;
      },
      changed: () => undefined,
    });
    const append = (record: StoreRecord) => answers.append(record, clock.now());
    const settled = under.settled ?? (() => Promise.resolve());
    return { ...under, written, opened, append, settled, reportedTo: () => droppedUpTo };
  };

  describe(`Store: ${name}`, () => {
    it('gives records places in the order of the calls, each further channel the next number', async () => {
      const { append, written } = await open();
      const answers = await Promise.all([append(put(['a', 'b'])), append(gap(['c'], 2)), append(put(['a']))]);
      const [first, second, third] = answers.map(({ offset }) => offset) as [number, number, number];
      expect(first).toBeGreaterThanOrEqual(1);
      expect([second > first + 1, third > second]).toEqual([true, true]);
      expect(written.map(({ offset, time }) => ({ offset, time }))).toEqual(answers);
    });

    it('hands over the very record that was appended, before it answers', async () => {
      const { append, written } = await open();
      const record = put(['a']);
      let answered = false;
      const answer = append(record).then(() => {
        answered = true;
      });
      while (written.length === 0) {
        expect(answered).toBe(false);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await answer;
      expect(written[0]?.record).toBe(record);
    });

    it('scans in both directions, each entry with all that it was appended with', async () => {
      const { store, append, written } = await open();
      await append(put(['a', 'ä'], '{"n":1}'));
      await append(gap(['a'], null));
      const { entries, reached } = await store.scan(scan());
      expect(entries.map(contentOf)).toEqual(written.flatMap(entriesOf).map(contentOf));
      expect(reached).toBe(Number.MAX_SAFE_INTEGER);
      const back = await store.scan(scan({ order: 'backwards' }));
      expect(back.entries.map(contentOf)).toEqual([...entries].reverse().map(contentOf));
      expect(back.reached).toBe(0);
    });

    it('drops what is too old or too much, says so at once, and keeps last publications in their places', async () => {
      const { store, append, clock, settled, reportedTo } = await open({
        entries: 4,
        lasts: 10,
        ageMs: 60_000,
      });
      const quiet = await append(put(['quiet']));
      for (let i = 0; i < 20; i++) await append(put(['busy']));
      await settled();
      expect(store.droppedUpTo).toBeGreaterThan(quiet.offset);
      expect(reportedTo()).toBe(store.droppedUpTo);
      const { entries } = await store.scan(scan({ upTo: store.droppedUpTo }));
      expect(entries.map(({ offset }) => offset)).toEqual([quiet.offset]);
      const newest = await append(put(['busy']));
      clock.advance(60_001);
      store.expire();
      await settled();
      expect([store.droppedUpTo, reportedTo()]).toEqual([newest.offset, newest.offset]);
    });

    it('finds the offset of a time', async () => {
      const { store, append, clock } = await open();
      const places: { offset: number; time: number }[] = [];
      for (let i = 0; i < 4; i++) {
        places.push(await append(put(['a'])));
        clock.advance(1_000);
      }
      const at = (i: number): { offset: number; time: number } =>
        places[i] as { offset: number; time: number };
      for (let i = 1; i < 4; i++) {
        const before = await store.offsetBefore(at(i).time);
        expect([before >= at(i - 1).offset, before < at(i).offset]).toEqual([true, true]);
      }
      expect(await store.offsetBefore(at(0).time)).toBeLessThan(at(0).offset);
      expect(await store.offsetBefore(clock.now())).toBeGreaterThanOrEqual(at(3).offset);
    });

    it('has everything again when it is opened the next time, and the keys of its puts', async () => {
      const { store, append, reopen, opened, clock } = await open();
      expect([opened.head, [...opened.puts]]).toEqual([0, []]);
      const none = opened.puts;
      if ('putOf' in none)
        expect([none.newest, none.count(() => true), none.putOf('c', 7)]).toEqual([0, 0, undefined]);
      const first = await append(put(['a', 'b'], '"x"', 7));
      const before = (await store.scan(scan())).entries;
      await store.close();
      const again = await reopen();
      const answers = answersOf(again);
      const next = await again.open({
        ...answers.listener,
        written: () => undefined,
        droppedUpTo: () => undefined,
        changed: () => undefined,
      });
      expect([next.epoch, next.head]).toEqual([opened.epoch, first.offset + 1]);
      const { puts } = next;
      const restored = {
        ...first,
        key: { client: 'c', id: 7, fingerprint: fingerprintOf('"x"'), isMobile: false },
        user: 'alice',
        channels: 2,
      };
      expect([...puts]).toEqual([restored]);
      if ('putOf' in puts) {
        const found = [puts.putOf('c', 7), puts.putOf('c', 8), puts.putOf('d', 7)];
        expect(found).toEqual([restored, undefined, undefined]);
        const counts = [first.time, first.time + 1].map((least) => puts.count((time) => time >= least));
        expect([puts.newest, ...counts]).toEqual([first.time, 1, 0]);
      }
      expect((await again.scan(scan())).entries.map(contentOf)).toEqual(before.map(contentOf));
      expect((await answers.append(put(['a']), clock.now())).offset).toBeGreaterThan(first.offset + 1);
    });

    it('whatever was appended and dropped, in either direction: all that is due is answered once and in order, and what was dropped is reported', async () => {
      const channel = fc.constantFrom('a', 'b', 'ba', '$s');
      const filter = fc.constantFrom(
        { channels: ['a'], prefixes: [] },
        { channels: ['b'], prefixes: ['$'] },
        { channels: [], prefixes: [''] },
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              channels: fc.uniqueArray(channel, { minLength: 1, maxLength: 3 }),
              missed: fc.option(fc.constantFrom(1, 3, null), { nil: undefined, freq: 3 }),
            }),
            { maxLength: 30 },
          ),
          filter,
          fc.record({
            order: fc.constantFrom('forwards' as const, 'backwards' as const),
            bounds: fc.record({ entries: fc.integer({ min: 1, max: 20 }), lasts: fc.nat(2) }),
            most: fc.integer({ min: 1, max: 5 }),
            bytes: fc.integer({ min: 1, max: 12 }),
            ends: fc.tuple(fc.nat(30), fc.nat(30)),
          }),
          async (appends, set, { order, bounds, most, bytes, ends }) => {
            const { store, append, written, settled } = await open(bounds);
            for (const { channels, missed } of appends)
              await append(missed === undefined ? put(channels) : gap(channels, missed));
            await settled();
            const all = written.flatMap(entriesOf);
            const [after, upTo] = ends.map((n) => all[n]?.offset ?? 0).sort((a, b) => a - b) as [
              number,
              number,
            ];
            const matching = all.filter((entry) => matches(set, entry.channel));
            const { entries: held } = await store.scan(scan({ filter: set }));
            const got: StoredEntry[] = [];
            let at = order === 'forwards' ? after : upTo;
            for (let rounds = 0; order === 'forwards' ? at < upTo : at > after; rounds++) {
              expect(rounds).toBeLessThan(100);
              const span = order === 'forwards' ? { after: at, upTo } : { after, upTo: at };
              const scanned = await store.scan(scan({ order, filter: set, entries: most, bytes, ...span }));
              expect(scanned.scanned).toBeLessThanOrEqual(most);
              expect(order === 'forwards' ? scanned.reached > at : scanned.reached < at).toBe(true);
              got.push(...scanned.entries.filter((entry) => matches(set, entry.channel)));
              at = scanned.reached;
            }
            const isHeld = new Set(held.map(({ offset }) => offset));
            const due = matching.filter(
              ({ offset }) => offset > after && offset <= upTo && isHeld.has(offset),
            );
            if (order === 'backwards') due.reverse();
            expect(got.map(contentOf)).toEqual(due.map(contentOf));
            expect(
              matching.filter(({ offset }) => offset > store.droppedUpTo && !isHeld.has(offset)),
            ).toEqual([]);
            const { dropped } = await store.scan(scan({ dropped: [{ filter: set, from: after }] }));
            const lost = matching.filter(({ offset }) => offset > after && !isHeld.has(offset));
            if (lost.length === 0) expect(dropped).toEqual([undefined]);
            else expect(dropped[0]).toMatchObject({ first: lost[0]?.offset, to: lost.at(-1)?.offset });
            const missed = lost.reduce<number | null>(
              (n, { stands }) => (n === null || stands === null ? null : n + stands),
              0,
            );
            if (dropped[0]?.missed != null) expect(dropped[0].missed).toBe(missed);
          },
        ),
        { numRuns },
      );
    });
  });
}

function entriesOf({ record, offset, time }: Stored): StoredEntry[] {
  return record.channels.map((channel, i) =>
    record.kind === 'gap'
      ? {
          kind: 'gap',
          offset: offset + i,
          time,
          channel,
          republish: false,
          payload: Buffer.alloc(0),
          stands: record.missed,
          user: '',
        }
      : {
          kind: 'publication',
          offset: offset + i,
          time,
          channel,
          republish: record.republish,
          payload: record.payload,
          stands: 1,
          user: record.user,
        },
  );
}

function contentOf({ kind, offset, time, channel, republish, payload, stands }: StoredEntry): object {
  return { kind, offset, time, channel, republish, payload: Buffer.from(payload).toString(), stands };
}
