import { describe, expect, it } from 'vitest';
import type { HeardRevocations, Revocations, Revoked } from '../../server/src/core/access/revocations.ts';

/** What a suite needs to see that access has ended. */
export interface RevocationsUnderTest {
  readonly revocations: Revocations;
  /** Whether the gate that goes by them rejects whoever is meant. */
  readonly hasEnded: (what: Revoked) => boolean;
  /** Leaves no room for one more. */
  readonly fill: () => void;
}

const KINDS: readonly Revoked[] = [{ subject: 'alice' }, { session: 'session-1' }, { token: 'token-1' }];

/** The sentences of the `Revocations` port, for any implementation. */
export function revocationsContract(
  name: string,
  make: () => RevocationsUnderTest | Promise<RevocationsUnderTest>,
): void {
  describe(`Revocations: ${name}`, () => {
    it.each(KINDS)('has ended %j when it answers true, and nobody else', async (what) => {
      const { revocations, hasEnded } = await make();
      expect(hasEnded(what)).toBe(false);
      expect(revocations.revoke(what)).toBe(true);
      expect(KINDS.filter(hasEnded)).toEqual([what]);
    });

    it('may be asked again', async () => {
      const { revocations, hasEnded } = await make();
      expect([revocations.revoke({ subject: 'a' }), revocations.revoke({ subject: 'a' })]).toEqual([
        true,
        true,
      ]);
      expect(hasEnded({ subject: 'a' })).toBe(true);
    });

    it('calls each listener within the same turn, until it is stopped', async () => {
      const { revocations } = await make();
      const heard: string[] = [];
      const stop = revocations.onRevoked((what) => heard.push(`first ${JSON.stringify(what)}`));
      revocations.onRevoked((what) => heard.push(`second ${JSON.stringify(what)}`));
      revocations.revoke({ subject: 'a' });
      expect(heard).toEqual(['first {"subject":"a"}', 'second {"subject":"a"}']);
      stop();
      stop();
      revocations.revoke({ token: 'b' });
      expect(heard.slice(2)).toEqual(['second {"token":"b"}']);
    });

    it('answers false without room, and calls its listeners all the same', async () => {
      const { revocations, hasEnded, fill } = await make();
      fill();
      const heard: Revoked[] = [];
      revocations.onRevoked((what) => heard.push(what));
      expect(revocations.revoke({ subject: 'one more' })).toBe(false);
      expect(heard).toEqual([{ subject: 'one more' }]);
      expect(hasEnded({ subject: 'one more' })).toBe(false);
    });
  });
}

/**
 * The sentences of the `HeardRevocations` port, for any implementation.
 * @param known what of all kinds it has to give to others
 */
export function heardRevocationsContract(
  name: string,
  make: () => HeardRevocations,
  known: readonly Revoked[],
): void {
  describe(`HeardRevocations: ${name}`, () => {
    it('ends what it hears, and calls listeners in the same turn', () => {
      const revocations = make();
      const heard: Revoked[] = [];
      revocations.onRevoked((what) => heard.push(what));
      expect(revocations.heard({ session: 'session-1' })).toBe(true);
      expect(heard).toEqual([{ session: 'session-1' }]);
    });

    it('knows what has to outlive it, however it came', () => {
      const revocations = make();
      revocations.revoke({ subject: 'alice' });
      revocations.revoke({ session: 'session-1' });
      revocations.heard({ token: 'a:b' });
      revocations.heard({ subject: 'alice' });
      expect(new Set(revocations.known())).toEqual(new Set(known));
    });
  });
}
