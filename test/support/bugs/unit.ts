import { authBugs } from './unit/auth.ts';
import { clientBugs } from './unit/client.ts';
import { clusterBugs } from './unit/cluster.ts';
import { coreBugs } from './unit/core.ts';
import { costBugs } from './unit/cost.ts';
import { diskFormatBugs } from './unit/disk-format.ts';
import { diskIdentityBugs } from './unit/disk-identity.ts';
import { diskReadingBugs } from './unit/disk-reading.ts';
import { diskWritingBugs } from './unit/disk-writing.ts';
import { explainBugs } from './unit/explain.ts';
import { jetstreamBugs } from './unit/jetstream.ts';
import { logsBugs } from './unit/logs.ts';
import { namingBugs } from './unit/naming.ts';
import { observingBugs } from './unit/observing.ts';
import { sharedBugs } from './unit/shared.ts';
import type { UnitBug } from './unit/unit-bug.ts';
import { webBugs } from './unit/web.ts';
import { zeromqBugs } from './unit/zeromq.ts';

/**
 * Each is put into the code by itself: the whole suite once passed with it, or it was chosen before any test was read.
 */
export const unitBugs: readonly UnitBug[] = [
  ...coreBugs,
  ...namingBugs,
  ...observingBugs,
  ...explainBugs,
  ...logsBugs,
  ...diskFormatBugs,
  ...diskIdentityBugs,
  ...diskWritingBugs,
  ...diskReadingBugs,
  ...jetstreamBugs,
  ...clusterBugs,
  ...webBugs,
  ...zeromqBugs,
  ...costBugs,
  ...authBugs,
  ...clientBugs,
  ...sharedBugs,
];
