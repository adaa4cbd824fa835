import { isU53, readU53, textAt, writeU53 } from '../../packs/bytes.ts';
import { crcOf } from '../../packs/check-sum.ts';
import { FORMAT_VERSION } from '../format/segment-header.ts';

/** What the log says of itself, apart from its entries. */
export interface Meta {
  /** 1 to 63 bytes. */
  readonly epoch: string;
  /** Clients of another epoch begin there. */
  readonly begins: number;
  /** The start of the machine in which it was last written. */
  readonly bootId: string;
  /** Of the file that holds it. A copy of the directory has another file. */
  readonly inode: string;
  /** When that file was created, in ms since 1970; 0: not known. A file that replaces another may get its inode. */
  readonly birthMs: number;
  /** The lease: offsets up to this one may have been given. */
  readonly leaseUpTo: number;
  /** The head that the newest start went on from. An offset up to it is not given any more, even if nothing has it. */
  readonly startedAt: number;
  /** The head that a clean end left behind, all of it synced; undefined: the log is open, or ended otherwise. */
  readonly cleanHead: number | undefined;
  /** Of the process that wrote it. */
  readonly pid: number;
  /** `log move` has been asked for: the next start takes the directory for this log, wherever it finds it. */
  readonly isMoved: boolean;
  /** Time of the newest put whose key is not known any more, in ms since 1970; 0: all are known. */
  readonly forgottenUpTo: number;
}

export type SlotRead =
  | { readonly kind: 'good'; readonly number: number; readonly meta: Meta }
  /** Nothing was ever written there. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'bad' }
  | { readonly kind: 'newer'; readonly version: number };

/** `ZMET`. */
const MAGIC = 0x54454d5a;

/** Bytes of a slot that are written: one sector, so that most drives write them whole or not at all. */
export const SLOT_BYTES = 512;

/** Where each field is. */
const AT = {
  // The first four are the same in every version, so that damage is not taken for another version.
  magic: 0,
  crc: 4,
  version: 8,
  bytes: 10,
  flags: 12,
  number: 16,
  begins: 24,
  leaseUpTo: 32,
  startedAt: 40,
  cleanHead: 48,
  forgottenUpTo: 56,
  birthMs: 64,
  pid: 72,
  epoch: 80,
  bootId: 144,
  inode: 208,
} as const;
const BYTES = 240;

const MOVED = 1;
const CLEAN = 2;

/** Longest text in each field; a byte with its length is before it. */
const LONG = 63;
const SHORT = 31;

/**
 * @param number of all that were written, the highest is the newest
 * @throws RangeError if it cannot be written
 */
export function writeSlot(meta: Meta, number: number): Buffer {
  const { begins, leaseUpTo, startedAt, cleanHead = 0, forgottenUpTo, birthMs } = meta;
  if (![number, begins, leaseUpTo, startedAt, cleanHead, forgottenUpTo, birthMs].every(isU53))
    throw new RangeError(`a number of this cannot be written: ${JSON.stringify(meta)}`);
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.writeUInt32LE(MAGIC, AT.magic);
  slot.writeUInt16LE(FORMAT_VERSION, AT.version);
  slot.writeUInt16LE(BYTES, AT.bytes);
  slot.writeUInt32LE((meta.isMoved ? MOVED : 0) | (meta.cleanHead === undefined ? 0 : CLEAN), AT.flags);
  writeU53(slot, number, AT.number);
  writeU53(slot, begins, AT.begins);
  writeU53(slot, leaseUpTo, AT.leaseUpTo);
  writeU53(slot, startedAt, AT.startedAt);
  writeU53(slot, cleanHead, AT.cleanHead);
  writeU53(slot, forgottenUpTo, AT.forgottenUpTo);
  writeU53(slot, birthMs, AT.birthMs);
  slot.writeUInt32LE(meta.pid, AT.pid);
  writeField(slot, meta.epoch, AT.epoch, LONG);
  writeField(slot, meta.bootId, AT.bootId, LONG);
  writeField(slot, meta.inode, AT.inode, SHORT);
  slot.writeUInt32LE(crcOf(slot.subarray(AT.version, BYTES)), AT.crc);
  return slot;
}

/** @param slot its bytes and what follows them, as far as the file goes: other versions may have more */
export function readSlot(slot: Buffer): SlotRead {
  if (slot.every((byte) => byte === 0)) return { kind: 'empty' };
  const bad = { kind: 'bad' } as const;
  if (slot.length < BYTES || slot.readUInt32LE(AT.magic) !== MAGIC) return bad;
  const bytes = slot.readUInt16LE(AT.bytes);
  if (bytes <= AT.flags || bytes > slot.length) return bad;
  if (crcOf(slot.subarray(AT.version, bytes)) !== slot.readUInt32LE(AT.crc)) return bad;
  const version = slot.readUInt16LE(AT.version);
  if (version > FORMAT_VERSION) return { kind: 'newer', version };
  if (version !== FORMAT_VERSION || bytes !== BYTES) return bad;
  const number = readU53(slot, AT.number);
  const flags = slot.readUInt32LE(AT.flags);
  const meta: Meta = {
    epoch: fieldAt(slot, AT.epoch),
    begins: readU53(slot, AT.begins),
    bootId: fieldAt(slot, AT.bootId),
    inode: fieldAt(slot, AT.inode),
    birthMs: readU53(slot, AT.birthMs),
    leaseUpTo: readU53(slot, AT.leaseUpTo),
    startedAt: readU53(slot, AT.startedAt),
    cleanHead: flags & CLEAN ? readU53(slot, AT.cleanHead) : undefined,
    pid: slot.readUInt32LE(AT.pid),
    isMoved: (flags & MOVED) !== 0,
    forgottenUpTo: readU53(slot, AT.forgottenUpTo),
  };
  return { kind: 'good', number, meta };
}

function writeField(slot: Buffer, text: string, at: number, longest: number): void {
  const bytes = Buffer.from(text);
  if (bytes.length === 0 || bytes.length > longest)
    throw new RangeError(`${JSON.stringify(text)} does not have 1 to ${longest} bytes`);
  slot[at] = bytes.length;
  slot.set(bytes, at + 1);
}

function fieldAt(slot: Buffer, at: number): string {
  return textAt(slot, at + 1, at + 1 + (slot[at] ?? 0));
}
