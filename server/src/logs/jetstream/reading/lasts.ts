import type { StoredEntry } from '../../../core/log/store.ts';

/** What one costs beside its payload and its channel, about. */
const OVERHEAD_BYTES = 160;

/** Bytes of the newest packs whose payloads are not copied: they are mostly replaced before they leave these. */
const SHARED_BYTES = 4 * 1024 * 1024;

interface Last {
  entry: StoredEntry;
}

/** A pack whose payloads are not copied yet. */
interface Shared {
  readonly bytes: number;
  readonly last: number;
  readonly channels: readonly (string | undefined)[];
}

/**
 * The last publication of each channel, so that it is still held when the stream has dropped it. Bounded by bytes, the
 * oldest going first.
 */
export class Lasts {
  readonly #bytesMost: number;
  /** In the order of offsets. */
  readonly #byChannel = new Map<string, Last>();
  readonly #shared: Shared[] = [];
  #sharedBytes = 0;
  #bytes = 0;

  /** @param bytesMost 0: none is kept */
  constructor(bytesMost: number) {
    this.#bytesMost = bytesMost;
  }

  get isOff(): boolean {
    return this.#bytesMost === 0;
  }

  /** Takes the next publication. */
  take(entry: StoredEntry): void {
    const { channel } = entry;
    this.#remove(channel);
    this.#byChannel.set(channel, { entry });
    this.#bytes += costOf(entry);
    for (const oldest of this.#byChannel.keys()) {
      if (this.#bytes <= this.#bytesMost) return;
      this.#remove(oldest);
    }
  }

  /** All of a pack was taken. @param last offset of its last entry */
  packTaken(bytes: number, last: number, channels: readonly (string | undefined)[]): void {
    this.#shared.push({ bytes, last, channels });
    this.#sharedBytes += bytes;
    while (this.#sharedBytes > SHARED_BYTES) this.#own(this.#shared.shift() as Shared);
  }

  /** Whether the last publication of a channel is at this offset. */
  isLast(channel: string, offset: number): boolean {
    return this.#byChannel.get(channel)?.entry.offset === offset;
  }

  /** Those above an offset, up to another one, in the order of offsets. */
  between(after: number, upTo: number): StoredEntry[] {
    const found: StoredEntry[] = [];
    for (const { entry } of this.#byChannel.values()) {
      if (entry.offset > upTo) break;
      if (entry.offset > after) found.push(entry);
    }
    return found;
  }

  #remove(channel: string): void {
    const last = this.#byChannel.get(channel);
    if (!last) return;
    this.#bytes -= costOf(last.entry);
    this.#byChannel.delete(channel);
  }

  /** What is still the last of its channel gets memory of its own: a few bytes would keep a whole pack. */
  #own({ bytes, last, channels }: Shared): void {
    this.#sharedBytes -= bytes;
    const first = last - channels.length + 1;
    for (const channel of channels) {
      const held = channel === undefined ? undefined : this.#byChannel.get(channel);
      if (!held || held.entry.offset < first || held.entry.offset > last) continue;
      held.entry = { ...held.entry, payload: Buffer.from(held.entry.payload) };
    }
  }
}

function costOf({ channel, payload }: StoredEntry): number {
  return OVERHEAD_BYTES + 2 * channel.length + payload.byteLength;
}
