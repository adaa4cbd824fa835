import type { Placed } from '../../core/log/frame.ts';
import type { Entry } from '../../core/log/log.ts';
import type { Channel } from './channel.ts';

/** What is known of an entry before it has its place. */
export type About = Pick<Entry, 'kind' | 'offset' | 'time' | 'channel' | 'republish'> & Pick<Held, 'stands'>;

/**
 * An entry as this log holds it: its frame is a piece of a slab, and no object of its own. Entries live for minutes, and every object that
 * lives so long is moved twice by the garbage collector: with a Buffer each, the log cost more than all else on a publication's way.
 */
export class Held implements Entry {
  readonly kind: Entry['kind'];
  readonly offset: number;
  readonly time: number;
  /** The very string that its channel is known by, once the store has added it. */
  channel: string;
  readonly republish: boolean;
  /** How many publications are missing without it: one, or as many as a gap tells of; null when nobody knows. */
  readonly stands: number | null;
  readonly frameBytes: number;
  readonly nativeAt: number;
  /** The how-manieth publication of its channel it is, from 1; for a gap, that of the publication before it. The store says so. */
  nth = 0;
  /** What the log knows of its channel; the store says so. */
  home: Channel | undefined;
  readonly #memory: Buffer;
  readonly #at: number;

  constructor({ kind, offset, time, channel, republish, stands }: About, placed: Placed) {
    this.kind = kind;
    this.offset = offset;
    this.time = time;
    this.channel = channel;
    this.republish = republish;
    this.stands = stands;
    this.frameBytes = placed.bytes;
    this.nativeAt = placed.nativeAt;
    this.#memory = placed.memory;
    this.#at = placed.at;
  }

  get frame(): Buffer {
    return this.#memory.subarray(this.#at, this.#at + this.frameBytes);
  }

  /** The same entry in memory of its own: its slab holds its neighbours' bytes as well. */
  apart(): Held {
    const memory = Buffer.allocUnsafeSlow(this.frameBytes);
    memory.set(this.frame);
    const held = new Held(this, { memory, at: 0, bytes: this.frameBytes, nativeAt: this.nativeAt });
    held.nth = this.nth;
    held.home = this.home;
    return held;
  }
}
