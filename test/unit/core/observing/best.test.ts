import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Best } from '../../../../server/src/core/observing/best.ts';

interface Item {
  readonly key: number;
  readonly name: string;
}

const byName = (a: Item, b: Item): number => (a.name < b.name ? -1 : Number(a.name > b.name));

/** @param limit of the page; more are held */
function pageOf(items: readonly Item[], skip: number, limit: number, more = 0): Item[] {
  const best = new Best<Item>(skip + limit + more, byName);
  for (const item of items) best.add(item.key, item);
  const taking = best.take(skip, skip + limit);
  for (;;) {
    const { done, value } = taking.next();
    if (done) return value;
  }
}

describe('the best of many', () => {
  const items = fc.uniqueArray(fc.record({ key: fc.nat(9), name: fc.string({ maxLength: 3 }) }), {
    selector: ({ name }) => name,
    maxLength: 300,
  });

  test.prop([items, fc.nat(100), fc.nat(100), fc.nat(9)])(
    'are a page of what was sorted',
    (all, skip, limit, more) => {
      const sorted = all.toSorted((a, b) => b.key - a.key || byName(a, b));
      expect(pageOf(all, skip, limit, more)).toEqual(sorted.slice(skip, skip + limit));
    },
  );

  it('are none where none are asked for', () => {
    const one = [{ key: 1, name: 'a' }];
    expect(pageOf(one, 0, 0)).toEqual([]);
    expect(pageOf([], 0, 5)).toEqual([]);
    expect(pageOf(one, 3, 5)).toEqual([]);
  });
});
