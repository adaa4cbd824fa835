import { systemClock, ZerospanError } from '@zerospan/shared';
import { sign } from '../../server/src/auth/tokens/sign.ts';
import { allowAll } from '../../server/src/core/access/gate.ts';
import { ALL, TestGate } from '../support/grants.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { SECRET, secret, testGate } from '../support/tokens.ts';
import { gateContract } from './gate.contract.ts';

const LIFE_MS = 60_000;

gateContract('who admits everybody', () => ({
  gate: allowAll,
  token: undefined,
  rejected: [],
  now: () => systemClock.now(),
}));

gateContract('of tokens', async () => {
  const key = secret(SECRET);
  const { gate, clock, revocations } = testGate([key], { skewMs: 0 });
  const content = { subject: 'alice', issuer: 'zerospan', audience: 'zerospan', lifeMs: LIFE_MS };
  const make = (nowMs: number): Promise<string> =>
    sign(key, { ...content, nowMs, grants: { subscribe: [{ prefix: '' }] } });
  const token = await make(clock.now());
  const [head = '', body = ''] = token.split('.');
  return {
    gate,
    token,
    rejected: [undefined, '', 'nonsense', `${head}.${body}.AAAA`, await make(clock.now() - 2 * LIFE_MS)],
    now: () => clock.now(),
    expire: () => clock.advance(LIFE_MS + 1_000),
    revoke: () => revocations.revoke({ subject: 'alice' }),
  };
});

gateContract('the fake of tests', () => {
  const clock = new ManualClock();
  const gate = new TestGate();
  gate.knows('good', 'alice', { subscribe: ALL }, { clock, lastsMs: LIFE_MS });
  gate.refuses('gone', new ZerospanError('revoked'));
  return {
    gate,
    token: 'good',
    rejected: [undefined, 'unknown', 'gone'],
    now: () => clock.now(),
    expire: () => clock.advance(LIFE_MS + 1_000),
  };
});

gateContract('the fake of tests, when it answers late', () => {
  const gate = new TestGate().knows('good', undefined);
  const admit: TestGate['admit'] = (token, visitor) => {
    gate.waits = true;
    const admitted = gate.admit(token, visitor);
    setImmediate(() => gate.answer());
    return admitted;
  };
  return {
    gate: { admit },
    token: 'good',
    rejected: ['unknown'],
    now: () => systemClock.now(),
    revoke: () => gate.refuses('good', new ZerospanError('revoked')),
  };
});
