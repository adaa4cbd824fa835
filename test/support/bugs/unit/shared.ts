import type { UnitBug } from './unit-bug.ts';

const SHARED = 'shared/src';

/** What client and server have in common. */
export const sharedBugs: readonly UnitBug[] = [
  {
    name: 'prefix lost: a key goes with the last one below it',
    file: `${SHARED}/channels/prefix-tree.ts`,
    find: 'if (parent.value === undefined) contract(parent);',
    replace: 'contract(parent);',
    caughtBy: ['test/unit/shared/prefix-tree.test.ts'],
  },
  {
    name: 'unpaced bytes: puts take nothing from the pace of bytes',
    file: `${SHARED}/timing/put-pacer.ts`,
    find: 'this.#bytes?.take(bytes);',
    replace: '',
    caughtBy: ['test/unit/client/pace.test.ts'],
  },
];
