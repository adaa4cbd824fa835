import type { UnitBug } from './unit-bug.ts';

const HOT = 'server/src/core/log/hot';
const PUTS = 'server/src/core/log/puts';

/** The log in memory. */
export const logsBugs: readonly UnitBug[] = [
  {
    name: 'last publications beyond their bound: packing keeps the places of what is gone, and none of what is held',
    file: `${HOT}/lasts.ts`,
    find: 'filter(({ last }) => last)',
    replace: 'filter(({ last }) => !last)',
    caughtBy: ['test/unit/log/lasts.test.ts', 'test/unit/log/held.test.ts'],
  },
  {
    name: 'names for ever: a channel of which nothing is held still counts for its user',
    file: `${HOT}/channels.ts`,
    find: 'this.#named.release(channel.user);',
    replace: '',
    caughtBy: ['test/unit/log/names.test.ts'],
  },
  {
    name: 'forgotten for all: a user that puts too much makes the puts of others unknown',
    file: `${PUTS}/forgotten.ts`,
    find: 'else this.#byUser.set(user, atMs);',
    replace: 'else this.aged(atMs);',
    caughtBy: ['test/unit/log/forgotten.test.ts', 'test/unit/log/remembered.test.ts'],
  },
  {
    name: 'superseded and kept: the last publication of a channel stays beside a newer one',
    file: `${HOT}/hot.ts`,
    find: 'this.#lasts.remove(before);',
    replace: '',
    caughtBy: ['test/unit/bounds/bounds.test.ts'],
  },
  {
    name: 'appended twice: a put that was forgotten for its age counts as one that never came',
    file: `${PUTS}/remembered.ts`,
    find: 'this.#unknown.aged(oldest.value.atMs);',
    replace: '',
    caughtBy: ['test/unit/log/remembered.test.ts'],
  },
  {
    name: 'appended twice: of a put from before a start, it is not known that it was forgotten for its age',
    file: `${PUTS}/remembered.ts`,
    find: 'this.#unknown.aged(put.atMs);',
    replace: '',
    caughtBy: ['test/unit/log/from-before.test.ts'],
  },
  {
    name: 'appended twice: the puts from before a start are forgotten together, and nothing says so',
    file: `${PUTS}/remembered.ts`,
    find: 'this.#unknown.aged(this.#before.newestMs);',
    replace: '',
    caughtBy: ['test/unit/log/from-before.test.ts'],
  },
  {
    name: 'one offset too far: a loss is counted by a place that another offset has taken',
    file: `${HOT}/dropped.ts`,
    find: 'from >= this.#forgottenUpTo',
    replace: 'from + 1 >= this.#forgottenUpTo',
    caughtBy: ['test/unit/log/dropped.test.ts'],
  },
  {
    name: 'noted too late: what prefixes lost is looked up before the newest losses are noted',
    file: `${HOT}/channels.ts`,
    find: 'this.#noteLate();\n    return asked',
    replace: 'return asked',
    caughtBy: ['test/contract/memory-log.test.ts'],
  },
];
