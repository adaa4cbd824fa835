import type { StoredKey, StoreRecord } from '../../core/log/store.ts';
import { ZEROMQ_USER } from '../../core/sharing/fair-share.ts';
import { isU53, readCount, readU53, textAt } from './bytes.ts';
import { Names } from './names.ts';
import { FENCE_BYTES, KEY_BYTES, MISSED_BYTES, RECORD, RECORD_HEADER_BYTES } from './record.ts';

const KNOWN_FLAGS =
  RECORD.gap | RECORD.republish | RECORD.key | RECORD.noUser | RECORD.mobileKey | RECORD.fence;
/** Only a put has these. */
const PUT_FLAGS = KNOWN_FLAGS & ~RECORD.gap;

/** Of all records that this process reads. */
const NAMES = new Names();

/** A record in its bytes. What it has is decoded when it is asked for: most of a pack may not be. */
export class RecordView {
  /** How many channels it has, and entries: one for each. */
  count = 0;
  /** Where in its pack it ends. */
  end = 0;
  readonly #bytes: Buffer;
  #flags = 0;
  #channelsAt = 0;
  #userAt = 0;
  #keyAt = 0;
  #payloadAt = 0;
  #channels: readonly string[] | undefined;

  /** The record that begins at a place, and ends before another one; undefined: there is none that is whole. */
  static at(bytes: Buffer, start: number, most: number): RecordView | undefined {
    const record = new RecordView(bytes);
    return record.move(start, most) ? record : undefined;
  }

  /** A view for many records, one after the other: see `move`. It shows none yet. */
  static over(bytes: Buffer): RecordView {
    return new RecordView(bytes);
  }

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Shows the record that begins at a place, and ends before another one; answers false where there is none. */
  move(start: number, most: number): boolean {
    this.#channels = undefined;
    return start + RECORD_HEADER_BYTES <= most && this.#find(start, most);
  }

  get kind(): StoreRecord['kind'] {
    return this.#flags & RECORD.gap ? 'gap' : 'put';
  }

  get republish(): boolean {
    return (this.#flags & RECORD.republish) !== 0;
  }

  get channels(): readonly string[] {
    if (this.#channels) return this.#channels;
    const channels: string[] = [];
    let at = this.#channelsAt;
    for (let i = 0; i < this.count; i++) {
      const end = at + 1 + (this.#bytes[at] as number);
      channels.push(NAMES.at(this.#bytes, at + 1, end));
      at = end;
    }
    this.#channels = channels;
    return channels;
  }

  /** Its bytes in the pack, which nobody may write to. Of a gap: empty. */
  get payload(): Buffer {
    return this.#bytes.subarray(this.#payloadAt, this.end);
  }

  /** Of a gap: nobody's. */
  get user(): string {
    if (this.#flags & (RECORD.gap | RECORD.noUser)) return ZEROMQ_USER;
    return textAt(this.#bytes, this.#userAt + 2, this.#keyAt);
  }

  get key(): StoredKey | undefined {
    if (!(this.#flags & RECORD.key)) return undefined;
    const idAt = this.#payloadAt - KEY_BYTES;
    return {
      client: textAt(this.#bytes, this.#keyAt + 2, idAt),
      id: readU53(this.#bytes, idAt),
      fingerprint: this.#bytes.toString('base64', idAt + 8, this.#payloadAt),
      isMobile: (this.#flags & RECORD.mobileKey) !== 0,
    };
  }

  /** Which claim it was read under; undefined: under none. */
  get fence(): number | undefined {
    return this.#flags & RECORD.fence ? readU53(this.#bytes, this.#userAt - FENCE_BYTES) : undefined;
  }

  /** How many publications a gap reports on each channel; null: unknown. Of a put: 1. */
  get missed(): number | null {
    return this.#flags & RECORD.gap ? readCount(this.#bytes, this.#channelsAt - MISSED_BYTES) : 1;
  }

  /** All of it, as it was appended. The payload is still that of the pack. */
  record(): StoreRecord {
    const { channels, missed, payload, republish, user, key, fence } = this;
    if (this.kind === 'gap') return { kind: 'gap', channels, missed };
    return { kind: 'put', channels, payload, republish, user, key, ...(fence !== undefined && { fence }) };
  }

  /** Finds where its parts begin; answers whether they are possible, and all of it is there. */
  #find(start: number, most: number): boolean {
    const bytes = this.#bytes;
    const flags = bytes[start] as number;
    this.#flags = flags;
    this.count = bytes.readUInt16LE(start + 2);
    if (bytes[start + 1] !== 0 || this.count === 0 || !areFlags(flags)) return false;
    const isGap = (flags & RECORD.gap) !== 0;
    this.#channelsAt = start + RECORD_HEADER_BYTES + (isGap ? MISSED_BYTES : 0);
    let at = this.#channelsAt;
    for (let i = 0; i < this.count; i++) {
      if (at >= most) return false;
      at += 1 + (bytes[at] as number);
    }
    if (flags & RECORD.fence) {
      at += FENCE_BYTES;
      if (at > most || !isU53(readU53(bytes, at - FENCE_BYTES))) return false;
    }
    this.#userAt = at;
    if (!isGap && !(flags & RECORD.noUser)) {
      if (at + 2 > most) return false;
      at += 2 + bytes.readUInt16LE(at);
    }
    this.#keyAt = at;
    if (flags & RECORD.key) {
      if (at + 2 > most) return false;
      at += 2 + bytes.readUInt16LE(at) + KEY_BYTES;
      if (at > most || !isU53(readU53(bytes, at - KEY_BYTES))) return false;
    }
    this.#payloadAt = at;
    this.end = at + bytes.readUInt32LE(start + 4);
    return this.end <= most && !(isGap && this.end > at);
  }
}

function areFlags(flags: number): boolean {
  if (flags & ~KNOWN_FLAGS) return false;
  if (flags & RECORD.gap) return (flags & PUT_FLAGS) === 0;
  return (flags & (RECORD.key | RECORD.mobileKey)) !== RECORD.mobileKey;
}
