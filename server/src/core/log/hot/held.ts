import type { Placed } from '../frame.ts';
import type { Entry } from '../log.ts';

/** What is known of an entry beside its frame. */
export type About = Pick<Entry, 'kind' | 'offset' | 'time' | 'channel' | 'republish' | 'origin' | 'tally'>;

/**
 * An entry as it is handed out: its frame is a piece of a slab. The log itself holds no such object: see `places.ts`.
 */
export class Held implements Entry {
  readonly kind: Entry['kind'];
  readonly offset: number;
  readonly time: number;
  readonly channel: string;
  readonly republish: boolean;
  readonly origin: string | undefined;
  readonly tally: Entry['tally'];
  readonly frameBytes: number;
  readonly nativeAt: number;
  readonly #memory: Buffer;
  readonly #at: number;

  constructor(about: About, { memory, at, bytes, nativeAt }: Placed) {
    const { kind, offset, time, channel, republish, origin, tally } = about;
    this.kind = kind;
    this.offset = offset;
    this.time = time;
    this.channel = channel;
    this.republish = republish;
    this.origin = origin;
    this.tally = tally;
    this.frameBytes = bytes;
    this.nativeAt = nativeAt;
    this.#memory = memory;
    this.#at = at;
  }

  get frame(): Buffer {
    return this.#memory.subarray(this.#at, this.#at + this.frameBytes);
  }

  /** The same entry in memory of its own: its slab holds its neighbours' bytes as well. */
  apart(): Held {
    const memory = Buffer.allocUnsafeSlow(this.frameBytes);
    memory.set(this.frame);
    return new Held(this, { memory, at: 0, bytes: this.frameBytes, nativeAt: this.nativeAt });
  }
}
