import type { Clock } from '@zerospan/shared';
import type { Revocations, Revoked } from '../core/access/revocations.ts';
import { TOKEN_LIFE_MS } from './verify.ts';

/** Most revocations that are remembered, and most lines of a file of them. */
export const REVOCATIONS = 100_000;

/** How long a revocation is remembered, in ms: a token made the moment before, by a clock that is fast, has ended then. */
export const REMEMBERED_MS = TOKEN_LIFE_MS + 60_000;

/** A revocation as a line of the file has it: `subject:alice`. */
export function nameOf(what: Revoked): string {
  const [[kind, name] = []] = Object.entries(what);
  return `${kind}:${name}`;
}

/** Those whose access was ended: while the server runs, by `revoke`, until no token of theirs can be left; by the file, for as long as it names them. */
export class RevokedAccess implements Revocations {
  readonly #clock: Clock;
  /** By name: when it may be forgotten. The oldest come first. */
  readonly #told = new Map<string, number>();
  readonly #listeners = new Set<(what: Revoked) => void>();
  #listed: ReadonlyMap<string, Revoked> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#told.size + this.#listed.size;
  }

  has(what: Revoked): boolean {
    const name = nameOf(what);
    return this.#listed.has(name) || (this.#told.get(name) ?? Number.NEGATIVE_INFINITY) > this.#clock.now();
  }

  revoke(what: Revoked): boolean {
    const name = nameOf(what);
    this.#forget();
    // Anew at the end, where the newest are.
    const known = this.#told.delete(name);
    if (!known && this.#told.size >= REVOCATIONS) return false;
    this.#told.set(name, this.#clock.now() + REMEMBERED_MS);
    this.#tell(what);
    return true;
  }

  /** Puts the revocations of the file in place of those it held before. */
  replace(listed: ReadonlyMap<string, Revoked>): void {
    const before = this.#listed;
    this.#listed = listed;
    for (const [name, what] of listed) if (!before.has(name)) this.#tell(what);
  }

  onRevoked(listener: (what: Revoked) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(what: Revoked): void {
    for (const listener of this.#listeners) listener(what);
  }

  #forget(): void {
    const nowMs = this.#clock.now();
    for (const [name, untilMs] of this.#told) {
      if (untilMs > nowMs) break;
      this.#told.delete(name);
    }
  }
}
