import { ENTRY_OVERHEAD_BYTES, MemoryLog } from '../../server/src/logs/memory/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { historyContract } from './history.contract.ts';
import { knownChannelsContract } from './known-channels.contract.ts';
import { type LogBounds, logContract } from './log.contract.ts';

/** Upper bound of what a small entry of the suite counts. */
const ENTRY_BYTES = ENTRY_OVERHEAD_BYTES + 30;

const make = ({ entries, lasts, ageMs }: LogBounds) => {
  const clock = new ManualClock();
  const log = new MemoryLog({
    clock,
    bytes: entries * (entries > 1_000 ? 100_000 : ENTRY_BYTES + 20),
    lastBytes: lasts * (ENTRY_BYTES + 20),
    ageMs,
  });
  return { log, clock };
};

logContract('in memory', make);
historyContract('in memory', make);
knownChannelsContract('in memory', make);
