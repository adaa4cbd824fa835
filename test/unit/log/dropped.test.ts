import { describe, expect, it } from 'vitest';
import { Dropped } from '../../../server/src/core/log/hot/dropped.ts';

/** So many of the newest offsets are known. */
const REMEMBERED = 65_536;

const interest = { filter: { channels: ['room'], prefixes: [] } };

describe('what is known of dropped offsets', () => {
  it('is whose each of them was, where the first was, and how many publications a gap stood for', () => {
    const dropped = new Dropped();
    dropped.lost(1, 'room');
    dropped.lost(2, 'other');
    dropped.lostGap(3, 'room', 5);
    expect(dropped.counts([{ interest, from: 0, to: 3 }])).toMatchObject([{ first: 1, missed: 6 }]);
    expect(dropped.counts([{ interest, from: 1, to: 3 }])).toMatchObject([{ first: 3, missed: 5 }]);
  });

  it('reaches back over a fixed number of the newest, and not one more', () => {
    const dropped = new Dropped();
    const to = REMEMBERED + 1;
    for (let offset = 1; offset <= to; offset++) dropped.lost(offset, offset === to ? 'room' : 'other');
    expect(dropped.counts([{ interest, from: 1, to }])).toMatchObject([{ first: to, missed: 1 }]);
    // The place of the first is that of the newest now.
    expect(dropped.counts([{ interest, from: 0, to }])).toEqual([{ first: null, missed: null }]);
  });

  it('is not changed by what was kept and is lost when its place has gone', () => {
    const dropped = new Dropped();
    const to = REMEMBERED + 1;
    for (let offset = 1; offset <= to; offset++) {
      if (offset === 1) dropped.kept(offset);
      else dropped.lost(offset, 'other');
    }
    dropped.lost(1, 'room');
    expect(dropped.counts([{ interest, from: 1, to }])).toMatchObject([{ first: null, missed: 0 }]);
  });

  it('counts entries, not the offsets between them', () => {
    const dropped = new Dropped();
    const at = (n: number): number => n * 4_096 + (n % 3);
    for (let n = 1; n <= REMEMBERED; n++) {
      if (n === 7) dropped.kept(at(n));
      else dropped.lost(at(n), n % 2 ? 'room' : 'other');
    }
    const to = at(REMEMBERED);
    expect(dropped.counts([{ interest, from: 0, to }])).toMatchObject([
      { first: at(1), missed: REMEMBERED / 2 - 1 },
    ]);
    expect(dropped.searched).toBeLessThan(4 * REMEMBERED);
    dropped.lost(at(7), 'room');
    // No entry has this offset: nothing is lost there.
    dropped.lost(at(8) + 1, 'room');
    expect(dropped.counts([{ interest, from: at(6), to: at(9) }])).toMatchObject([
      { first: at(7), missed: 2 },
    ]);
    expect(dropped.counts([{ interest, from: at(7) - 1, to: at(9) - 1 }])).toMatchObject([
      { first: at(7), missed: 1 },
    ]);
  });
});
