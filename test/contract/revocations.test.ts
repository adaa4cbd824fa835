import { REVOCATIONS, RevokedAccess } from '../../server/src/auth/revocations/revoked.ts';
import { EndedSessions } from '../../server/src/core/access/ended-sessions.ts';
import { RevocationNodes } from '../support/cluster/revocation-nodes.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { TestRevocations } from '../support/revocations.ts';
import { heardRevocationsContract, revocationsContract } from './revocations.contract.ts';

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

revocationsContract('of all nodes', async () => {
  const { shared, own } = await new RevocationNodes().node();
  return {
    revocations: shared,
    hasEnded: (what) => own.has(what),
    fill: () => {
      for (let i = 0; i < REVOCATIONS; i++) own.revoke({ subject: `${i}` });
    },
  };
});

heardRevocationsContract('of tokens', () => new RevokedAccess(new ManualClock()), [
  { subject: 'alice' },
  { token: 'a:b' },
]);
heardRevocationsContract('of sessions alone', () => new EndedSessions(new ManualClock()), []);
