import type { Bug } from './bug.ts';

const LOG = 'server/src/core/log';
const HOT = 'server/src/core/log/hot';
const PUTS = 'server/src/core/log/puts';

/** In the log, its tail, and what it remembers of puts. */
export const logBugs: readonly Bug[] = [
  {
    name: 'off by one at the bound: the tail claims to reach back to one that it has dropped',
    file: `${LOG}/tail.ts`,
    find: 'return after >= this.#from;',
    replace: 'return after >= this.#from - 1;',
  },
  {
    name: 'stale ring slot: where the ring of the tail begins anew, its last slot is read once more',
    file: `${LOG}/tail.ts`,
    find: 'const entry = this.#at(i);\n      if (!selection.take(entry)) break;',
    replace:
      'const entry = this.#ring[Math.min(this.#first + i, this.#ring.length - 1)] as Entry;\n      if (!selection.take(entry)) break;',
  },
  {
    name: 'one too many: the last n of a channel are n and one',
    file: `${HOT}/hot.ts`,
    find: 'after !== undefined && after < n',
    replace: 'after !== undefined && after <= n',
  },
  {
    name: 'miscounted: a gap does not count the last one that it swallowed',
    file: `${HOT}/dropped.ts`,
    find: 'this.#offsetAt(place) <= count.to',
    replace: 'this.#offsetAt(place) < count.to',
  },
  {
    name: 'miscounted: an upstream gap that is dropped counts as one publication',
    file: `${HOT}/dropped.ts`,
    find: 'this.#push(offset, { channel, stands });',
    replace: 'this.#push(offset, channel);',
  },
  {
    name: 'newest forgotten: a subscription to the newest alone is not given that either',
    file: `${LOG}/selection.ts`,
    find: "entry.kind === 'gap' || this.#isNewest(entry)",
    replace: "entry.kind === 'gap'",
  },
  {
    name: 'put remembered for too short: that it was forgotten is forgotten as well',
    file: `${PUTS}/remembered.ts`,
    find: 'this.#unknown.crowdedOut({ user, isMobile: value.isMobile }, value.atMs);',
    replace: '',
  },
];
