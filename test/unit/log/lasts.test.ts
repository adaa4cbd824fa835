import { describe, expect, it } from 'vitest';
import { Held } from '../../../server/src/core/log/hot/held.ts';
import { Lasts } from '../../../server/src/core/log/hot/lasts.ts';
import { Slabs } from '../../../server/src/core/log/hot/slabs.ts';
import { placePublication } from '../../../server/src/core/log/text.ts';

const COST_BYTES = 100;

function entryAt(offset: number): Held {
  const placed = placePublication(new Slabs(), offset, 1, `room${offset}`, Buffer.from('1'));
  return new Held(
    { kind: 'publication', offset, time: 1, channel: `room${offset}`, republish: true },
    placed,
  );
}

describe('the last publications kept beyond the log', () => {
  it('hold their bound of bytes also after places of entries that have gone were packed', () => {
    const bound = 200;
    const dropped: number[] = [];
    const lasts = new Lasts(bound * COST_BYTES, (gone) => dropped.push(gone.offset));
    let offset = 0;
    const given: Held[] = [];
    const add = (): void => {
      const entry = entryAt(++offset);
      given.push(entry);
      // Each of another user: all of the bound is theirs.
      lasts.add(entry, COST_BYTES, `user${offset}`);
    };
    while (offset < 300) add();
    // The oldest go by the bound, and their places are looked for behind those; then most of the others go, which packs
    // all of them.
    expect(dropped).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    for (const entry of given.slice(100, 250)) lasts.remove(entry.offset);
    expect([lasts.count, lasts.bytes]).toEqual([50, 50 * COST_BYTES]);
    while (offset < 600) add();
    expect([lasts.count, lasts.bytes]).toEqual([bound, bound * COST_BYTES]);
    const kept: number[] = [];
    lasts.each(0, (entry) => kept.push(entry.offset) > 0);
    expect(kept).toEqual(Array.from({ length: bound }, (_, i) => 401 + i));
  });

  it('of a user that has more than its share make room for its own alone', () => {
    const dropped: number[] = [];
    const lasts = new Lasts(16 * COST_BYTES, (gone) => dropped.push(gone.offset));
    lasts.add(entryAt(1), COST_BYTES, 'alice');
    for (let offset = 2; offset <= 40; offset++) lasts.add(entryAt(offset), COST_BYTES, 'mallory');
    expect([lasts.count, lasts.at(1)?.offset]).toEqual([12, 1]);
    expect(dropped).toEqual(Array.from({ length: 28 }, (_, i) => 2 + i));
  });
});
