import { type Code, ZerospanError } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import type { Gate, Visitor } from '../../server/src/core/access/gate.ts';

export const VISITOR: Visitor = { session: 'session-1', client: 'client-01', address: '127.0.0.1' };

/** Why a gate may reject a client; anything else is a failure of the gate's own. */
const REASONS: readonly Code[] = ['unauthorized', 'token-expired', 'revoked', 'key-not-known'];

/** What a suite needs to ask a gate. */
export interface GateUnderTest {
  readonly gate: Gate;
  /** A token that it admits; undefined where it asks for none. */
  readonly token: string | undefined;
  /** Tokens that it rejects; none where it admits everybody. */
  readonly rejected: readonly (string | undefined)[];
  readonly now: () => number;
  /** Where tokens end: lets the token end. */
  readonly expire?: () => void;
  /** Where access can end early: ends it while the gate has not answered yet. */
  readonly revoke?: () => void;
}

async function fault(gate: Gate, token: string | undefined): Promise<unknown> {
  try {
    await gate.admit(token, VISITOR);
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The sentences of the `Gate` port, for any implementation. */
export function gateContract(name: string, make: () => GateUnderTest | Promise<GateUnderTest>): void {
  describe(`Gate: ${name}`, () => {
    it('answers who brings the token, with whole grants that have not ended', async () => {
      const { gate, token, now } = await make();
      const { subject, grants, expiresMs = Number.POSITIVE_INFINITY } = await gate.admit(token, VISITOR);
      expect(['string', 'undefined']).toContain(typeof subject);
      for (const right of [grants.subscribe, grants.put, grants.history])
        expect(right).toEqual({ channels: expect.any(Array), prefixes: expect.any(Array) });
      expect([typeof grants.confirm, typeof grants.admin]).toEqual(['boolean', 'boolean']);
      expect(expiresMs).toBeGreaterThan(now());
    });

    it('answers the same when it is asked again, as for auth', async () => {
      const { gate, token } = await make();
      const first = await gate.admit(token, VISITOR);
      expect(await gate.admit(token, { ...VISITOR, session: 'session-2' })).toEqual(first);
    });

    it('rejects with a code that says why, and with nothing of the token', async () => {
      const { gate, rejected } = await make();
      for (const token of rejected) {
        const error = await fault(gate, token);
        expect(error).toBeInstanceOf(ZerospanError);
        const { code, message, remedy } = error as ZerospanError;
        expect(REASONS).toContain(code);
        if (token) expect(`${message} ${remedy}`).not.toContain(token);
      }
    });

    it('admits nobody whose token has ended', async () => {
      const { gate, token, expire } = await make();
      if (expire === undefined) return;
      await gate.admit(token, VISITOR);
      expire();
      expect(await fault(gate, token)).toMatchObject({ code: 'token-expired' });
    });

    it('admits nobody who is revoked while it is asked', async () => {
      const { gate, token, revoke } = await make();
      if (revoke === undefined) return;
      const asked = fault(gate, token);
      revoke();
      expect(await asked).toMatchObject({ code: 'revoked' });
    });
  });
}
