import { EVERY_CHANNEL, type FilterSet, matcherOf } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FilterIndex } from '../../../server/src/core/filter-index.ts';

const name = fc.string({ unit: fc.constantFrom('a', 'b', '$', '💬'), minLength: 1, maxLength: 4 });
const prefix = fc.string({ unit: fc.constantFrom('a', 'b', '$', '💬'), maxLength: 3 });
const someSet: fc.Arbitrary<FilterSet> = fc.record({
  channels: fc.uniqueArray(name, { maxLength: 5 }),
  prefixes: fc.uniqueArray(prefix, { maxLength: 5 }),
});

describe('an index of filters', () => {
  it('finds what matches a channel, and nothing that was removed (S5, N5, N6)', () => {
    fc.assert(
      fc.property(
        fc.array(someSet, { maxLength: 8 }),
        fc.array(fc.nat(7)),
        name,
        (sets, leaving, channel) => {
          const index = new FilterIndex<FilterSet>();
          for (const set of sets) index.add(set, set);
          const gone = new Set(leaving.flatMap((i) => sets[i] ?? []));
          for (const set of gone) index.remove(set, set);
          const found = new Set<FilterSet>();
          index.each(channel, (set) => found.add(set));
          expect(found).toEqual(new Set(sets.filter((set) => !gone.has(set) && matcherOf(set)(channel))));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('finds everybody who has a filter, once, for what stands for every channel (G6)', () => {
    const index = new FilterIndex<object>();
    const [one, two, none] = [{}, {}, {}];
    index.add({ channels: ['a', 'b'], prefixes: ['', 'c'] }, one);
    index.add({ channels: [], prefixes: ['$'] }, two);
    index.add({ channels: [], prefixes: [] }, none);
    const found = () => {
      const all: object[] = [];
      index.each(EVERY_CHANNEL, (item) => all.push(item));
      return all;
    };
    expect(found()).toEqual([one, two]);
    index.remove({ channels: ['a', 'b'], prefixes: [''] }, one);
    index.remove({ channels: [], prefixes: ['$'] }, two);
    expect(found()).toEqual([one]);
    index.remove({ channels: [], prefixes: ['c'] }, one);
    expect(found()).toEqual([]);
  });

  it('visits what matches a channel, whatever the lengths and the number of prefixes', () => {
    const index = new FilterIndex<object>();
    for (let i = 1; i <= 254; i++) index.add({ channels: [], prefixes: [`m${'y'.repeat(i)}`] }, {});
    for (let i = 0; i < 10_000; i++) index.add({ channels: [`room${i}`], prefixes: [`user${i}.`] }, {});
    const scanned = (channel: string) => index.each(channel, () => {});
    expect(scanned('room7')).toBeLessThan(5);
    expect(scanned('user777.inbox')).toBeLessThan(12);
    expect(scanned('elsewhere')).toBeLessThan(5);
  });
});
