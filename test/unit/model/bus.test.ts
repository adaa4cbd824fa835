import { describe, expect, it } from 'vitest';
import { ALWAYS, hunt, story } from '../../support/model/hunt.ts';

/** The first of them: `test/model` plays them all, `test/long` searches on. */
const RUNS = 100;

describe('the bus and its clients against a ledger', () => {
  it('each subscriber is given all that it matches once and in order, or a gap; each put is appended once', async () => {
    const found = await hunt({ ...ALWAYS, runs: RUNS });
    expect(found.failure, story(found)).toBeUndefined();
  });
});
