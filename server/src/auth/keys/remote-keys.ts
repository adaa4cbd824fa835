import type { Clock } from '@zerospan/shared';
import type { AuthLog } from '../reloaded.ts';
import { keysOfJwks } from './jwks.ts';
import type { Key } from './key.ts';

/** How long the issuer has to answer, in ms. */
const FETCH_MS = 5_000;

/** Largest answer, in bytes. */
const ANSWER_BYTES = 256 * 1024;

/**
 * How old the keys may be before they are asked for again, in ms: a key that the issuer withdrew is good for so long at
 * most.
 */
const FRESH_MS = 600_000;

/** An unknown key name asks the issuer at most this often, in ms: anybody can make up names. */
export const UNKNOWN_KEY_MS = 30_000;

const setting = 'auth.jwksUrl';

export interface RemoteKeysOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly log: AuthLog;
}

/** The keys that an issuer publishes. While they cannot be fetched, those fetched last hold. */
export class RemoteKeys {
  readonly #options: RemoteKeysOptions;
  readonly #closed = new AbortController();
  #keys: readonly Key[] = [];
  /** What the issuer answered last. */
  #text: string | undefined;
  #fetching: Promise<void> | undefined;
  #askedMs = Number.NEGATIVE_INFINITY;
  #isUnreachable = false;
  #callOff: (() => void) | undefined;

  constructor(options: RemoteKeysOptions) {
    this.#options = options;
  }

  get keys(): readonly Key[] {
    return this.#keys;
  }

  /** Whether the last fetch failed, so that the issuer may have keys that are not known here. */
  get isUnreachable(): boolean {
    return this.#isUnreachable;
  }

  /**
   * Whether they were asked for before this moment, by `Clock.elapsed`: a key that its issuer has made since then is
   * not among them.
   */
  isOlderThan(ms: number): boolean {
    return this.#askedMs < ms;
  }

  /** Fetches the keys now, or waits for the fetch that is on its way. It never rejects. */
  refresh(): Promise<void> {
    if (this.#closed.signal.aborted) return Promise.resolve();
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  /** The same for a key name that is not known: unless that was asked a short while ago. */
  async refetch(): Promise<void> {
    const sinceMs = this.#options.clock.elapsed() - this.#askedMs;
    if (this.#fetching || sinceMs >= UNKNOWN_KEY_MS) await this.refresh();
  }

  close(): void {
    this.#callOff?.();
    this.#closed.abort();
  }

  async #fetch(): Promise<void> {
    const { url, clock, log } = this.#options;
    this.#askedMs = clock.elapsed();
    this.#callOff?.();
    try {
      const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(FETCH_MS)]);
      this.#take(await textAt(url, signal));
      this.#isUnreachable = false;
    } catch (error) {
      this.#isUnreachable = true;
      // Whatever comes after this is news.
      this.#text ??= '';
      if (!this.#closed.signal.aborted)
        log.report('keys-not-reloaded', { setting, reason: reasonOf(error), kept: this.#keys.length });
    }
    if (!this.#closed.signal.aborted) this.#callOff = clock.later(FRESH_MS, () => void this.refresh());
  }

  /** @throws where the answer is no set of keys; those known before are kept then */
  #take(text: string): void {
    this.#keys = keysOfJwks(JSON.parse(text), 'url');
    // The same ones every ten minutes are no news.
    if (this.#text !== undefined && text !== this.#text)
      this.#options.log.report('keys-reloaded', { setting, keys: this.#keys.length });
    this.#text = text;
  }
}

async function textAt(url: string, signal: AbortSignal): Promise<string> {
  // A redirect could lead off https, or to another host than the operator named.
  const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
  if (!response.ok || response.body === null) throw new Error(`it answers ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES) throw new Error(`its answer has more than ${ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** What went wrong, without what the other side has sent: the words of the JSON parser quote it. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'its answer is not JSON';
  const { message, cause } = error as Error;
  const { code } = (cause ?? {}) as { code?: string };
  return code === undefined ? message : `${message} (${code})`;
}
