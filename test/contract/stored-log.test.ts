import { StoredLog } from '../../server/src/core/log/stored-log.ts';
import { ENTRY_OVERHEAD_BYTES } from '../../server/src/logs/memory/index.ts';
import { ArrayStore, type ArrayStoreOptions } from '../support/array-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Random } from '../support/random.ts';
import { type LogBounds, logContract } from './log.contract.ts';

/** What a small entry of the suite counts in memory. */
const ENTRY_BYTES = ENTRY_OVERHEAD_BYTES + 40;

/** Takes up to so many turns of the queue of promises, by its own numbers. */
function lateBy(turns: number): () => Promise<void> {
  const random = new Random(7);
  return async () => {
    for (let left = Math.floor(random.next() * (turns + 1)); left > 0; left--) await Promise.resolve();
  };
}

/** Memory holds a part of what the store does: reads come from both. */
const make =
  (options: Pick<ArrayStoreOptions, 'later' | 'next'>, memory: number) => async (bounds: LogBounds) => {
    const clock = new ManualClock();
    const store = new ArrayStore({ clock, ...bounds, ...options });
    const bytes = Math.max(bounds.entries * memory, 1) * ENTRY_BYTES;
    const log = await StoredLog.open(store, { clock, bytes, ageMs: bounds.ageMs });
    return { log, clock };
  };

const inSteps = (head: number): number => (Math.floor(head / 4_096) + 1) * 4_096;

logContract('over a store that answers at once, all in memory', make({ later: lateBy(0) }, 100));
logContract('over a store that is late, a third of it in memory', make({ later: lateBy(9) }, 1 / 3));
logContract('over a store that is late, one entry in memory', make({ later: lateBy(9) }, 0));
logContract('over a store with offsets in steps', make({ later: lateBy(3), next: inSteps }, 1 / 2));
