import { describe, expect, it } from 'vitest';
import { Hot } from '../../../server/src/core/log/hot/hot.ts';
import { LastSearches } from '../../../server/src/core/log/reader/last-search.ts';
import { StoredLog } from '../../../server/src/core/log/stored-log.ts';
import { ArrayStore } from '../../support/array-store.ts';
import { lateBy } from '../../support/late-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const CHANNELS = 20;
const filter = { channels: [], prefixes: [''] };

/** A store of a publication on each of some channels, all of which have left memory. */
async function scene() {
  const clock = new ManualClock();
  const store = new ArrayStore({
    epoch: 'array',
    clock,
    later: lateBy(2),
    entries: 1_000,
    lasts: 0,
    ageMs: 0,
  });
  const log = await StoredLog.open(store, { clock, bytes: 1, ageMs: 0 });
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < CHANNELS; i++)
      await log.append({ channels: [`room${i}`], payload: Buffer.from('1'), republish: true });
  }
  return {
    store,
    log,
    hot: new Hot({ bytes: 1, lastBytes: 0 }, log.head),
    last: () => ({ n: 1, asOf: log.head }),
  };
}

describe('the search for the last n in a store', () => {
  it('goes on where it was, and knows of each channel where its last n begin', async () => {
    const { store, hot, last } = await scene();
    const searches = new LastSearches();
    const asked = last();
    const search = searches.of(asked, filter);
    let steps = 0;
    for (; !search.isDone; steps++) expect(await searches.step(search, hot, store, 7)).toBeLessThanOrEqual(7);
    expect(steps).toBeGreaterThan(4);
    expect(search.floor).toBe(CHANNELS);
    expect(searches.of(asked, filter)).toBe(search);
    expect(
      [CHANNELS, CHANNELS + 1].map((offset) =>
        search.isDue({ offset, channel: `room${(offset - 1) % CHANNELS}` }),
      ),
    ).toEqual([false, true]);
    searches.end(asked);
    expect(searches.weight).toBe(0);
  });

  it('is given up, longest unused first, where all of them find too many channels', async () => {
    const { store, hot, last } = await scene();
    const searches = new LastSearches(3 * (CHANNELS + 8));
    const all = Array.from({ length: 4 }, () => searches.of(last(), filter));
    for (const search of all) await searches.step(search, hot, store, 100);
    expect(all.map(({ isGivenUp }) => isGivenUp)).toEqual([true, false, false, false]);
    expect(searches.weight).toBe(3 * (CHANNELS + 8));
    const [given, kept] = all as [(typeof all)[0], (typeof all)[0]];
    expect([given.floor, kept.floor]).toEqual([2 * CHANNELS, CHANNELS]);
    expect(given.isDue({ offset: 2 * CHANNELS, channel: 'room1' })).toBe(false);
    expect(given.isDue({ offset: 2 * CHANNELS + 1, channel: 'room1' })).toBe(true);
  });
});
