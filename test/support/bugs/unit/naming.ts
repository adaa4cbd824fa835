import type { UnitBug } from './unit-bug.ts';

const CORE = 'server/src/core';
const WHO = 'test/unit/core/naming/who.test.ts';
const SUMS = 'test/unit/core/naming/sums.test.ts';

/** Receipts by name, and what they show of clients. */
export const namingBugs: readonly UnitBug[] = [
  {
    name: 'names for all: who may ask how many may ask who',
    file: `${CORE}/access/access.ts`,
    find: "if (who && confirm !== 'names')",
    replace: 'if (who && !confirm)',
    caughtBy: [WHO],
  },
  {
    name: 'names of a stranger: a client of another machine is an operator where nobody judges tokens',
    file: `${CORE}/access/gate.ts`,
    find: '(isLocal ? THIS_MACHINE : EVERYBODY)',
    replace: '(isLocal === undefined ? EVERYBODY : THIS_MACHINE)',
    caughtBy: ['test/unit/core/operators.test.ts', WHO],
  },
  {
    name: 'a secret shown: a ref is the hash of a client id, without a key',
    file: `${CORE}/access/refs.ts`,
    find: "createHmac('sha256', this.#key)",
    replace: "createHmac('sha256', '')",
    caughtBy: ['test/unit/core/refs.test.ts'],
  },
  {
    name: 'at home: nobody is called away',
    file: `${CORE}/receipts/naming/named-witness.ts`,
    find: 'if (home) this.#row.isAway = home.isAway;',
    replace: '',
    caughtBy: [WHO],
  },
  {
    name: 'the last word: what is known later of a publication takes the place of what was known first',
    file: `${CORE}/receipts/naming/rows.ts`,
    find: 'if (this.#open === 0 || this.#cells[at] !== OPEN) return;',
    replace: '',
    caughtBy: [WHO],
  },
  {
    name: 'a part alone: the channels of a second turn of fan-out are called those of the first',
    file: `${CORE}/receipts/naming/rows.ts`,
    find: 'return this.#first + this.group.places.indexAt',
    replace: 'return this.group.places.indexAt',
    caughtBy: [WHO, SUMS],
  },
  {
    name: 'absent for good: a client that said it is done is missed',
    file: `${CORE}/conversation/open-session.ts`,
    find: 'if (!isForGood(code)) receipts.absences.left',
    replace: 'receipts.absences.left',
    caughtBy: [WHO],
  },
  {
    name: 'first come: of many sessions those are named that came first, not those that did not answer',
    file: `${CORE}/receipts/naming/naming.ts`,
    find: 'return byStanding.flat();',
    replace: 'return byStanding.flat().reverse();',
    caughtBy: [WHO],
  },
];
