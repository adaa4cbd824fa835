import { describe, expect, it } from 'vitest';
import { Dropped } from '../../../server/src/logs/memory/dropped.ts';

/** So many of the newest offsets are known. */
const REMEMBERED = 65_536;

const want = { filter: { channels: ['room'], prefixes: [] } };

describe('what is known of dropped offsets', () => {
  it('is whose each of them was, and how many publications a gap stood for', () => {
    const dropped = new Dropped();
    dropped.lost(1, 'room');
    dropped.lost(2, 'other');
    dropped.lostGap(3, 'room', 5);
    expect(dropped.counts([{ want, from: 0, to: 3 }])).toEqual([6]);
  });

  it('reaches back over so many of the newest, and not one more', () => {
    const dropped = new Dropped();
    const to = REMEMBERED + 1;
    for (let offset = 1; offset <= to; offset++) dropped.lost(offset, offset === to ? 'room' : 'other');
    expect(dropped.counts([{ want, from: 1, to }])).toEqual([1]);
    // The place of the first is that of the newest now.
    expect(dropped.counts([{ want, from: 0, to }])).toEqual([null]);
  });

  it('is not changed by what was kept and is lost when its place has gone', () => {
    const dropped = new Dropped();
    const to = REMEMBERED + 1;
    for (let offset = 1; offset <= to; offset++) {
      if (offset === 1) dropped.kept(offset);
      else dropped.lost(offset, 'other');
    }
    dropped.lost(1, 'room');
    expect(dropped.counts([{ want, from: 1, to }])).toEqual([0]);
  });
});
