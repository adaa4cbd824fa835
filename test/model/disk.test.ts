import { describe, expect, it } from 'vitest';
import { DISK_EDGES } from '../support/model/edges.ts';
import { ALWAYS, hunt, story } from '../support/model/hunt.ts';

describe('the bus and its clients against a ledger', () => {
  it('over a disk that outlives the server, whatever ends it: what was given is there, in the same epoch, or reported', async () => {
    const found = await hunt({ ...ALWAYS, runs: 100, store: 'disk' });
    expect(found.failure, story(found)).toBeUndefined();
    for (const edge of DISK_EDGES) expect(found.edges.of(edge), edge).toBeGreaterThan(0);
  });
});
