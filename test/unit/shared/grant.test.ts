import { covers, coversChannel, matcherOf } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { set } from '../../support/grants.ts';
import { letsNth, NAMES, opens, RandomFilters } from '../../support/random-filters.ts';

const TRIPLES = 100_000;
const PARTS = 10;

describe('a grant', () => {
  it.each([
    ['room1', 'room1', true],
    ['room1', 'room10', false],
    ['room1', 'room1*', false],
    ['room10', 'room1', false],
    ['room*', 'room1', true],
    ['room*', 'room', true],
    ['room*', 'room*', true],
    ['room*', 'room1*', true],
    ['room1*', 'room*', false],
    ['room*', 'Room1', false],
    ['room*', 'roo', false],
    ['*', '*', true],
    ['*', 'room1 vote.*', true],
    ['room*', '*', false],
    ['room1 room2', 'room1 room2', true],
    ['room1 room2', 'room1 room3', false],
    ['room1 vote.*', 'vote.a room1', true],
    ['vote.a* vote.b*', 'vote.*', false],
    ['*', '$clock', false],
    ['*', '$*', false],
    ['$*', '$clock', true],
    ['$*', '$c*', true],
    ['$*', '*', false],
    ['$*', 'room1', false],
    ['$clock', '$clock', true],
    ['$clock', '$clock2', false],
    ['', 'room1', false],
    ['', '*', false],
  ])('of "%s" for "%s": %s (W5)', (grant, filters, expected) => {
    expect(covers(set(grant), set(filters))).toBe(expected);
    for (const channel of set(filters).channels) {
      const alone = { channels: [channel], prefixes: [] };
      expect(coversChannel(set(grant), channel)).toBe(covers(set(grant), alone));
    }
  });

  // 100,000 of them together.
  it.each(Array.from({ length: PARTS }, (_, part) => part))(
    'covers what it covers when every name is tried, and nothing else (W5, W6): 10,000 random triples, part %i',
    () => {
      const seen = { covered: 0, refused: 0, opened: 0 };
      const tries = (seed: number): void => {
        const random = new RandomFilters(seed);
        for (let i = 0; i < TRIPLES / PARTS; i++) {
          const grant = random.set(0, 4);
          const filters = random.set(1, 3);
          const nth = random.between(0, NAMES.length - 1);
          const channel = NAMES[nth] as string;
          const isCovered = opens(grant, filters);
          const isOpen = letsNth(grant, nth);
          const got = [covers(grant, filters), coversChannel(grant, channel), matcherOf(grant)(channel)];
          if (got[0] !== isCovered || got[1] !== isOpen || got[2] !== isOpen)
            expect({ grant, filters, channel, got }).toEqual({ isCovered, isOpen });
          // What may be subscribed to may be delivered.
          if (isCovered && letsNth(filters, nth)) expect(isOpen).toBe(true);
          seen[isCovered ? 'covered' : 'refused']++;
          if (isOpen) seen.opened++;
        }
      };
      fc.assert(fc.property(fc.integer(), tries), { numRuns: 1, endOnFailure: true });
      // It is no test of one side alone.
      expect(Math.min(seen.covered, seen.refused, seen.opened)).toBeGreaterThan(500);
      expect(seen.covered + seen.refused).toBe(TRIPLES / PARTS);
    },
  );
});
