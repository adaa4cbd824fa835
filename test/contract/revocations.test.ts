import { REVOCATIONS, RevokedAccess } from '../../server/src/auth/revocations/revoked.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { TestRevocations } from '../support/revocations.ts';
import { revocationsContract } from './revocations.contract.ts';

revocationsContract('of tokens', () => {
  const revocations = new RevokedAccess(new ManualClock());
  return {
    revocations,
    hasEnded: (what) => revocations.has(what),
    fill: () => {
      for (let i = 0; i < REVOCATIONS; i++) revocations.revoke({ subject: `${i}` });
    },
  };
});

revocationsContract('the fake of tests', () => {
  const revocations = new TestRevocations();
  return {
    revocations,
    hasEnded: (what) => revocations.revoked.some((each) => JSON.stringify(each) === JSON.stringify(what)),
    fill: () => {
      revocations.isFull = true;
    },
  };
});
