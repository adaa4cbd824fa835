import type { Bug } from './bug.ts';
import { clientBugs } from './client.ts';
import { coreBugs } from './core.ts';
import { diskBugs } from './disk.ts';
import { lateBugs } from './late.ts';
import { logBugs } from './log.ts';

/** Each is caught by the model test alone: `test/support/model` plays random scripts until it notices. */
export const bugs: readonly Bug[] = [...logBugs, ...coreBugs, ...lateBugs, ...diskBugs, ...clientBugs];
