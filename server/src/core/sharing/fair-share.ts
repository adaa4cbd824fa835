/** Up to this part of a bound, anybody may take anything: so much one user alone may have. */
const OPEN = 3 / 4;

/** Beyond, a user takes more only while it holds no more than this part of the bound. */
const SHARE = 1 / 16;

const NOTHING = { own: 0, all: 0 };

/** Messages from ZeroMQ say nothing of users: all of them together are one, which is no name of a user. */
export const ZEROMQ_USER = '';

/**
 * A bound of the whole server that no user can exhaust for the others: three quarters are open to everybody, and the
 * last quarter to users that hold a sixteenth of the bound at most.
 */
export class FairShare {
  readonly #most: number;
  readonly #share: number;
  readonly #held = new Map<string, number>();
  #taken = 0;

  /** @param most 0: unlimited */
  constructor(most: number) {
    this.#most = most > 0 ? most : Number.POSITIVE_INFINITY;
    this.#share = Math.max(this.#most * SHARE, 1);
  }

  /** What all users hold. */
  get taken(): number {
    return this.#taken;
  }

  /** How many users hold something. */
  get users(): number {
    return this.#held.size;
  }

  of(user: string): number {
    return this.#held.get(user) ?? 0;
  }

  /**
   * How much more this user may take now.
   * @param coming what it and all users are about to take
   */
  roomFor(user: string, { own, all }: { readonly own: number; readonly all: number } = NOTHING): number {
    const taken = this.#taken + all;
    const open = this.#most * OPEN - taken;
    // No user has more by its share: the usual case, with each message from ZeroMQ.
    if (open >= this.#share) return open;
    const share = Math.min(this.#share - this.of(user) - own, this.#most - taken);
    return Math.max(open, share, 0);
  }

  hasRoom(user: string, count = 1): boolean {
    return count <= this.roomFor(user);
  }

  /** Whether this user holds more than its share while three quarters of the bound are taken. */
  isOver(user: string): boolean {
    return this.#taken > this.#most * OPEN && this.of(user) > this.#share;
  }

  /** Whether all users together hold more than the bound. */
  get isFull(): boolean {
    return this.#taken > this.#most;
  }

  /** Counts what a user has taken, with room or without: see {@link hasRoom}. */
  take(user: string, count = 1): void {
    if (count === 0) return;
    this.#held.set(user, this.of(user) + count);
    this.#taken += count;
  }

  release(user: string, count = 1): void {
    const left = this.of(user) - count;
    if (left > 0) this.#held.set(user, left);
    else this.#held.delete(user);
    this.#taken -= count;
  }
}
