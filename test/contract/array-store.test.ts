import { ArrayStore, type ArrayStoreOptions } from '../support/array-store.ts';
import { inSteps, lateBy } from '../support/late-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import type { LogBounds } from './log.contract.ts';
import { storeContract } from './store.contract.ts';

const make = (options: Pick<ArrayStoreOptions, 'later' | 'next'>) => (bounds: LogBounds) => {
  const clock = new ManualClock();
  const store = new ArrayStore({ epoch: 'array', clock, ...bounds, ...options });
  return { store, clock, reopen: () => store };
};

storeContract('an array behind a delay', make({ later: lateBy(9) }));
storeContract('an array with offsets in steps', make({ later: lateBy(3), next: inSteps }));
