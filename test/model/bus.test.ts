import { describe, expect, it } from 'vitest';
import { EDGES } from '../support/model/edges.ts';
import { ALWAYS, hunt, story } from '../support/model/hunt.ts';

describe('the bus and its clients against a ledger', () => {
  // The same scripts in every run of all tests; `npm run model` searches on.
  it.each([
    ['answers at once', false],
    ['is late', true],
  ])(
    'over a log that %s, whatever happens in whatever order, each subscriber has all that it matches once, in order, or a gap; each put is appended once or its outcome is unknown',
    async (_, late) => {
      const found = await hunt({ ...ALWAYS, late });
      expect(found.failure, story(found)).toBeUndefined();
      for (const edge of EDGES) expect(found.edges.of(edge), edge).toBeGreaterThan(10);
    },
  );

  it.each(['dense', 'sparse'] as const)(
    'over a late store whose offsets are %s, half of it in memory, the same holds',
    async (store) => {
      const found = await hunt({ ...ALWAYS, runs: 150, late: true, store });
      expect(found.failure, story(found)).toBeUndefined();
    },
  );
});
