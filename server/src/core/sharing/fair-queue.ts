import { FairShare } from './fair-share.ts';

/** One thing in a {@link FairQueue}: by whom, and how much it counts. */
export interface Queued<T> {
  readonly user: string;
  readonly weight: number;
  readonly value: T;
}

/**
 * With its neighbours of the whole queue, and of its user: links cost less than a second and a third map of a hundred
 * thousand.
 */
class Node<T> implements Queued<T> {
  readonly user: string;
  readonly weight: number;
  readonly value: T;
  older: Node<T> | undefined;
  newer: Node<T> | undefined;
  olderOwn: Node<T> | undefined;
  newerOwn: Node<T> | undefined;

  constructor(user: string, weight: number, value: T) {
    this.user = user;
    this.weight = weight;
    this.value = value;
  }
}

/** The ends of a list. */
interface Ends<T> {
  oldest: Node<T> | undefined;
  newest: Node<T> | undefined;
}

/**
 * What is kept within a bound, the oldest going first. A user that holds more than its share (see {@link FairShare})
 * makes room from its own, so that the others keep theirs.
 */
export class FairQueue<T> {
  readonly #share: FairShare;
  readonly #onGone: (gone: Queued<T>) => void;
  readonly #all: Ends<T> = { oldest: undefined, newest: undefined };
  readonly #byUser = new Map<string, Ends<T>>();
  #count = 0;

  /**
   * @param most the weights of all together; 0: unlimited
   * @param onGone called with each that has left to make room; also with one just added, if it alone is more than a
   * share and there is no room
   */
  constructor(most: number, onGone: (gone: Queued<T>) => void) {
    this.#share = new FairShare(most);
    this.#onGone = onGone;
  }

  get count(): number {
    return this.#count;
  }

  /** The weights of all together. */
  get weight(): number {
    return this.#share.taken;
  }

  /** How many users have something in it. */
  get users(): number {
    return this.#byUser.size;
  }

  get oldest(): Queued<T> | undefined {
    return this.#all.oldest;
  }

  /** Adds the newest. Answers what `remove` takes; who has noted that calls {@link makeRoom}. */
  add(user: string, weight: number, value: T): Queued<T> {
    const node = new Node(user, weight, value);
    const own = this.#byUser.get(user) ?? { oldest: undefined, newest: undefined };
    this.#byUser.set(user, own);
    this.#append(node, own);
    this.#share.take(user, weight);
    this.#count++;
    return node;
  }

  /** Lets go of what has no room, now that this user has added something. */
  makeRoom(user: string): void {
    for (;;) {
      const own = this.#share.isOver(user) ? this.#byUser.get(user) : undefined;
      const gone = own?.oldest ?? (this.#share.isFull ? this.#all.oldest : undefined);
      if (!gone) return;
      this.remove(gone);
      this.#onGone(gone);
    }
  }

  /** Takes one out that is there. */
  remove(queued: Queued<T>): void {
    const node = queued as Node<T>;
    const own = this.#byUser.get(node.user) as Ends<T>;
    this.#detach(node, own);
    if (!own.oldest) this.#byUser.delete(node.user);
    this.#share.release(node.user, node.weight);
    this.#count--;
  }

  #append(node: Node<T>, own: Ends<T>): void {
    const all = this.#all;
    node.older = all.newest;
    node.olderOwn = own.newest;
    if (all.newest) all.newest.newer = node;
    else all.oldest = node;
    if (own.newest) own.newest.newerOwn = node;
    else own.oldest = node;
    all.newest = node;
    own.newest = node;
  }

  #detach(node: Node<T>, own: Ends<T>): void {
    const all = this.#all;
    const { older, newer, olderOwn, newerOwn } = node;
    if (older) older.newer = newer;
    else all.oldest = newer;
    if (newer) newer.older = older;
    else all.newest = older;
    if (olderOwn) olderOwn.newerOwn = newerOwn;
    else own.oldest = newerOwn;
    if (newerOwn) newerOwn.olderOwn = olderOwn;
    else own.newest = olderOwn;
  }
}
