import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { nowUs, STAMPED_LEAST_BYTES, Stamps, Tally } from '../../../../cli/src/load/index.ts';

const size = fc.integer({ min: STAMPED_LEAST_BYTES, max: 2_000 });

describe('stamps', () => {
  test.prop([size])('are JSON of exactly the size asked for', (bytes) => {
    const payload = new Stamps(bytes).stamped();
    expect(Buffer.byteLength(payload)).toBe(bytes);
    expect(JSON.parse(payload)).toHaveProperty('at');
  });

  test.prop([size, fc.string({ maxLength: 50 }), fc.nat(1_000_000)])(
    'give their age wherever in a read they end',
    (bytes, before, later) => {
      const stamps = new Stamps(bytes);
      const fromUs = nowUs();
      const payload = stamps.stamped();
      const toUs = nowUs();
      const head = Buffer.from(before);
      const data = Buffer.concat([head, Buffer.from(payload), Buffer.from('behind')]);
      const age = stamps.ageUs(data, head.length + bytes, toUs + later);
      expect(age).toBeGreaterThanOrEqual(later);
      expect(age).toBeLessThanOrEqual(later + toUs - fromUs);
    },
  );

  it('refuse a size that has no room for one', () => {
    expect(() => new Stamps(STAMPED_LEAST_BYTES - 1)).toThrow(RangeError);
    expect(() => new Stamps(Number.NaN)).toThrow(RangeError);
  });
});

describe('a tally', () => {
  it('reports what was received since it was last asked, and connections lost since the beginning', () => {
    const stamps = new Stamps(100);
    const tally = new Tally(stamps);
    const payload = Buffer.from(stamps.stamped());
    tally.reading(100);
    tally.publication(payload, payload.length);
    tally.closed++;
    tally.gaps++;
    const first = tally.summary();
    expect(first).toMatchObject({ publications: 1, bytes: 100, gaps: 1, closed: 1 });
    expect(first.delays.reduce((sum, [, count]) => sum + count, 0)).toBe(1);
    expect(tally.summary()).toEqual({
      publications: 0,
      bytes: 0,
      disordered: 0,
      gaps: 0,
      closed: 1,
      delays: [],
    });
  });
});
