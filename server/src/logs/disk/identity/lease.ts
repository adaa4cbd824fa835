import type { Clock } from '@zerospan/shared';

/** Fewest offsets that a lease is raised by, and most: what one that cannot be read may have gone further. */
export const LEASE_LEAST = 4_096;
export const LEASE_MOST = 4_194_304;

/** For how long a lease is meant to last. It is raised when half of it is used. */
const AHEAD_MS = 4_000;

/** Over less, a few offsets at once would count as a very high rate. */
const SHORTEST_MS = 250;

export interface LeaseOptions {
  readonly clock: Clock;
  /** Offset that was given last. */
  readonly head: number;
  /** Offsets up to this one may be given already. */
  readonly upTo: number;
  /** Makes it safe that offsets up to this one may have been given. It is called again only when it has settled. */
  readonly raise: (upTo: number) => Promise<void>;
}

/**
 * The offsets that may be given: a power loss may take what was given last, and an offset that was given must not be
 * given again. So a mark above the head is made safe in advance, and after a power loss the log goes on above that.
 */
export class Lease {
  readonly #clock: Clock;
  readonly #raise: (upTo: number) => Promise<void>;
  #head: number;
  #upTo: number;
  #step = LEASE_LEAST;
  /** Since when offsets are counted, and from which one. */
  #since: { readonly head: number; readonly atMs: number };
  #raising: Promise<void> | undefined;

  constructor({ clock, head, upTo, raise }: LeaseOptions) {
    this.#clock = clock;
    this.#raise = raise;
    this.#head = head;
    this.#upTo = upTo;
    this.#since = { head, atMs: clock.elapsed() };
  }

  /** Offsets up to this one may be given. */
  get upTo(): number {
    return this.#upTo;
  }

  /** Offsets up to this one were given. Has the lease raised when half of it is used. */
  given(head: number): void {
    this.#head = head;
    if (this.#upTo - head >= this.#step / 2) return;
    // A caller that needs more than there is tries again, and is given the error.
    this.#higher(head).catch(() => undefined);
  }

  /** Resolves when offsets up to this one may be given. Rejects with what `raise` rejects with. */
  async reach(offset: number): Promise<void> {
    while (this.#upTo < offset) await this.#higher(offset);
  }

  #higher(needed: number): Promise<void> {
    this.#raising ??= this.#raiseFor(needed).finally(() => {
      this.#raising = undefined;
    });
    return this.#raising;
  }

  async #raiseFor(needed: number): Promise<void> {
    const atMs = this.#clock.elapsed();
    const perMs = (this.#head - this.#since.head) / Math.max(atMs - this.#since.atMs, SHORTEST_MS);
    this.#since = { head: this.#head, atMs };
    this.#step = Math.min(Math.max(Math.ceil(perMs * AHEAD_MS), LEASE_LEAST), LEASE_MOST);
    const upTo = Math.min(Math.max(this.#head, needed) + this.#step, this.#upTo + LEASE_MOST);
    if (upTo <= this.#upTo) return;
    await this.#raise(upTo);
    this.#upTo = upTo;
  }
}
