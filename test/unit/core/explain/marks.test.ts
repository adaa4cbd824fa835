import { describe, expect, it } from 'vitest';
import { AckMarks, MARKS_MOST } from '../../../../server/src/core/journal/ack-marks.ts';
import { GIVEN_MOST, GivenOffsets } from '../../../../server/src/core/journal/given-offsets.ts';
import { Random } from '../../../support/random.ts';

describe('marks of acks', () => {
  it('say between which two acks an offset was acknowledged, acks within 250 ms as one', () => {
    const marks = new AckMarks();
    expect([marks.offset, marks.reached(1)]).toEqual([0, undefined]);
    marks.add(1_000, 5, 0);
    marks.add(1_249, 7, 0);
    marks.add(1_250, 9, 0);
    expect(marks.offset).toBe(9);
    expect(marks.reached(6)).toEqual({ after: undefined, by: 1_249 });
    expect(marks.reached(8)).toEqual({ after: 1_249, by: 1_250 });
    expect(marks.reached(10)).toBe(undefined);
  });

  it('never fall, whatever a later ack says', () => {
    const marks = new AckMarks();
    marks.add(1_000, 5, 0);
    marks.add(2_000, 3, 0);
    expect(marks.reached(5)).toEqual({ after: undefined, by: 1_000 });
    expect(marks.offset).toBe(5);
  });

  it('say since when everything was acknowledged that had been sent', () => {
    const marks = new AckMarks();
    marks.add(1_000, 1, 0);
    marks.add(2_000, 1, 300);
    marks.add(3_000, 2, 0);
    expect(marks.reachedAll(300)).toEqual({ after: 1_000, by: 2_000 });
    expect(marks.reachedAll(301)).toBe(undefined);
  });

  it('are bounded, and what is left of them stays true', () => {
    const random = new Random(1);
    const marks = new AckMarks();
    const acks: { readonly at: number; readonly offset: number }[] = [];
    for (let i = 0, at = 0; i < 2_000; i++) {
      at += random.between(1, 700);
      acks.push({ at, offset: i });
      marks.add(at, i, 0);
    }
    expect(marks.bytes).toBeLessThanOrEqual(128 + MARKS_MOST * 3 * 8);
    for (let offset = 1; offset < 2_000; offset += 7) {
      const { after = 0, by } = marks.reached(offset) ?? { by: -1 };
      const at = acks.find((ack) => ack.offset >= offset)?.at ?? 0;
      expect(after < at && at <= by).toBe(true);
    }
    // The newest closest together.
    const { after = 0, by } = marks.reached(1_999) ?? { by: 0 };
    expect(by - after).toBeLessThan(1_000);
  });
});

describe('offsets that were given', () => {
  it('are known one by one up to their bound, and beyond it not denied', () => {
    const given = new GivenOffsets();
    expect(given.has(1)).toBe(false);
    given.add([{ offset: 2 }, { offset: 4 }, { offset: 9 }], 5);
    expect([2, 3, 4, 9].map((offset) => given.has(offset))).toEqual([true, false, true, false]);
    given.add(
      Array.from({ length: GIVEN_MOST }, (_, i) => ({ offset: 10 + i })),
      1_000,
    );
    expect(
      [10, GIVEN_MOST + 7, GIVEN_MOST + 8, GIVEN_MOST + 9, GIVEN_MOST + 10].map((offset) =>
        given.has(offset),
      ),
    ).toEqual([true, true, undefined, undefined, false]);
    expect(given.bytes).toBe(64 + GIVEN_MOST * 8);
  });
});
