/**
 * What one session holds of a bound that all sessions of its user have together. A class: of an object with functions
 * of its own, ten thousand sessions would hold a megabyte more.
 */
export class Holding {
  readonly user: string;
  readonly #bound: PerUser;
  #count = 0;

  constructor(user: string, bound: PerUser) {
    this.user = user;
    this.#bound = bound;
  }

  get count(): number {
    return this.#count;
  }

  /** Sets its number from now on; 0 when it ends. */
  be(count: number): void {
    this.#bound.grow(this.user, count - this.#count);
    this.#count = count;
  }
}

/** A bound for each user, over all its sessions: more connections bring no more of it. */
export class PerUser {
  readonly #most: number;
  readonly #byUser = new Map<string, number>();
  #total = 0;

  /** @param most 0: unlimited */
  constructor(most: number) {
    this.#most = most > 0 ? most : Number.POSITIVE_INFINITY;
  }

  /** What all users hold. */
  get total(): number {
    return this.#total;
  }

  /** How many users hold something. */
  get users(): number {
    return this.#byUser.size;
  }

  of(user: string): number {
    return this.#byUser.get(user) ?? 0;
  }

  hasRoom(user: string, count: number): boolean {
    return this.of(user) + count <= this.#most;
  }

  get most(): number {
    return this.#most;
  }

  /** For one session of a user, which holds nothing yet. */
  hold(user: string): Holding {
    return new Holding(user, this);
  }

  /** Called by what a session holds. @param by below 0 where it holds less */
  grow(user: string, by: number): void {
    const sum = this.of(user) + by;
    if (sum > 0) this.#byUser.set(user, sum);
    else this.#byUser.delete(user);
    this.#total += by;
  }
}
