import type { Publication } from '../types.ts';

/**
 * The newest publication of each channel, in the order in which they came. While a load is under way it knows which
 * channels the log has named in it: the others are then no longer in the log.
 */
export class Newest {
  readonly #most: number;
  /** The longest unchanged first. */
  readonly #byChannel = new Map<string, Publication>();
  #snapshot: ReadonlyMap<string, Publication> | undefined;
  /** Of the load under way; undefined: none is. */
  #loaded: Set<string> | undefined;
  /** Something had to go for lack of room: since the last load began, and since the one under way did. */
  #isOver = false;
  #isOverNow = false;

  /** @param most channels that it keeps; the longest unchanged goes for one more */
  constructor(most: number) {
    this.#most = most;
  }

  /** Another map only after a change. */
  get entries(): ReadonlyMap<string, Publication> {
    this.#snapshot ??= new Map(this.#byChannel);
    return this.#snapshot;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get(channel: string): Publication | undefined {
    return this.#byChannel.get(channel);
  }

  /** Answers whether it changed anything: a load names again what is here already. */
  take(publication: Publication): boolean {
    const { channel, epoch, offset } = publication;
    this.#loaded?.add(channel);
    const before = this.#byChannel.get(channel);
    if (before?.epoch === epoch && before.offset === offset) return false;
    this.#byChannel.delete(channel);
    this.#byChannel.set(channel, publication);
    this.#snapshot = undefined;
    if (this.#byChannel.size <= this.#most) return true;
    const [oldest] = this.#byChannel.keys();
    if (oldest !== undefined) this.#remove(oldest);
    this.#isOver = true;
    this.#isOverNow = true;
    return true;
  }

  /** From now on the log names the newest of all channels. */
  loads(): void {
    this.#loaded = new Set();
    this.#isOverNow = false;
  }

  /**
   * The log has named all that it has: what it has not named goes, because a newer one may be lost with it. Answers the
   * epochs of what went; undefined where no load was under way.
   */
  hasLoaded(): Set<string> | undefined {
    const loaded = this.#loaded;
    if (loaded === undefined) return undefined;
    this.#loaded = undefined;
    this.#isOver = this.#isOverNow;
    const gone = new Set<string>();
    for (const [channel, { epoch }] of this.#byChannel) {
      if (loaded.has(channel)) continue;
      gone.add(epoch);
      this.#remove(channel);
    }
    return gone;
  }

  #remove(channel: string): void {
    this.#byChannel.delete(channel);
    this.#loaded?.delete(channel);
    this.#snapshot = undefined;
  }
}
