import { describe, expect, it } from 'vitest';
import { ALWAYS, hunt, story } from '../support/model/hunt.ts';

describe('the bus and its clients against a ledger', () => {
  it.each(['dense', 'sparse'] as const)(
    'over a late store whose offsets are %s, half of it in memory, the same holds',
    async (store) => {
      const found = await hunt({ ...ALWAYS, runs: 150, late: true, store });
      expect(found.failure, story(found)).toBeUndefined();
    },
  );
});
