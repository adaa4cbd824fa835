import { describe, expect, it } from 'vitest';
import { EDGES } from '../support/model/edges.ts';
import { ALWAYS, hunt, story } from '../support/model/hunt.ts';

/**
 * The same scripts in every run of all tests; `npm run model` searches on. Each kind of log has a file of its own,
 * because two files run at the same time.
 */
export function modelTest(over: string, { late }: { late: boolean }): void {
  describe('the bus and its clients against a ledger', () => {
    it(`${over}, whatever happens in whatever order, each subscriber has all that it matches once, in order, or a gap; each put is appended once or its outcome is unknown`, async () => {
      const found = await hunt({ ...ALWAYS, late });
      expect(found.failure, story(found)).toBeUndefined();
      for (const edge of EDGES) expect(found.edges.of(edge), edge).toBeGreaterThan(10);
    });
  });
}
