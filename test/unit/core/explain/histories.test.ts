import { describe, expect, it } from 'vitest';
import { playHistories } from '../../../support/explain/histories.ts';

/** `test/long` plays all thousand of them. */
const RUNS = 150;

describe('an explanation', () => {
  it(`agrees with all that was seen on the wire, in ${RUNS} random histories: the journal holds everything`, async () => {
    const said = await playHistories({ seed: 1, runs: RUNS });
    expect(said.get('unknown')).toBe(undefined);
    for (const verdict of [
      'had',
      'written',
      'coming',
      'away',
      'lost',
      'skipped',
      'not-subscribed',
      'no-grant',
    ])
      expect([verdict, (said.get(verdict) ?? 0) > 5]).toEqual([verdict, true]);
  }, 60_000);

  it('says that it does not know, and never anything false, where the journal has forgotten something', async () => {
    const said = await playHistories({ seed: 10_001, runs: RUNS, journalBytes: [600, 8_000] });
    expect(said.get('unknown') ?? 0).toBeGreaterThan(100);
    expect(
      [...said].filter(([verdict]) => verdict !== 'unknown').reduce((sum, [, count]) => sum + count, 0),
    ).toBeGreaterThan(100);
  }, 60_000);
});
