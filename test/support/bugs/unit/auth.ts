import type { UnitBug } from './unit-bug.ts';

const AUTH = 'server/src/auth';

/** Tokens and revocations. */
export const authBugs: readonly UnitBug[] = [
  {
    name: 'revocations for ever: one that is revoked again keeps those behind it from being forgotten',
    file: `${AUTH}/revocations/remembered.ts`,
    find: 'const known = this.#until.delete(name);',
    replace: 'const known = this.#until.has(name);',
    caughtBy: ['test/unit/bounds/bounds.test.ts', 'test/unit/auth/revocations.test.ts'],
  },
];
