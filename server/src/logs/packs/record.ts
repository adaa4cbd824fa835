import { CHANNEL_MAX_BYTES } from '@zerospan/shared';
import type { StoredKey, StoreRecord } from '../../core/log/store.ts';
import { ZEROMQ_USER } from '../../core/sharing/fair-share.ts';
import { isU53, writeCount, writeText, writeU53 } from './bytes.ts';
import { FINGERPRINT_BYTES, writeFingerprint } from './fingerprint.ts';

/** What the flags of a record say. */
export const RECORD = { gap: 1, republish: 2, key: 4, noUser: 8, mobileKey: 16, fence: 32 } as const;

/** Flags, a zero, channels, bytes of the payload. */
export const RECORD_HEADER_BYTES = 8;

/** How many publications a gap reports. */
export const MISSED_BYTES = 8;

/** Behind the channels of a put that was read under a claim. */
export const FENCE_BYTES = 8;

/** Of a put key: its id and its fingerprint, behind the client. */
export const KEY_BYTES = 8 + FINGERPRINT_BYTES;

/** Longest text with a length of two bytes, and most channels of a record. */
const U16_MOST = 0xffff;
const U32_MOST = 0xffff_ffff;

/** No record is written in more bytes than this: letters count as three. */
export function recordBytesMost(record: StoreRecord): number {
  let bytes = RECORD_HEADER_BYTES;
  for (const { length } of record.channels) bytes += 1 + 3 * length;
  if (record.kind === 'gap') return bytes + MISSED_BYTES;
  const { payload, user, key, fence } = record;
  bytes += payload.byteLength + 2 + 3 * user.length + (fence === undefined ? 0 : FENCE_BYTES);
  return key ? bytes + 2 + 3 * key.client.length + KEY_BYTES : bytes;
}

/**
 * Writes a record where there is room for `recordBytesMost`; answers where it ends.
 * @throws RangeError if it cannot be written so that the same is read again
 */
export function writeRecord(bytes: Buffer, record: StoreRecord, start: number): number {
  const { channels } = record;
  if (channels.length === 0 || channels.length > U16_MOST)
    throw new RangeError(`a record has 1 to ${U16_MOST} channels, not ${channels.length}`);
  bytes[start + 1] = 0;
  bytes[start + 2] = channels.length;
  bytes[start + 3] = channels.length >>> 8;
  let at = start + RECORD_HEADER_BYTES;
  if (record.kind === 'gap') {
    const { missed } = record;
    if (missed !== null && !isU53(missed)) throw new RangeError(`a gap of ${missed} cannot be written`);
    bytes[start] = RECORD.gap;
    bytes.writeUInt32LE(0, start + 4);
    writeCount(bytes, missed, at);
    return writeChannels(bytes, channels, at + MISSED_BYTES);
  }
  const { payload, republish, user, key, fence } = record;
  if (payload.byteLength > U32_MOST)
    throw new RangeError(`a payload of ${payload.byteLength} bytes cannot be written`);
  if (fence !== undefined && !isU53(fence)) throw new RangeError(`a fence of ${fence} cannot be written`);
  const hasUser = user !== ZEROMQ_USER;
  bytes[start] =
    (republish ? RECORD.republish : 0) |
    (hasUser ? 0 : RECORD.noUser) |
    (key ? RECORD.key : 0) |
    (key?.isMobile ? RECORD.mobileKey : 0) |
    (fence === undefined ? 0 : RECORD.fence);
  bytes.writeUInt32LE(payload.byteLength, start + 4);
  at = writeChannels(bytes, channels, at);
  if (fence !== undefined) {
    writeU53(bytes, fence, at);
    at += FENCE_BYTES;
  }
  if (hasUser) at = writeLongText(bytes, user, at, 'user');
  if (key) at = writeKey(bytes, key, at);
  bytes.set(payload, at);
  return at + payload.byteLength;
}

function writeChannels(bytes: Buffer, channels: readonly string[], start: number): number {
  let at = start;
  for (const channel of channels) {
    const end = writeText(bytes, channel, at + 1);
    const length = end - at - 1;
    if (length > CHANNEL_MAX_BYTES)
      throw new RangeError(
        `a channel name of ${length} bytes cannot be written: more than ${CHANNEL_MAX_BYTES}`,
      );
    bytes[at] = length;
    at = end;
  }
  return at;
}

function writeKey(bytes: Buffer, { client, id, fingerprint }: StoredKey, start: number): number {
  if (!isU53(id)) throw new RangeError(`a put key with the id ${id} cannot be written`);
  const at = writeLongText(bytes, client, start, 'client id');
  writeU53(bytes, id, at);
  return writeFingerprint(bytes, fingerprint, at + 8);
}

/** Writes a text behind its length in two bytes. */
export function writeLongText(bytes: Buffer, text: string, at: number, what: string): number {
  const end = writeText(bytes, text, at + 2);
  const length = end - at - 2;
  if (length > U16_MOST)
    throw new RangeError(`a ${what} of ${length} bytes cannot be written: more than ${U16_MOST}`);
  bytes.writeUInt16LE(length, at);
  return end;
}
