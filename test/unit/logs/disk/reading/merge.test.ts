import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GrowingIndex } from '../../../../../server/src/logs/disk/index/growing-index.ts';
import { Merge } from '../../../../../server/src/logs/disk/reading/merge.ts';
import { gapOf, putOf } from '../../../../support/disk/hand-log.ts';

describe('the entries of some channels', () => {
  it('come in order, each with its channel, whatever lies between the ends', () => {
    const entry = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean());
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 60 }),
        fc.subarray(['a', 'b', 'c', 'd']),
        fc.boolean(),
        fc.nat(70),
        fc.nat(70),
        (entries, names, isForwards, one, other) => {
          const index = new GrowingIndex(100);
          entries.forEach(([channel, isGap], i) => {
            const place = { at: 100 + i, bytes: 1, first: 101 + i, time: 1, entries: 1 };
            index.add(place, [isGap ? gapOf([channel], 1) : putOf([channel])]);
          });
          const span = { after: 95 + Math.min(one, other), upTo: 95 + Math.max(one, other) };
          const merge = new Merge(isForwards ? 'forwards' : 'backwards', span);
          for (const name of names) {
            const channel = index.channel(name);
            if (channel) merge.add(channel);
          }
          const found: [string, number][] = [];
          for (let offset = merge.offset; offset !== undefined; offset = merge.offset) {
            found.push([merge.channel, offset]);
            merge.next();
          }
          const expected = entries
            .map(([channel], i): [string, number] => [channel, 101 + i])
            .filter(([name, offset]) => names.includes(name) && offset > span.after && offset <= span.upTo);
          expect(found).toEqual(isForwards ? expected : expected.reverse());
        },
      ),
    );
  });
});
