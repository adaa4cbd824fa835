import type { StoredLog } from '../../server/src/core/log/stored-log.ts';
import type { DiskStoreOptions } from '../../server/src/logs/disk/disk-store.ts';
import type { LogBounds } from '../contract/log.contract.ts';
import type { ManualClock } from './manual-clock.ts';

/** What a small entry takes on disk that has a sealed segment of its own, about. */
const ENTRY_BYTES = 370;
/** The same as a last publication. */
const LAST_BYTES = 62;

/** What a store is opened with that is small enough for the suites' bounds, wherever its files are. */
export function smallDisk(
  { entries, lasts, ageMs }: LogBounds,
  clock: ManualClock,
): Omit<DiskStoreOptions, 'files' | 'release' | 'bootId' | 'pid' | 'sync'> {
  return {
    clock,
    endOfTurn: (action) => void setImmediate(action),
    bytes: entries * ENTRY_BYTES,
    segmentBytes: 1,
    ageMs,
    lastBytes: lasts * LAST_BYTES,
    directory: 'log',
    isNewEpoch: false,
    onNotice: () => undefined,
    onFatal: (error) => {
      throw error;
    },
  };
}

/** What is due is dropped in the background, and with a whole segment: nothing of a log is asked before it is. */
export function settledFirst<L extends StoredLog>(log: L, store: { settled(): Promise<void> }): L {
  const waits = new Set<string | symbol>(['read', 'page', 'append', 'appendGap', 'offsetBefore']);
  return new Proxy(log, {
    get: (_, name) => {
      const value: unknown = Reflect.get(log, name, log);
      if (typeof value !== 'function') return value;
      const method = (...args: unknown[]): unknown => value.apply(log, args);
      if (!waits.has(name)) return method;
      return async (...args: unknown[]) => {
        const answer = name.toString().startsWith('append') ? await method(...args) : undefined;
        log.expire();
        await store.settled();
        return answer ?? method(...args);
      };
    },
  });
}
