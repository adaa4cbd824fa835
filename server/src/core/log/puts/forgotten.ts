/**
 * Users of whom it is known by themselves how far their puts were forgotten; beyond, what holds for one more holds for
 * all.
 */
const USERS_MOST = 10_000;

/** Who put, as far as it matters for what is forgotten. */
export interface Owner {
  readonly user: string;
  /** See `PutKey.isMobile`. */
  readonly isMobile: boolean;
}

/**
 * Up to which time puts have been forgotten: of all users for their age, of one user because it put more than its
 * share. Clients that go by their address may come back as another user: what is forgotten of one of these holds for
 * all of these, or their puts could be appended twice.
 */
export class Forgotten {
  readonly #ageMs: number;
  #ofAllMs = Number.NEGATIVE_INFINITY;
  #ofMobileMs = Number.NEGATIVE_INFINITY;
  /**
   * In two generations: after its second one, what is known of a user holds for all, whose puts are as old are
   * forgotten anyway.
   */
  #byUser = new Map<string, number>();
  #before = new Map<string, number>();
  #sinceMs = Number.NEGATIVE_INFINITY;

  /** @param ageMs how long a put is remembered */
  constructor(ageMs: number) {
    this.#ageMs = ageMs;
  }

  /** Users of whom something is known by themselves. */
  get users(): number {
    return this.#byUser.size + this.#before.size;
  }

  /**
   * When the newest put of a user that is forgotten was appended: of older ones it is not known whether they ever came.
   */
  upTo({ user, isMobile }: Owner): number {
    if (isMobile) return Math.max(this.#ofMobileMs, this.#ofAllMs);
    const own = this.#byUser.get(user) ?? this.#before.get(user) ?? Number.NEGATIVE_INFINITY;
    return Math.max(own, this.#ofAllMs);
  }

  /** A put of this moment has been forgotten for its age. */
  aged(atMs: number): void {
    this.#ofAllMs = Math.max(this.#ofAllMs, atMs);
  }

  /** A put of this user and moment has been forgotten because its user put too many. */
  crowdedOut({ user, isMobile }: Owner, atMs: number): void {
    if (isMobile) this.#ofMobileMs = Math.max(this.#ofMobileMs, atMs);
    else if (this.#byUser.size >= USERS_MOST && !this.#byUser.has(user)) this.aged(atMs);
    else this.#byUser.set(user, atMs);
  }

  /** To be called now and then. */
  rotate(nowMs: number): void {
    if (nowMs - this.#sinceMs < this.#ageMs) return;
    for (const atMs of this.#before.values()) this.aged(atMs);
    this.#before = this.#byUser;
    this.#byUser = new Map();
    this.#sinceMs = nowMs;
  }
}
