import { describe, expect, it } from 'vitest';
import { placePublication } from '../../../server/src/core/log/frame.ts';
import { Held } from '../../../server/src/logs/memory/held.ts';
import { Lasts } from '../../../server/src/logs/memory/lasts.ts';
import { Slabs } from '../../../server/src/logs/memory/slabs.ts';

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
    const lasts = new Lasts(bound * COST_BYTES);
    let offset = 0;
    const given: Held[] = [];
    const dropped: number[] = [];
    const add = (): void => {
      const entry = entryAt(++offset);
      given.push(entry);
      lasts.add(entry, COST_BYTES);
      for (let gone = lasts.surplus(); gone; gone = lasts.surplus()) {
        dropped.push(gone.offset);
        lasts.remove(gone, COST_BYTES);
      }
    };
    while (offset < 300) add();
    // The oldest go by the bound, and their places are looked for behind those; then most of the others go, which packs all of them.
    expect(dropped).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    for (const entry of given.slice(100, 250)) lasts.remove(entry, COST_BYTES);
    expect([lasts.count, lasts.bytes]).toEqual([50, 50 * COST_BYTES]);
    while (offset < 600) add();
    expect([lasts.count, lasts.bytes]).toEqual([bound, bound * COST_BYTES]);
    const kept: number[] = [];
    lasts.each(0, (entry) => kept.push(entry.offset) > 0);
    expect(kept).toEqual(Array.from({ length: bound }, (_, i) => 401 + i));
  });
});
