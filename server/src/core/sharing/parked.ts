/**
 * Those who wait for a slot that their user may have: the users take turns, and those of one user go in the order in
 * which they came.
 */
export class Parked<T extends { readonly user: string }> {
  /** The user whose turn it is first. */
  readonly #byUser = new Map<string, Set<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(one: T): boolean {
    return this.#byUser.get(one.user)?.has(one) === true;
  }

  add(one: T): void {
    const all = this.#byUser.get(one.user) ?? new Set();
    if (all.has(one)) return;
    this.#byUser.set(one.user, all.add(one));
    this.#size++;
  }

  remove(one: T): void {
    const all = this.#byUser.get(one.user);
    if (!all?.delete(one)) return;
    this.#size--;
    if (all.size === 0) this.#byUser.delete(one.user);
  }

  /** Takes the next one out. @param hasRoom whether a user may have a slot; only so few may not */
  next(hasRoom: (user: string) => boolean): T | undefined {
    for (const [user, all] of this.#byUser) {
      if (!hasRoom(user)) continue;
      const [one] = all;
      if (!one) continue;
      this.remove(one);
      if (all.size > 0) {
        this.#byUser.delete(user);
        this.#byUser.set(user, all);
      }
      return one;
    }
    return undefined;
  }
}
