import { fc, test } from '@fast-check/vitest';
import { TIMES } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { authMeters } from '../../../server/src/auth/meters.ts';
import { revocationsIn } from '../../../server/src/auth/revocations/revocation-file.ts';
import {
  REMEMBERED_MS,
  REVOCATIONS,
  RevokedAccess,
  SESSION_REMEMBERED_MS,
} from '../../../server/src/auth/revocations/revoked.ts';
import { TOKEN_LIFE_MS } from '../../../server/src/auth/tokens/verify.ts';
import { GATE_MS } from '../../../server/src/core/access/ask.ts';
import { SettingsError } from '../../../server/src/settings/read.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { SECRET, secret, testGate, VISITOR } from '../../support/tokens.ts';

describe('revocations', () => {
  it('are reported at once, and each kind is a name of its own', () => {
    const revoked = new RevokedAccess(new ManualClock());
    const heard: object[] = [];
    const off = revoked.onRevoked((what) => heard.push(what));
    expect(revoked.revoke({ subject: 'a' })).toBe(true);
    expect(heard).toEqual([{ subject: 'a' }]);
    expect([{ subject: 'a' }, { session: 'a' }, { token: 'a' }].map((what) => revoked.has(what))).toEqual([
      true,
      false,
      false,
    ]);
    off();
    revoked.revoke({ session: 'a' });
    expect(heard).toHaveLength(1);
  });

  it('that are heard from other nodes are reported once, and remembered from the last time', () => {
    const clock = new ManualClock();
    const revoked = new RevokedAccess(clock);
    const reported: object[] = [];
    revoked.onRevoked((what) => reported.push(what));
    expect(revoked.heard({ subject: 'a' })).toBe(true);
    clock.advance(REMEMBERED_MS - 1);
    expect(revoked.heard({ subject: 'a' })).toBe(true);
    clock.advance(REMEMBERED_MS - 1);
    expect([revoked.has({ subject: 'a' }), reported]).toEqual([true, [{ subject: 'a' }]]);
  });

  it('are remembered for longer than any token can last, counted from the last of them, and then forgotten', () => {
    const clock = new ManualClock();
    const revoked = new RevokedAccess(clock);
    expect(REMEMBERED_MS).toBeGreaterThan(TOKEN_LIFE_MS);
    revoked.revoke({ subject: 'a' });
    revoked.revoke({ subject: 'b' });
    clock.advance(REMEMBERED_MS - 1);
    revoked.revoke({ subject: 'a' });
    clock.advance(1);
    expect([revoked.has({ subject: 'a' }), revoked.has({ subject: 'b' })]).toEqual([true, false]);
    revoked.revoke({ subject: 'c' });
    expect(revoked.size).toBe(2);
  });

  it('are remembered as long as a token may be good by either clock', () => {
    const clock = new ManualClock();
    const revoked = new RevokedAccess(clock);
    revoked.revoke({ subject: 'a' });
    clock.set(clock.now() + REMEMBERED_MS);
    expect(revoked.has({ subject: 'a' })).toBe(true);
    clock.set(clock.now() - REMEMBERED_MS - 3_600_000);
    clock.advance(REMEMBERED_MS);
    expect(revoked.has({ subject: 'a' })).toBe(true);
    clock.advance(3_600_000);
    expect(revoked.has({ subject: 'a' })).toBe(false);
  });

  it('beyond the bound are not remembered, until there is room; one of an open session is reported all the same', () => {
    const clock = new ManualClock();
    const revoked = new RevokedAccess(clock);
    const heard: object[] = [];
    for (let i = 0; i < REVOCATIONS; i++) revoked.revoke({ token: `t${i}` });
    revoked.onRevoked((what) => heard.push(what));
    expect(revoked.revoke({ subject: 'one too many' })).toBe(false);
    expect(revoked.has({ subject: 'one too many' })).toBe(false);
    expect(revoked.revoke({ token: 't0' })).toBe(true);
    expect(heard).toEqual([{ subject: 'one too many' }, { token: 't0' }]);
    clock.advance(REMEMBERED_MS);
    expect(revoked.revoke({ subject: 'one too many' })).toBe(true);
    expect(revoked.size).toBe(1);
  });

  it('of sessions are remembered for as long as one may be on its way in, and take no room from the others', () => {
    const clock = new ManualClock();
    const revoked = new RevokedAccess(clock);
    expect(SESSION_REMEMBERED_MS).toBeGreaterThan(TIMES.helloMs + GATE_MS);
    let remembered = 0;
    for (let i = 0; i < REVOCATIONS; i++) remembered += Number(revoked.revoke({ session: `s${i}` }));
    expect(remembered).toBe(REVOCATIONS);
    expect(revoked.revoke({ session: 'one too many' })).toBe(false);
    expect(revoked.revoke({ subject: 'alice' })).toBe(true);
    clock.advance(SESSION_REMEMBERED_MS - 1);
    expect(revoked.has({ session: 's0' })).toBe(true);
    clock.advance(1);
    expect([revoked.has({ session: 's0' }), revoked.has({ subject: 'alice' })]).toEqual([false, true]);
    expect(revoked.revoke({ session: 'another' })).toBe(true);
    expect(revoked.size).toBe(2);
  });

  it('of the file are reported where they are new, and end where they are gone; those of the running server stay', () => {
    const revoked = new RevokedAccess(new ManualClock());
    const heard: object[] = [];
    revoked.onRevoked((what) => heard.push(what));
    revoked.replace(revocationsIn('x', 'subject:a\nsubject:b'));
    revoked.revoke({ subject: 'a' });
    revoked.replace(revocationsIn('x', 'subject:b\nsession:c'));
    revoked.replace(new Map());
    expect(heard).toEqual([{ subject: 'a' }, { subject: 'b' }, { subject: 'a' }, { session: 'c' }]);
    expect([revoked.has({ subject: 'a' }), revoked.has({ subject: 'b' })]).toEqual([true, false]);
  });

  it('have meters, beside refusals and keys', async () => {
    const { gate } = testGate([secret(SECRET)]);
    gate.revocations.revoke({ subject: 'a' });
    await gate.admit('x', VISITOR).catch(() => undefined);
    const read = authMeters(gate).map((each) => [each.name, [...each.read()]]);
    expect(Object.fromEntries(read)).toEqual({
      zerospan_auth_refused_total: [['malformed', 1]],
      zerospan_auth_keys: [['', 0]],
      zerospan_auth_revocations: [['', 1]],
      zerospan_auth_reload_failures_total: [['', 0]],
    });
  });
});

describe('a file of revocations', () => {
  it('has one a line, comments and empty lines', () => {
    const text = '\n# a: comment\n subject: al:ice \r\nsession:s-1\ntoken:t\nsubject:__proto__\n';
    expect([...revocationsIn('file', text).values()]).toEqual([
      { subject: 'al:ice' },
      { session: 's-1' },
      { token: 't' },
      { subject: '__proto__' },
    ]);
  });

  it.each([
    'alice',
    'user:alice',
    'subject:',
    'subject: ',
    'Subject:alice',
    `subject:${'a'.repeat(256)}`,
    'token:a\u0000b',
  ])('is refused as a whole for a line that is not understood: %j', (line) => {
    expect(() => revocationsIn('file', `subject:a\n${line}`)).toThrow(/^file: line 2 is none of/);
  });

  it('is refused with more lines than are remembered', () => {
    const lines = Array.from({ length: REVOCATIONS + 1 }, (_, i) => `token:${i}`);
    expect(() => revocationsIn('file', lines.join('\n'))).toThrow('more than 100000 lines');
  });

  test.prop([fc.string({ unit: 'binary' })])('is read or refused, whatever it holds', (text) => {
    try {
      for (const what of revocationsIn('file', text).values()) expect(Object.values(what)[0]).not.toBe('');
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
    }
  });
});
