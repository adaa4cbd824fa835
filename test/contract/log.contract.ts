import { EVERY_CHANNEL } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { History } from '../../server/src/core/log/history.ts';
import type { Append, Entry, Interest, Log, Loss } from '../../server/src/core/log/log.ts';
import { matches } from '../../server/src/core/log/matching.ts';
import { HEADROOM_BYTES } from '../../server/src/core/log/text.ts';
import type { ManualClock } from '../support/manual-clock.ts';

/** What a suite needs to make a log small enough that its edges are hit. */
export interface LogBounds {
  /** How many entries of the suite's size it holds before it drops the oldest. */
  readonly entries: number;
  /** How many last publications outlive that. */
  readonly lasts: number;
  readonly ageMs: number;
}

export interface LogUnderTest {
  readonly log: Log & History;
  readonly clock: ManualClock;
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const put = (log: Log, channels: string[], value: unknown = 'x') =>
  log.append({ channels, payload: json(value), republish: true });
const gap = (log: Log, channels: string[], missed: number | null = null) =>
  log.appendGap({ channels, missed });
const interest = (filter: { channels?: string[]; prefixes?: string[] }, after = 0): Interest => ({
  after,
  filter: { channels: filter.channels ?? [], prefixes: filter.prefixes ?? [] },
});
const ALL = interest({ prefixes: [''] });
const AMPLE = { scan: 100_000, bytes: 1e9 };
const offsets = (entries: readonly Entry[]) => entries.map((entry) => entry.offset);

/** The sentences of the `Log` port, for any implementation. */
export function logContract(
  name: string,
  make: (bounds: LogBounds) => LogUnderTest | Promise<LogUnderTest>,
): void {
  /** `nth(n)`: the offset of the n-th entry that was appended, from 1; of the newest where there are fewer. */
  const open = async (bounds: LogBounds) => {
    const { log, clock } = await make(bounds);
    const seen: number[] = [0];
    log.follow(({ offset }) => seen.push(offset));
    const nth = (n: number): number => seen[n] ?? log.head;
    return { log, clock, nth, all: (...ns: number[]) => ns.map(nth) };
  };
  const roomy = () => open({ entries: 10_000, lasts: 0, ageMs: 0 });

  describe(`Log: ${name}`, () => {
    it('append gives consecutive places in the order of the calls, several channels in the order given', async () => {
      const { log } = await roomy();
      const answers = await Promise.all([put(log, ['a', 'b']), put(log, ['c']), put(log, ['a'])]);
      const all = answers.flatMap((answer) => answer.offsets);
      expect(all).toHaveLength(4);
      expect([...all].sort((a, b) => a - b)).toEqual(all);
      expect(all[0]).toBeGreaterThanOrEqual(1);
      const { entries } = await log.read({ after: 0, interests: [ALL], ...AMPLE });
      expect(entries.map((entry) => entry.channel)).toEqual(['a', 'b', 'c', 'a']);
      expect(log.head).toBe(all.at(-1));
    });

    it('reaches what it has given and nothing above; clients of another epoch begin no higher than its head', async () => {
      const { log } = await roomy();
      await put(log, ['a', 'b']);
      const { head } = log;
      expect([await log.reaches(head), await log.reaches(head + 1), log.state]).toEqual([
        true,
        false,
        'reachable',
      ]);
      expect(log.begins).toBeLessThanOrEqual(head);
    });

    it('append copies the payload: what the caller does to its buffer after the answer changes nothing', async () => {
      const { log } = await roomy();
      const payload = json({ n: 1 });
      await log.append({ channels: ['a'], payload, republish: true });
      payload.fill(0x20);
      const { entries } = await log.read({ after: 0, interests: [ALL], ...AMPLE });
      expect(entries[0]?.text.toString()).toContain('a {"n":1}');
    });

    it('takes entries in one order with appends, and says once what became of each that is under way', async () => {
      const { log } = await roomy();
      const outcomes: string[] = [];
      const taker = {
        taken: (entry: Append) => void outcomes.push(`taken ${entry.channels.join()}`),
        failed: () => void outcomes.push('failed'),
      };
      const take = (channel: string): boolean => {
        const before = outcomes.length;
        const isUnderWay = log.take({ channels: [channel], payload: json(1), republish: true }, taker);
        expect(outcomes.length).toBe(before);
        return isUnderWay;
      };
      const underWay = [take('a'), take('b')].filter(Boolean).length;
      const [put3] = (await put(log, ['c'])).offsets;
      const last = take('d');
      await put(log, ['e']);
      const { entries } = await log.read({ after: 0, interests: [ALL], ...AMPLE });
      expect(entries.map(({ channel }) => channel)).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(entries[2]?.offset).toBe(put3);
      expect(outcomes).toEqual(['taken a', 'taken b', 'taken d'].slice(0, underWay + (last ? 1 : 0)));
    });

    it('the text is offset, time, channel and payload, its end the ZeroMQ message', async () => {
      const { log, clock } = await roomy();
      for (const size of [1, 100, 65_000, 65_600]) {
        await put(log, ['ä'], 'x'.repeat(size));
        const { entries } = await log.read({ after: log.head - 1, interests: [ALL], ...AMPLE });
        const { text, textBytes, nativeAt, offset } = entries[0] as Entry;
        const native = `ä "${'x'.repeat(size)}"`;
        expect(text.subarray(nativeAt).toString()).toBe(native);
        expect(text.toString()).toBe(`${offset} ${clock.now()} ${native}`);
        expect(textBytes).toBe(text.length);
      }
    });

    it('a text has room before it that no other has, whatever is written there', async () => {
      const { log } = await roomy();
      const followed: Entry[] = [];
      log.follow((entry) => followed.push(entry));
      const scribble = (entry: Entry): void =>
        void entry.withHeadroom(HEADROOM_BYTES).fill(0xff, 0, HEADROOM_BYTES);
      for (let i = 0; i < 20; i++) {
        await put(log, ['a'], i);
        await put(log, ['b'], 'x'.repeat(i * 5_000));
        await gap(log, ['ä'], i);
      }
      const { entries } = await log.read({ after: 0, interests: [ALL], ...AMPLE });
      const texts = [...followed, ...entries].map(({ text }) => text.toString());
      for (const entry of [...followed, ...entries]) scribble(entry);
      expect([...followed, ...entries].map(({ text }) => text.toString())).toEqual(texts);
      expect(entries).toHaveLength(60);
    });

    it('time never runs backwards, though the clock does (F8)', async () => {
      const { log, clock } = await roomy();
      await put(log, ['a']);
      clock.set(clock.now() - 5_000);
      await put(log, ['a']);
      const { entries } = await log.read({ after: 0, interests: [ALL], ...AMPLE });
      const [first, second] = entries as [Entry, Entry];
      expect(second.time).toBeGreaterThanOrEqual(first.time);
    });

    it('follow hands over each entry in order before its append resolves, until it is ended', async () => {
      const { log } = await roomy();
      const seen: number[] = [];
      const unfollow = log.follow((entry) => seen.push(entry.offset));
      const { offsets: first } = await put(log, ['a', 'b']);
      expect(seen).toEqual(first);
      unfollow();
      await put(log, ['a']);
      expect(seen).toEqual(first);
    });

    it('a put key that comes again with the same content is answered with the same offsets, and nothing is appended (P9)', async () => {
      const { log, nth } = await roomy();
      const entry = { channels: ['a', 'b'], payload: json(1), republish: true };
      const putKey = { client: 'client-1', id: 7 };
      const first = await log.append({ ...entry, putKey });
      await put(log, ['a']);
      expect(await log.append({ ...entry, putKey: { ...putKey, firstSentMs: log.elapsed() } })).toEqual({
        ...first,
        again: true,
      });
      expect(log.head).toBe(nth(3));
      await log.append({ ...entry, putKey: { client: 'client-2', id: 7 } });
      await log.append({ ...entry, putKey: { client: 'client-1', id: 8, firstSentMs: log.elapsed() } });
      expect(log.head).toBe(nth(7));
    });

    it('other content under a known put key is refused, and nothing is appended (P9)', async () => {
      const { log, nth } = await roomy();
      const putKey = { client: 'client-1', id: 7 };
      const entry = { channels: ['a'], payload: json(1), republish: true, putKey };
      await log.append(entry);
      const others = [{ payload: json(2) }, { channels: ['b'] }, { channels: ['a', 'b'] }];
      for (const other of others) {
        const conflict = async () => log.append({ ...entry, ...other });
        await expect(conflict()).rejects.toMatchObject({ code: 'put-conflict' });
      }
      expect(log.head).toBe(nth(1));
    });

    it('a put that is sent again and may have been forgotten has an unknown outcome; one that surely never came is appended (P10)', async () => {
      const { log, clock, nth } = await roomy();
      const entry = { channels: ['a'], payload: json(1), republish: true };
      await log.append({ ...entry, putKey: { client: 'client-1', id: 1 } });
      clock.advance(24 * 3_600_000);
      const again = async (agoMs: number) =>
        log.append({ ...entry, putKey: { client: 'client-1', id: 1, firstSentMs: log.elapsed() - agoMs } });
      await expect(again(24 * 3_600_000)).rejects.toMatchObject({ code: 'outcome-unknown' });
      expect(log.head).toBe(nth(1));
      await again(1_000);
      expect(log.head).toBe(nth(2));
    });

    it('read is bounded by entries scanned: upTo lets a cursor pass what does not match', async () => {
      const { log } = await roomy();
      for (let i = 0; i < 10; i++) await put(log, [i === 9 ? 'wanted' : `other${i}`]);
      const interests = [interest({ prefixes: ['wanted'] })];
      let cursor = 0;
      let found = 0;
      for (let rounds = 0; cursor < log.head; rounds++) {
        expect(rounds).toBeLessThan(10);
        const chunk = await log.read({ after: cursor, interests, scan: 3, bytes: 1e6 });
        expect(chunk.upTo).toBeGreaterThan(cursor);
        expect(chunk.scanned).toBeGreaterThan(0);
        expect(chunk.scanned).toBeLessThanOrEqual(3);
        found += chunk.entries.length;
        cursor = chunk.upTo;
      }
      expect(found).toBe(1);
    });

    it('read is bounded by bytes, but always answers one entry', async () => {
      const { log } = await roomy();
      for (let i = 0; i < 3; i++) await put(log, ['a'], 'x'.repeat(1_000));
      const chunk = await log.read({ after: 0, interests: [ALL], scan: 100, bytes: 10 });
      expect(chunk.entries).toHaveLength(1);
      expect(chunk.upTo).toBe(chunk.entries[0]?.offset);
      expect(chunk.scanned).toBe(1);
    });

    it('an interest begins above its own offset', async () => {
      const { log, nth, all } = await roomy();
      for (let i = 0; i < 6; i++) await put(log, [i % 2 ? 'b' : 'a']);
      const interests = [interest({ channels: ['a'] }, 0), interest({ channels: ['b'] }, nth(3))];
      const { entries } = await log.read({ after: 0, interests, ...AMPLE });
      expect(offsets(entries)).toEqual(all(1, 3, 4, 5, 6));
      expect(entries.map(({ channel }) => channel)).toEqual(['a', 'a', 'b', 'a', 'b']);
    });

    it('last answers the last n of each channel as of an offset, and everything above it', async () => {
      const { log, all } = await roomy();
      for (const channel of ['a', 'a', 'b', 'a', 'c']) await put(log, [channel]);
      const asOf = log.head;
      for (const channel of ['a', 'a', 'a']) await put(log, [channel]);
      const { entries } = await log.read({
        after: 0,
        interests: [interest({ channels: ['a', 'b'] })],
        last: { n: 2, asOf },
        ...AMPLE,
      });
      expect(offsets(entries)).toEqual(all(2, 3, 4, 6, 7, 8));
    });

    it('with last it says where a channel may have lost even its last publication (R9)', async () => {
      const { log } = await open({ entries: 4, lasts: 1, ageMs: 0 });
      const lacks = async (...channels: string[]) => {
        const last = { n: 1, asOf: log.head };
        const { mayLackLast } = await log.read({
          after: 0,
          interests: [interest({ channels })],
          last,
          ...AMPLE,
        });
        return mayLackLast;
      };
      await put(log, ['quiet']);
      expect(await lacks('quiet', 'busy')).toBe(false);
      for (let i = 0; i < 8; i++) await put(log, ['busy']);
      // A log that cannot tell may say so too early.
      await put(log, ['other']);
      for (let i = 0; i < 8; i++) await put(log, ['busy']);
      expect(await lacks('quiet', 'busy')).toBe(true);
    });

    it('the last publication of a channel outlives what the log drops around it, and is read in its place', async () => {
      const { log } = await open({ entries: 4, lasts: 10, ageMs: 0 });
      await put(log, ['quiet'], 'kept');
      for (let i = 0; i < 20; i++) await put(log, ['busy']);
      for (const interests of [[interest({ channels: ['quiet'] })], [interest({ prefixes: ['q'] })]]) {
        const { entries, losses } = await log.read({ after: 0, interests, ...AMPLE });
        expect(entries.map((entry) => entry.text.subarray(entry.nativeAt).toString())).toEqual([
          'quiet "kept"',
        ]);
        expect(losses).toEqual([]);
      }
    });

    it('age drops what is too old', async () => {
      const { log, clock, nth, all } = await open({ entries: 100, lasts: 0, ageMs: 1_000 });
      await put(log, ['a']);
      clock.advance(600);
      await put(log, ['a']);
      clock.advance(600);
      const { entries, losses } = await log.read({ after: 0, interests: [ALL], ...AMPLE });
      expect(offsets(entries)).toEqual(all(2));
      expect(losses).toEqual([{ interest: ALL, first: nth(1), to: nth(1), missed: 1 }]);
    });

    it('offsetBefore answers an offset that every entry of that moment or later is above', async () => {
      const { log, clock, nth } = await roomy();
      const start = clock.elapsed();
      for (let i = 0; i < 5; i++) {
        await put(log, ['a']);
        clock.advance(1_000);
      }
      expect(await log.offsetBefore(start + 2_000)).toBe(nth(2));
      expect(await log.offsetBefore(start + 1_500)).toBe(nth(2));
      expect(await log.offsetBefore(start)).toBe(0);
      expect(await log.offsetBefore(start - 1)).toBe(0);
      expect(await log.offsetBefore(start + 60_000)).toBe(nth(5));
    });

    it('offsetBefore does not reach back over a quiet time to what was dropped long ago', async () => {
      const { log, clock, nth } = await open({ entries: 100, lasts: 0, ageMs: 10_000 });
      for (let i = 0; i < 4; i++) await put(log, ['a']);
      clock.advance(3_600_000);
      expect(await log.offsetBefore(clock.elapsed() - 1_000)).toBe(nth(4));
      await put(log, ['a']);
      expect(await log.offsetBefore(clock.elapsed() - 1_000)).toBe(nth(4));
    });

    const STEPS = [-3_600_000, 3_600_000];
    it.each(STEPS)('age goes by what has passed, where the clock is set by %i ms', async (step) => {
      const { log, clock, nth, all } = await open({ entries: 100, lasts: 0, ageMs: 1_000 });
      await put(log, ['a']);
      clock.advance(600);
      clock.set(clock.now() + step);
      await put(log, ['a']);
      clock.advance(600);
      expect(offsets((await log.read({ after: 0, interests: [ALL], ...AMPLE })).entries)).toEqual(all(2));
      expect(log.droppedUpTo).toBe(nth(1));
      clock.advance(600);
      // One that drops in the background has done so before it reads.
      await log.read({ after: 0, interests: [ALL], ...AMPLE });
      expect(log.droppedUpTo).toBe(nth(2));
    });

    it.each(STEPS)('offsetBefore goes by what has passed, where the clock is set by %i ms', async (step) => {
      const { log, clock, nth } = await open({ entries: 3, lasts: 0, ageMs: 0 });
      for (let i = 0; i < 6; i++) {
        await put(log, ['a']);
        clock.advance(1_000);
        if (i % 2 === 0) clock.set(clock.now() + step);
      }
      for (let held = 0; held < 6; held++)
        expect(await log.offsetBefore(clock.elapsed() - held * 1_000)).toBe(nth(6 - held));
    });

    it.each(STEPS)(
      'a put is remembered by what has passed, where the clock is set by %i ms (P10)',
      async (step) => {
        const { log, clock } = await roomy();
        const entry = { channels: ['a'], payload: json(1), republish: true };
        const putKey = { client: 'client-1', id: 1 };
        const first = await log.append({ ...entry, putKey });
        const again = async (agoMs: number) =>
          log.append({ ...entry, putKey: { ...putKey, firstSentMs: log.elapsed() - agoMs } });
        clock.set(clock.now() + step);
        clock.advance(60_000);
        expect(await again(60_000)).toMatchObject({ offsets: first.offsets, again: true });
        clock.advance(24 * 3_600_000);
        await expect(again(24 * 3_600_000 + 60_000)).rejects.toMatchObject({ code: 'outcome-unknown' });
      },
    );

    it('a loss is reported for the interests that lost something, and for no other (G1)', async () => {
      const { log, nth } = await open({ entries: 4, lasts: 10, ageMs: 0 });
      for (const channel of ['quiet', 'a', 'a', 'a', 'b', 'b', 'b', 'b']) await put(log, [channel]);
      const interests = [
        interest({ channels: ['quiet'] }),
        interest({ channels: ['a'] }),
        interest({ channels: ['b'] }),
        interest({ channels: ['never'] }),
      ];
      const { losses } = await log.read({ after: 0, interests, ...AMPLE });
      expect(losses).toEqual([{ interest: interests[1], first: nth(2), to: nth(3), missed: 2 }]);
    });

    it('a gap that stands for every channel is read, and lost, by every interest that has a filter (G6, G7)', async () => {
      const { log, nth, all } = await open({ entries: 4, lasts: 0, ageMs: 0 });
      await put(log, ['a']);
      await log.appendGap({ channels: [EVERY_CHANNEL], missed: null });
      await put(log, ['b']);
      const [a, b, prefix, none] = [
        interest({ channels: ['a'] }),
        interest({ channels: ['b'] }),
        interest({ prefixes: ['z'] }),
        interest({}),
      ] as const;
      const read = async (each: Interest) =>
        offsets((await log.read({ after: 0, interests: [each], ...AMPLE })).entries);
      expect(await read(a)).toEqual(all(1, 2));
      expect(await read(b)).toEqual(all(2, 3));
      expect(await read(prefix)).toEqual(all(2));
      expect(await read(none)).toEqual([]);
      for (let i = 0; i < 4; i++) await put(log, ['c']);
      const { losses } = await log.read({ after: 0, interests: [a, b, prefix, none], ...AMPLE });
      expect(losses.map(({ interest: of, to, missed }) => [of, to, missed])).toEqual([
        [a, nth(2), null],
        [b, nth(3), null],
        [prefix, nth(2), null],
      ]);
    });

    it('who follows is handed the tally of an append with each of its entries, and it is the very object', async () => {
      const { log } = await roomy();
      const tallies: unknown[] = [];
      log.follow(({ tally }) => tallies.push(tally));
      const tally = { take: () => undefined, pause: () => undefined };
      await put(log, ['a']);
      await log.append({ channels: ['a', 'b'], payload: json(1), republish: true, tally });
      expect(tallies).toEqual([undefined, tally, tally]);
      expect(tallies[2]).toBe(tally);
    });

    it('who follows is handed the origin of an entry that has one', async () => {
      const { log } = await roomy();
      const origins: unknown[] = [];
      log.follow(({ origin }) => origins.push(origin));
      await put(log, ['a']);
      await log.append({ channels: ['a'], payload: json(1), republish: true, origin: 'b 7' });
      expect(origins).toEqual([undefined, 'b 7']);
    });

    it('a gap is an entry of its channel, at its place, as one frame that names channel and offset and goes to no ZeroMQ peer', async () => {
      const { log, nth, all } = await roomy();
      const followed: Entry[] = [];
      log.follow((entry) => followed.push(entry));
      await put(log, ['a']);
      const { offsets: at, time } = await gap(log, ['a', 'ä'], 3);
      await put(log, ['a']);
      expect(at).toEqual(all(2, 3));
      for (const interests of [[interest({ channels: ['a', 'ä'] })], [ALL]]) {
        const { entries } = await log.read({ after: 0, interests, ...AMPLE });
        expect(entries).toEqual(followed);
        expect(entries.map(({ kind }) => kind)).toEqual(['publication', 'gap', 'gap', 'publication']);
      }
      const [, , entry] = followed as [Entry, Entry, Entry];
      expect(entry).toMatchObject({ channel: 'ä', offset: nth(3), time, republish: false });
      expect(entry.text.subarray(entry.nativeAt)).toHaveLength(0);
      const reported = {
        channel: 'ä',
        reason: 'upstream',
        epoch: log.epoch,
        from: nth(3),
        to: nth(3),
        missed: 3,
      };
      expect(entry.text.toString()).toBe(JSON.stringify({ gap: reported }));
      const { entries: only } = await log.read({
        after: nth(1),
        interests: [interest({ channels: ['a'] })],
        ...AMPLE,
      });
      expect(offsets(only)).toEqual(all(2, 4));
    });

    it('an interest in the newest alone is given that, wherever it is, and how many were left out', async () => {
      const { log, nth, all } = await open({ entries: 12, lasts: 10, ageMs: 0 });
      for (const channel of ['a', 'b', 'a', 'a', 'c', 'a']) await put(log, [channel]);
      await gap(log, ['a'], 2);
      for (let i = 0; i < 5; i++) await put(log, ['busy']);
      const interests = [{ ...interest({ channels: ['a', 'b'] }), onlyNewest: true }];
      const { entries, skips, losses } = await log.read({ after: 0, interests, ...AMPLE });
      expect(offsets(entries)).toEqual(all(2, 6, 7));
      expect(skips).toEqual([
        { interest: interests[0], from: nth(1), to: nth(1), missed: 1, before: 0 },
        { interest: interests[0], from: nth(3), to: nth(4), missed: 2, before: 1 },
      ]);
      expect(losses).toEqual([]);
    });

    it('last counts publications alone, and answers the gaps behind the first of them (R9)', async () => {
      const { log, all } = await roomy();
      for (let i = 0; i < 3; i++) {
        await put(log, ['a']);
        await gap(log, ['a'], 1);
      }
      const read = (n: number) =>
        log.read({
          after: 0,
          interests: [interest({ channels: ['a'] })],
          last: { n, asOf: log.head },
          ...AMPLE,
        });
      expect(offsets((await read(1)).entries)).toEqual(all(5, 6));
      expect(offsets((await read(2)).entries)).toEqual(all(3, 4, 5, 6));
      expect(offsets((await read(9)).entries)).toEqual(all(1, 2, 3, 4, 5, 6));
    });

    it('a gap is not the last publication of its channel: that one is kept, and the gap that is dropped is a loss of as many as it reported (R9, G7)', async () => {
      const { log, nth, all } = await open({ entries: 4, lasts: 10, ageMs: 0 });
      await put(log, ['quiet'], 'kept');
      await gap(log, ['quiet'], 3);
      await gap(log, ['other'], null);
      for (let i = 0; i < 20; i++) await put(log, ['busy']);
      for (const interests of [[interest({ channels: ['quiet'] })], [interest({ prefixes: ['q'] })]]) {
        const { entries, losses } = await log.read({ after: 0, interests, ...AMPLE });
        expect(offsets(entries)).toEqual(all(1));
        expect(losses).toEqual([{ interest: interests[0], first: nth(2), to: nth(2), missed: 3 }]);
      }
      const other = interest({ channels: ['other'] });
      const both = interest({ channels: ['other', 'quiet'] });
      const { losses } = await log.read({ after: 0, interests: [other, both], ...AMPLE });
      expect(losses).toEqual([
        { interest: other, first: nth(3), to: nth(3), missed: null },
        { interest: both, first: nth(2), to: nth(3), missed: null },
      ]);
      const { losses: none } = await log.read({ after: nth(3), interests: [both], ...AMPLE });
      expect(none).toEqual([]);
      const quiet = interest({ channels: ['quiet'] });
      const { offsets: second } = await gap(log, ['quiet'], 1);
      const { entries } = await log.read({ after: 0, interests: [quiet], ...AMPLE });
      expect(offsets(entries)).toEqual([nth(1), ...second]);
      // A newer publication takes its place: now the one that was kept is lost too, below the gap.
      await put(log, ['quiet']);
      const { losses: lost } = await log.read({ after: 0, interests: [quiet], ...AMPLE });
      expect(lost).toEqual([{ interest: quiet, first: nth(1), to: nth(2), missed: 4 }]);
    });

    it('whatever is appended, dropped and asked: what is held and matches is answered once and in order, and a loss is reported exactly where one was', async () => {
      const channel = fc.constantFrom('a', 'b', 'ba', 'c', '$s');
      const filter = fc.constantFrom<FilterOf>(
        { channels: ['a'] },
        { channels: ['b', 'c'] },
        { prefixes: ['b'] },
        { prefixes: [''] },
        { channels: ['$s'] },
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              channels: fc.uniqueArray(channel, { minLength: 1, maxLength: 3 }),
              // Undefined: publications. Else gaps that tell of so many.
              missed: fc.option(fc.constantFrom(1, 2, 7, null), { nil: undefined, freq: 3 }),
              passMs: fc.nat(300),
            }),
            { maxLength: 40 },
          ),
          fc.array(fc.record({ filter, afterNth: fc.nat(60) }), { minLength: 1, maxLength: 3 }),
          fc.record({
            afterNth: fc.nat(60),
            scan: fc.integer({ min: 1, max: 7 }),
            entries: fc.integer({ min: 1, max: 12 }),
            lasts: fc.nat(3),
          }),
          async (appends, asked, { afterNth, scan, entries: held, lasts }) => {
            const { log, clock, nth } = await open({ entries: held, lasts, ageMs: 2_000 });
            const all: Entry[] = [];
            log.follow((entry) => all.push(entry));
            const stands = new Map<number, number | null>();
            for (const { channels, missed, passMs } of appends) {
              const { offsets: at } = await (missed === undefined
                ? put(log, channels)
                : gap(log, channels, missed));
              for (const offset of at) stands.set(offset, missed === undefined ? 1 : missed);
              clock.advance(passMs);
            }
            const after = nth(afterNth);
            const interests = asked.map((one) => interest(one.filter, nth(one.afterNth)));
            const got: number[] = [];
            const lost = new Map<Interest, Omit<Loss, 'interest'>>();
            for (let cursor = after, rounds = 0; cursor < log.head; rounds++) {
              expect(rounds).toBeLessThan(200);
              const chunk = await log.read({ after: cursor, interests, scan, bytes: 1e9 });
              for (const loss of chunk.losses)
                if (cursor === after)
                  lost.set(loss.interest, { first: loss.first, to: loss.to, missed: loss.missed });
              got.push(...offsets(chunk.entries));
              expect(chunk.upTo).toBeGreaterThan(cursor);
              cursor = chunk.upTo;
            }
            const isDueTo = (one: Interest, entry: Entry) =>
              entry.offset > one.after && entry.offset > after && matches(one.filter, entry.channel);
            const due = all.filter((entry) => interests.some((one) => isDueTo(one, entry)));
            const gotSet = new Set(got);
            expect(got).toEqual([...got].sort((a, b) => a - b));
            expect(gotSet.size).toBe(got.length);
            expect(got.filter((offset) => !due.some((entry) => entry.offset === offset))).toEqual([]);
            for (const one of interests) {
              const missing = due.filter((entry) => isDueTo(one, entry) && !gotSet.has(entry.offset));
              const counts = missing.map(({ offset }) => stands.get(offset) ?? null);
              const missed = counts.reduce((sum, n) => (sum === null || n === null ? null : sum + n), 0);
              expect(lost.get(one)).toEqual(
                missing.length === 0
                  ? undefined
                  : { first: missing[0]?.offset, to: missing.at(-1)?.offset, missed },
              );
            }
          },
        ),
        { numRuns: 500 },
      );
    });
  });
}

type FilterOf = { channels?: string[]; prefixes?: string[] };
