/** One channel of a put, with its place on the log. */
export interface PutChannel {
  readonly channel: string;
  readonly offset: number;
}

/** What became of one channel's publication at one session. */
export type Fate = 'confirmed' | 'skipped' | 'unanswered';

/** Bytes of a place in the columns below, with the counts that nearly every receipt comes to. */
export const PLACE_BYTES = 6;

/** Bytes of a place more, where single publications were skipped. */
const SINGLE_BYTES = 8;

/**
 * The channels of a put, and which of them match each group of sessions: a place for each, in columns. There are as
 * many places as groups times channels, and an object for each would be a hundred bytes.
 */
export class Places {
  readonly channels: readonly string[];
  /** They ascend. */
  readonly offsets: readonly number[];
  /** Of each place: the number of its channel, from 0. */
  readonly #indexes: Uint16Array;
  /**
   * Of each group, one number more than it has places: at `n`, how many sessions confirmed just its first `n` places.
   */
  readonly #reached: Uint32Array;
  /**
   * Of each place: sessions that skipped it, and those of them that are counted as if they had confirmed it. Made when
   * needed.
   */
  #single: { readonly skipped: Uint32Array; readonly unconfirmed: Uint32Array } | undefined;
  #length = 0;
  #groups = 0;

  /** @param places of all groups together */
  constructor(channels: readonly PutChannel[], groups: number, places: number) {
    this.channels = channels.map(({ channel }) => channel);
    this.offsets = channels.map(({ offset }) => offset);
    this.#indexes = new Uint16Array(places);
    this.#reached = new Uint32Array(places + groups);
  }

  /** Adds the places of one more group, and answers where they begin. */
  add(indexes: readonly number[]): { readonly from: number; readonly counts: number } {
    const from = this.#length;
    this.#indexes.set(indexes, from);
    this.#length += indexes.length;
    return { from, counts: from + this.#groups++ };
  }

  indexAt(place: number): number {
    return this.#indexes[place] as number;
  }

  offsetAt(place: number): number {
    return this.offsets[this.indexAt(place)] as number;
  }

  channelAt(place: number): string {
    return this.channels[this.indexAt(place)] as string;
  }

  /** One more session confirmed just this number of places of the group whose counts begin there. */
  reached(counts: number, places: number): void {
    this.#reached[counts + places] = this.#reachedAt(counts + places) + 1;
  }

  /** How many sessions did. */
  reachedBy(counts: number, places: number): number {
    return this.#reachedAt(counts + places);
  }

  /** What the columns for single places take: 0 until they are made. */
  get singleBytes(): number {
    return this.#single ? this.#indexes.length * SINGLE_BYTES : 0;
  }

  /** One more session is not given a place, or did not answer for it, whatever it acknowledged. */
  missed(place: number, fate: Fate, isReached: boolean): void {
    const { length } = this.#indexes;
    this.#single ??= { skipped: new Uint32Array(length), unconfirmed: new Uint32Array(length) };
    const { skipped, unconfirmed } = this.#single;
    if (fate === 'skipped') skipped[place] = (skipped[place] as number) + 1;
    if (isReached) unconfirmed[place] = (unconfirmed[place] as number) + 1;
  }

  skippedAt(place: number): number {
    return this.#single?.skipped[place] ?? 0;
  }

  unconfirmedAt(place: number): number {
    return this.#single?.unconfirmed[place] ?? 0;
  }

  #reachedAt(at: number): number {
    return this.#reached[at] as number;
  }
}
