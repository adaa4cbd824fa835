import { EVERY_CHANNEL } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PageQuestion } from '../../server/src/core/log/history.ts';
import type { Entry } from '../../server/src/core/log/log.ts';
import { matches } from '../../server/src/core/log/matching.ts';
import type { LogBounds, LogUnderTest } from './log.contract.ts';

const EVERYTHING = { channels: [], prefixes: ['', '$'] };
const offsetsOf = (entries: readonly Entry[]) => entries.map(({ offset }) => offset);

/** What there is to read in a random log, and who asks for it how. */
const channel = fc.constantFrom('a', 'b', 'ba', 'c', '$s', EVERY_CHANNEL);
const filter = fc.constantFrom(
  { channels: ['a'], prefixes: [] },
  { channels: ['b', 'c'], prefixes: [] },
  { channels: [], prefixes: ['b'] },
  { channels: ['$s'], prefixes: ['a'] },
  EVERYTHING,
);
const appends = fc.array(
  fc.record({
    channel,
    isGap: fc.boolean(),
    passMs: fc.nat(300),
  }),
  { maxLength: 40 },
);

/** The sentences of the `History` port, beside a reader that goes over everything. */
export function historyContract(
  name: string,
  make: (bounds: LogBounds) => LogUnderTest | Promise<LogUnderTest>,
): void {
  describe(`History: ${name}`, () => {
    it('pages forwards, backwards and from a time answer what a reader of everything does, over 1,000 random logs', async () => {
      await fc.assert(
        fc.asyncProperty(
          appends,
          filter,
          fc.record({
            order: fc.constantFrom('forwards' as const, 'backwards' as const),
            ends: fc.tuple(fc.nat(40), fc.nat(50)),
            at: fc.option(fc.nat(40), { nil: undefined }),
            limit: fc.integer({ min: 1, max: 6 }),
            scan: fc.integer({ min: 1, max: 9 }),
            bytes: fc.integer({ min: 1, max: 200 }),
            bounds: fc.record({ entries: fc.integer({ min: 1, max: 30 }), lasts: fc.nat(3) }),
          }),
          async (appended, set, { order, ends, at, limit, scan, bytes, bounds }) => {
            const { log, clock } = await make({ ...bounds, ageMs: 5_000 });
            const all: Entry[] = [];
            log.follow((entry) => all.push(entry));
            for (const { channel: of, isGap, passMs } of appended) {
              await (isGap || of === EVERY_CHANNEL
                ? log.appendGap({ channels: [of], missed: 2 })
                : log.append({ channels: [of], payload: Buffer.from('"x"'), republish: true }));
              clock.advance(passMs);
            }
            const { entries: held } = await log.read({
              after: 0,
              interests: [{ filter: EVERYTHING, after: 0 }],
              scan: 1e9,
              bytes: 1e9,
            });
            const nth = (n: number): number => all[n]?.offset ?? log.head;
            let [after, upTo] = [Math.min(...ends.map(nth)), Math.max(...ends.map(nth))];
            if (at !== undefined && all[at]) {
              const { time } = all[at];
              after = await log.offsetBeforeTime(time);
              upTo = log.head;
              // Everything of this time or later is answered, and nothing older that the log holds.
              expect(after).toBeLessThan(all.find((entry) => entry.time >= time)?.offset ?? 0);
              expect(held.filter((entry) => entry.offset > after && entry.time < time)).toEqual([]);
            }
            const due = held.filter(
              (entry) => entry.offset > after && entry.offset <= upTo && matches(set, entry.channel),
            );
            if (order === 'backwards') due.reverse();
            const question = { filter: set, order, limit, scan, bytes };
            const { got, lost } = await pages(log, { ...question, after, upTo });
            expect(offsetsOf(got)).toEqual(offsetsOf(due));
            expect(got.map(({ text }) => text.toString())).toEqual(due.map(({ text }) => text.toString()));
            if (order === 'backwards') return;
            const isHeld = new Set(offsetsOf(held));
            const missing = all.filter(
              (entry) => entry.offset > after && matches(set, entry.channel) && !isHeld.has(entry.offset),
            );
            expect(lost).toBe(missing.at(-1)?.offset);
          },
        ),
        { numRuns: 1_000 },
      );
    });
  });
}

/** All pages of a question; of the first the offset up to which it told a loss. */
async function pages(
  log: LogUnderTest['log'],
  question: PageQuestion,
): Promise<{ got: Entry[]; lost: number | undefined }> {
  const got: Entry[] = [];
  let lost: number | undefined;
  let { after, upTo } = question;
  for (let isEnd = after >= upTo && question.order === 'backwards', rounds = 0; !isEnd; rounds++) {
    expect(rounds).toBeLessThan(200);
    const page = await log.page({ ...question, after, upTo, reportedUpTo: lost });
    if (rounds === 0) lost = page.loss?.to;
    expect(page.entries.length).toBeLessThanOrEqual(question.limit);
    expect(page.scanned).toBeGreaterThanOrEqual(page.entries.length);
    const { reached } = page;
    if (!page.isEnd) expect(question.order === 'forwards' ? reached > after : reached < upTo).toBe(true);
    got.push(...page.entries);
    if (question.order === 'forwards') after = reached;
    else upTo = reached;
    ({ isEnd } = page);
  }
  return { got, lost };
}
