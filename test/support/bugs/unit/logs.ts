import type { UnitBug } from './unit-bug.ts';

const MEMORY = 'server/src/logs/memory';

/** The log in memory. */
export const logsBugs: readonly UnitBug[] = [
  {
    name: 'last publications beyond their bound: packing keeps the places of what is gone, and none of what is held',
    file: `${MEMORY}/lasts.ts`,
    find: 'filter(({ last }) => last)',
    replace: 'filter(({ last }) => !last)',
    caughtBy: ['test/unit/logs/lasts.test.ts', 'test/unit/logs/held.test.ts'],
  },
  {
    name: 'names for ever: a channel of which nothing is held still counts for its user',
    file: `${MEMORY}/channels.ts`,
    find: 'this.#named.release(channel.user);',
    replace: '',
    caughtBy: ['test/unit/logs/names.test.ts'],
  },
  {
    name: 'forgotten for all: a user that puts too much makes the puts of others unknown',
    file: `${MEMORY}/forgotten.ts`,
    find: 'else this.#byUser.set(user, atMs);',
    replace: 'else this.aged(atMs);',
    caughtBy: ['test/unit/logs/forgotten.test.ts', 'test/unit/logs/remembered.test.ts'],
  },
  {
    name: 'superseded and kept: the last publication of a channel stays beside a newer one',
    file: `${MEMORY}/store.ts`,
    find: 'this.#lasts.remove(before);',
    replace: '',
    caughtBy: ['test/unit/bounds/bounds.test.ts'],
  },
  {
    name: 'appended twice: a put that was forgotten for its age counts as one that never came',
    file: `${MEMORY}/remembered.ts`,
    find: 'this.#unknown.aged(oldest.value.atMs);',
    replace: '',
    caughtBy: ['test/unit/logs/remembered.test.ts'],
  },
  {
    name: 'one offset too far: a loss is counted by a place that another offset has taken',
    file: `${MEMORY}/dropped.ts`,
    find: 'from >= this.#forgottenUpTo',
    replace: 'from + 1 >= this.#forgottenUpTo',
    caughtBy: ['test/unit/logs/dropped.test.ts'],
  },
];
