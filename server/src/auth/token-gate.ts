import type { Gate, Identity, Visitor } from '../core/access/gate.ts';
import type { RevokedAccess } from './revocations/revoked.ts';
import type { Claim } from './tokens/claims.ts';
import { TokenRefusal, type Why } from './tokens/refusal.ts';
import { type Judge, verify } from './tokens/verify.ts';

export interface TokenGateOptions {
  readonly judge: Judge;
  readonly revocations: RevokedAccess;
  /** What keeps keys and revocations fresh, and ends with the gate. */
  readonly upkeep?: Upkeep;
}

export interface Upkeep {
  /** Reads the files again; answers whether all of them could be. */
  reload(): Promise<boolean>;
  readonly failures: number;
  readonly keys: number;
  close(): void;
}

/** Admits clients with a valid token that is not revoked, and grants what it grants. */
export class TokenGate implements Gate {
  readonly revocations: RevokedAccess;
  readonly #options: TokenGateOptions;
  readonly #refusals = new Map<Why, number>();

  constructor(options: TokenGateOptions) {
    this.#options = options;
    this.revocations = options.revocations;
  }

  /** Tokens refused, by why. */
  get refusals(): ReadonlyMap<Why, number> {
    return this.#refusals;
  }

  /** Readings of files that failed after the start. */
  get reloadFailures(): number {
    return this.#options.upkeep?.failures ?? 0;
  }

  /** Keys that tokens are verified by. */
  get keys(): number {
    return this.#options.upkeep?.keys ?? 0;
  }

  async admit(token: string | undefined, visitor: Visitor): Promise<Identity> {
    try {
      const claim = await verify(token, this.#options.judge);
      // After everything that waits: what is revoked meanwhile must not get in.
      if (this.#isRevoked(claim, visitor)) throw new TokenRefusal('revoked');
      const { subject, grants, token: id } = claim;
      return { subject, grants, expiresMs: this.#endOf(claim), ...(id === undefined ? {} : { token: id }) };
    } catch (error) {
      if (error instanceof TokenRefusal)
        this.#refusals.set(error.why, (this.#refusals.get(error.why) ?? 0) + 1);
      throw error;
    }
  }

  /**
   * Reads keys and revocations again, as they are also read when their files change; answers whether all could be read.
   */
  async reload(): Promise<boolean> {
    return (await this.#options.upkeep?.reload()) ?? true;
  }

  /** Stops checking files and addresses. */
  close(): void {
    this.#options.upkeep?.close();
  }

  #isRevoked({ subject, token }: Claim, { session }: Visitor): boolean {
    const { revocations } = this;
    return (
      revocations.has({ subject }) ||
      (token !== undefined && revocations.has({ token })) ||
      revocations.has({ session })
    );
  }

  /**
   * When the access of a token ends: at its `exp`; of a token that is accepted for clock skew alone, at the end of the
   * skew.
   */
  #endOf({ expMs }: Claim): number {
    const { judge } = this.#options;
    return expMs > judge.now() ? expMs : expMs + judge.skewMs;
  }
}
