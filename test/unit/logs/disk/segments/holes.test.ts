import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Holes } from '../../../../../server/src/logs/disk/segments/holes.ts';

describe('holes', () => {
  it('are those offsets that were added, whatever overlaps', () => {
    const hole = fc
      .tuple(fc.integer({ min: 1, max: 60 }), fc.nat(6))
      .map(([from, more]) => ({ from, to: from + more }));
    fc.assert(
      fc.property(fc.array(hole, { maxLength: 12 }), fc.nat(70), (added, offset) => {
        const holes = new Holes();
        const missing = new Set<number>();
        for (const { from, to } of added) {
          const isNew = holes.add({ from, to });
          const before = missing.size;
          for (let i = from; i <= to; i++) missing.add(i);
          expect(isNew).toBe(missing.size > before);
        }
        const all = holes.all.flatMap(({ from, to }) =>
          Array.from({ length: to - from + 1 }, (_, i) => from + i),
        );
        expect(all).toEqual([...missing].sort((a, b) => a - b));
        expect(holes.upTo).toBe(Math.max(0, ...missing));
        const above = all.filter((one) => one > offset);
        expect(holes.above(offset)).toEqual(
          above.length === 0 ? undefined : { from: above[0], to: above.at(-1) },
        );
        holes.forget(offset);
        expect(holes.all.every(({ to }) => to > offset)).toBe(true);
        expect(holes.upTo).toBe(above.at(-1) ?? 0);
      }),
    );
  });

  it('beyond their bound become one, with what lies between: nothing that is missing is left out', () => {
    const holes = new Holes(3);
    for (const from of [10, 20, 30, 40, 5]) holes.add({ from, to: from + 1 });
    expect(holes.all).toEqual([
      { from: 5, to: 21 },
      { from: 30, to: 31 },
      { from: 40, to: 41 },
    ]);
  });
});
