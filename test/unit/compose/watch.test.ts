import { type Code, ZerospanError } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { REMEDIES, TokenRefusal, WHYS, type Why } from '../../../server/src/auth/index.ts';
import { Watch } from '../../../server/src/compose/watch.ts';
import type { Gate } from '../../../server/src/core/access/gate.ts';
import { SecurityEvents } from '../../../server/src/security-events.ts';
import { SETTINGS } from '../../../server/src/settings/settings.ts';
import { grants } from '../../support/grants.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { VISITOR } from '../../support/tokens.ts';

function watching() {
  const reported: object[] = [];
  const events = new SecurityEvents({ warn: (about) => reported.push(about) }, new ManualClock());
  return { reported, watch: new Watch(events) };
}

/** A gate that refuses with this, at once or by a promise. */
const refusing = (error: unknown, isSync: boolean): Gate => ({
  admit: () => {
    if (isSync) throw error;
    return Promise.reject(error as Error);
  },
});

const { address, session } = VISITOR;
const sender = { address, session, subject: 'alice' };

describe.each([true, false])('a watched gate that answers at once (%s)', (isSync) => {
  it('reports whom it refuses, and why, once for what goes through the core as well', async () => {
    const { reported, watch } = watching();
    const refusal = new TokenRefusal('expired');
    const gate = watch.over(refusing(refusal, isSync));
    await expect((async () => gate.admit('token', VISITOR))()).rejects.toBe(refusal);
    watch.refused(refusal, { address, session });
    expect(reported).toEqual([
      { event: 'token-refused', address, session, why: 'expired', remedy: REMEDIES.expired },
    ]);
  });

  it('reports the code of an application’s refusal, and no session where there is none', async () => {
    const { reported, watch } = watching();
    const gate = watch.over(refusing(new ZerospanError('unauthorized'), isSync));
    await expect((async () => gate.admit('token', { ...VISITOR, session: '' }))()).rejects.toThrow();
    expect(reported).toEqual([{ event: 'token-refused', address, why: 'unauthorized' }]);
  });

  it('reports nothing of a failure of its own: no token is to blame for it', async () => {
    const { reported, watch } = watching();
    const failure = new Error('the database is away');
    const gate = watch.over(refusing(failure, isSync));
    await expect((async () => gate.admit('token', VISITOR))()).rejects.toBe(failure);
    expect(reported).toEqual([]);
  });
});

it('a watched gate answers what the gate answers', () => {
  const identity = { subject: 'alice', grants: grants(), expiresMs: undefined };
  const { reported, watch } = watching();
  expect(watch.over({ admit: () => identity }).admit('token', VISITOR)).toBe(identity);
  expect(reported).toEqual([]);
});

it.each<[Code, object[]]>([
  ['forbidden', [{ event: 'forbidden', ...sender }]],
  ['token-expired', [{ event: 'token-expired', ...sender }]],
  ['unauthorized', [{ event: 'token-refused', ...sender }]],
  ['too-many-connections', [{ event: 'connection-refused', ...sender, limit: 'limits.connectionsPerUser' }]],
  ['bad-message', []],
])('%s of the core is reported with address, session and subject', (code, expected) => {
  const { reported, watch } = watching();
  watch.refused(new ZerospanError(code), sender);
  expect(reported).toEqual(expected);
});

it.each(Object.keys(WHYS) as Why[])(
  'a token that is not taken (%s) has a remedy that names settings that there are',
  (why) => {
    const remedy = REMEDIES[why] ?? '';
    const paths = SETTINGS.map(({ path }) => path);
    for (const [path] of remedy.matchAll(/\bauth\.\w+/g)) expect(paths).toContain(path);
    // An answer to a client that reconnects, and one that the operator asked for.
    expect(remedy === '').toBe(why === 'key-not-yet' || why === 'revoked');
  },
);
