import type { Entry } from '../log.ts';
import { HEADROOM_BYTES, type Placed } from '../text.ts';

/** What is known of an entry beside its text. */
export type About = Pick<Entry, 'kind' | 'offset' | 'time' | 'channel' | 'republish' | 'origin' | 'tally'>;

/**
 * An entry as it is handed out: its text is a piece of a slab. The log itself holds no such object: see `places.ts`.
 */
export class Held implements Entry {
  readonly kind: Entry['kind'];
  readonly offset: number;
  readonly time: number;
  readonly channel: string;
  readonly republish: boolean;
  readonly origin: string | undefined;
  readonly tally: Entry['tally'];
  readonly textBytes: number;
  readonly nativeAt: number;
  readonly #memory: Buffer;
  readonly #at: number;

  constructor(about: About, { memory, at, textBytes, nativeAt }: Placed) {
    const { kind, offset, time, channel, republish, origin, tally } = about;
    this.kind = kind;
    this.offset = offset;
    this.time = time;
    this.channel = channel;
    this.republish = republish;
    this.origin = origin;
    this.tally = tally;
    this.textBytes = textBytes;
    this.nativeAt = nativeAt;
    this.#memory = memory;
    this.#at = at;
  }

  get text(): Buffer {
    return this.withHeadroom(0);
  }

  withHeadroom(bytes: number): Buffer {
    return this.#memory.subarray(this.#at - bytes, this.#at + this.textBytes);
  }

  /** The same entry in memory of its own: its slab holds its neighbours' bytes as well. */
  apart(): Held {
    const { textBytes, nativeAt } = this;
    const memory = Buffer.allocUnsafeSlow(HEADROOM_BYTES + textBytes);
    memory.set(this.text, HEADROOM_BYTES);
    return new Held(this, { memory, at: HEADROOM_BYTES, textBytes, nativeAt });
  }
}
