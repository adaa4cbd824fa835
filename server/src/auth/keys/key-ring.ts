import type { Keys } from '../tokens/verify.ts';
import type { Algorithm, Key } from './key.ts';
import type { RemoteKeys } from './remote-keys.ts';

/** Most keys together of one server: each is a signature to check for a token that names none. */
export const KEYS = 64;

/** All keys that tokens are verified by: those of the environment, of files, and of the issuer's address. */
export class KeyRing implements Keys {
  readonly #own: readonly Key[];
  readonly #remote: RemoteKeys | undefined;
  #files: readonly Key[] = [];

  constructor({ own, remote }: { own: readonly Key[]; remote?: RemoteKeys | undefined }) {
    this.#own = own;
    this.#remote = remote;
  }

  get size(): number {
    return this.#all().length;
  }

  /** Puts the keys of the files in place of those read before. */
  replace(files: readonly Key[]): void {
    this.#files = files;
  }

  /**
   * Those that may have signed a token. A key that has a name answers to that name alone, or to a token that names
   * none; secrets and PEM keys have no name, so they are tried for every token of their algorithm.
   */
  async candidates(algorithm: Algorithm, kid: string | undefined): Promise<readonly Key[]> {
    if (this.#remote && !this.#knows(algorithm, kid)) await this.#remote.refetch();
    const named = this.#all().filter((key) => kid !== undefined && key.kid === kid);
    const all =
      named.length > 0 ? named : this.#all().filter((key) => kid === undefined || key.kid === undefined);
    return all.filter((key) => key.algorithm === algorithm);
  }

  mayLack(kid: string | undefined): boolean {
    return (
      this.#remote?.isUnreachable === true && !this.#all().some((key) => kid !== undefined && key.kid === kid)
    );
  }

  mayLackStill(algorithm: Algorithm, kid: string | undefined, sinceMs: number): boolean {
    return this.#remote?.isOlderThan(sinceMs) === true && !this.#knows(algorithm, kid);
  }

  #knows(algorithm: Algorithm, kid: string | undefined): boolean {
    return this.#all().some((key) => (kid === undefined ? key.algorithm === algorithm : key.kid === kid));
  }

  #all(): readonly Key[] {
    return [...this.#own, ...this.#files, ...(this.#remote?.keys ?? [])].slice(0, KEYS);
  }
}
