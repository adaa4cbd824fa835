import { BACKOFF, fullJitterMs } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const almostOne = 1 - 2 ** -53;

describe('the wait before coming back (E6)', () => {
  it.each([
    [0, 499],
    [1, 999],
    [2, 1_999],
    [5, 15_999],
    [6, 29_999],
    [7, 29_999],
    [1_000_000, 29_999],
  ])('attempt %d waits at most %d ms', (attempt, most) => {
    expect(fullJitterMs(attempt, BACKOFF, () => almostOne)).toBe(most);
    expect(fullJitterMs(attempt, BACKOFF, () => 0)).toBe(0);
  });

  it('is drawn from what the server advertised, until the doubled window is above that', () => {
    const backoff = { ...BACKOFF, spreadMs: 4_000 };
    expect([0, 1, 3, 4].map((attempt) => fullJitterMs(attempt, backoff, () => 0.5))).toEqual([
      2_000, 2_000, 2_000, 4_000,
    ]);
  });

  it.each([0, -5, 99])('is drawn from at least 100 ms, though the server advertised %d', (spreadMs) => {
    expect(fullJitterMs(0, { ...BACKOFF, firstMs: 0, spreadMs }, () => almostOne)).toBe(99);
  });

  it('is drawn from the whole of what the server advertised, though that is above the most', () => {
    const backoff = { ...BACKOFF, spreadMs: 60_000 };
    expect(fullJitterMs(0, backoff, () => almostOne)).toBe(59_999);
    expect(fullJitterMs(9, backoff, () => almostOne)).toBe(59_999);
  });

  it('is a whole number within its window, which never shrinks', () => {
    const backoff = fc.record({
      firstMs: fc.integer({ min: 0, max: 100_000 }),
      mostMs: fc.integer({ min: 0, max: 100_000 }),
      spreadMs: fc.integer({ min: 0, max: 100_000 }),
    });
    const random = fc.double({ min: 0, max: almostOne, noNaN: true });
    fc.assert(
      fc.property(fc.nat({ max: 2_000 }), backoff, random, (attempt, window, drawn) => {
        const wait = fullJitterMs(attempt, window, () => drawn);
        expect(Number.isSafeInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThan(Math.max(window.mostMs, window.spreadMs, 100));
        expect(fullJitterMs(attempt + 1, window, () => drawn)).toBeGreaterThanOrEqual(wait);
      }),
    );
  });
});
