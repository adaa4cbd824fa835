import { StoredLog } from '../../server/src/core/log/stored-log.ts';
import { ENTRY_OVERHEAD_BYTES } from '../../server/src/logs/memory/index.ts';
import { ArrayStore, type ArrayStoreOptions } from '../support/array-store.ts';
import { inSteps, lateBy } from '../support/late-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { historyContract } from './history.contract.ts';
import { knownChannelsContract } from './known-channels.contract.ts';
import { type LogBounds, logContract } from './log.contract.ts';

/** What a small entry of the suite counts in memory. */
const ENTRY_BYTES = ENTRY_OVERHEAD_BYTES + 40;

/** Memory holds a part of what the store does: reads come from both. */
const make =
  (options: Pick<ArrayStoreOptions, 'later' | 'next'>, memory: number) => async (bounds: LogBounds) => {
    const clock = new ManualClock();
    const store = new ArrayStore({ epoch: 'array', clock, ...bounds, ...options });
    const bytes = Math.max(bounds.entries * memory, 1) * ENTRY_BYTES;
    const log = await StoredLog.open(store, { clock, bytes, ageMs: bounds.ageMs });
    return { log, clock };
  };

const KINDS = {
  'over a store that answers at once, all in memory': make({ later: lateBy(0) }, 100),
  'over a store that is late, a third of it in memory': make({ later: lateBy(9) }, 1 / 3),
  'over a store that is late, one entry in memory': make({ later: lateBy(9) }, 0),
  'over a store with offsets in steps': make({ later: lateBy(3), next: inSteps }, 1 / 2),
};

for (const [name, open] of Object.entries(KINDS)) {
  logContract(name, open);
  historyContract(name, open);
  knownChannelsContract(name, open);
}
