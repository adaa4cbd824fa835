/** What one session holds of a bound that all sessions of its user have together. */
export interface Holding {
  readonly user: string;
  readonly count: number;
  /** Sets its number from now on; 0 when it ends. */
  be(count: number): void;
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
    let held = 0;
    return {
      user,
      get count() {
        return held;
      },
      be: (count) => {
        const sum = this.of(user) + count - held;
        if (sum > 0) this.#byUser.set(user, sum);
        else this.#byUser.delete(user);
        this.#total += count - held;
        held = count;
      },
    };
  }
}
