import { Remembered } from '../../../server/src/auth/revocations/remembered.ts';
import { type BoundCase, times } from '../../support/bound-case.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** Tokens and revocations. */
export const authBounds: readonly BoundCase[] = [
  {
    row: 'revocations remembered, of subjects and tokens; of sessions',
    what: 'names, until no token can be left, also where some were revoked again',
    open() {
      const clock = new ManualClock();
      const remembered = new Remembered({ clock, most: 100, lifeMs: 60_000 });
      let n = 0;
      const add = (): unknown => remembered.add(`name ${++n}`);
      add();
      let oldest = 1;
      return {
        kept: () => ({ names: remembered.size }),
        fill: () => times(150, add),
        atBound: { names: 100 },
        more: () => times(50, add),
        letGo: () => {
          clock.advance(30_000);
          remembered.add(`name ${oldest}`);
          clock.advance(30_000);
          add();
          if (remembered.size > 2) throw new Error('one that was revoked again keeps the others');
          clock.advance(60_000);
          add();
          oldest = n;
        },
      };
    },
  },
];
