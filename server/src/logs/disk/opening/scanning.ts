import { isWhole, PACK_HEADER_BYTES, type PackHeader, readHeader } from '../../packs/pack.ts';
import type { OpenFile } from '../files/files.ts';

/** What a pack begins with. No payload and no name has a whole pack in it: bytes of its length are in no JSON. */
const MAGIC = Buffer.from('ZPAK');

/** How much is read at a time; more where a pack is larger. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** A whole pack, and where it lies in its file. */
export interface FoundPack {
  readonly at: number;
  readonly header: PackHeader;
  readonly bytes: Buffer;
}

/** Offsets that are missing between two packs, or before the first one. */
export interface Missing {
  readonly from: number;
  readonly to: number;
  /** Where the file is damaged, up to the next whole pack; they are the same where nothing lies there. */
  readonly at: number;
  readonly end: number;
}

/** What a scan of the packs of a file came to. */
export interface Scan {
  /** The end of the last whole pack. */
  readonly end: number;
  /** `short`: behind it lies the beginning of one more pack and nothing else, as when the process ended in a write. */
  readonly tail: 'whole' | 'short' | 'bad';
  /** Offset of the last entry; that of before the segment if it has none. */
  readonly last: number;
  /** Check sum of the last whole pack. */
  readonly chain: number;
  /** Everything up to this offset was synced, as its packs say; 0: they say nothing. */
  readonly syncedUpTo: number;
}

/** Where a scan begins. */
export interface ScanStart {
  readonly at: number;
  readonly before: number;
  /** Undefined: not known. */
  readonly chain: number | undefined;
}

export interface ScanVisitor {
  /** Called before each pack. Left out: the scan goes on as fast as it can. */
  wait?(): Promise<void>;
  /** A whole pack; they come in order. Its bytes are good for as long as the call. */
  found(pack: FoundPack): void;
  /** Called before the pack behind the damage. */
  missing(missing: Missing): void;
}

/**
 * Reads all packs of a file, checks each, and goes on behind what is damaged. A pack that does not follow the one
 * before it, by its chain and its offsets, counts as damaged: it is of a time before the file was cut.
 */
export async function scanPacks(
  file: Pick<OpenFile, 'read'>,
  sizeBytes: number,
  start: ScanStart,
  visitor: ScanVisitor,
): Promise<Scan> {
  const window = new Window(file, sizeBytes);
  let { at, before: last, chain } = start;
  let syncedUpTo = 0;
  for (;;) {
    await visitor.wait?.();
    let pack = await packAt(window, at);
    if (typeof pack !== 'string' && !follows(pack.header, last, chain)) pack = 'bad';
    if (typeof pack === 'string') {
      const next = await nextPack(window, at + 1, last);
      if (!next)
        return { end: at, tail: at === sizeBytes ? 'whole' : pack, last, chain: chain ?? 0, syncedUpTo };
      visitor.missing({ from: last + 1, to: next.header.first - 1, at, end: next.at });
      pack = next;
    } else if (pack.header.first > last + 1) {
      visitor.missing({ from: last + 1, to: pack.header.first - 1, at, end: at });
    }
    const { header } = pack;
    visitor.found(pack);
    at = pack.at + header.bytes;
    last = header.first + header.entries - 1;
    chain = header.crc;
    syncedUpTo = Math.max(syncedUpTo, header.syncedUpTo);
  }
}

/** @param lastChain undefined: not known */
function follows({ before, chain }: PackHeader, last: number, lastChain: number | undefined): boolean {
  return before === last && (lastChain === undefined || chain === lastChain);
}

async function packAt(window: Window, at: number): Promise<FoundPack | 'short' | 'bad'> {
  const head = await window.read(at, PACK_HEADER_BYTES);
  const header = readHeader(head, 0);
  if (typeof header === 'string') return header === 'short' ? 'short' : 'bad';
  const bytes = await window.read(at, header.bytes);
  if (bytes.length === header.bytes) return isWhole(bytes, header) ? { at, header, bytes } : 'bad';
  // Its length is not summed. With the length up to here it would be whole: then it is the length that is wrong.
  return isWhole(bytes, { ...header, bytes: bytes.length }) ? 'bad' : 'short';
}

/** The next pack that is whole and lies above everything known; damage may have any length. */
async function nextPack(window: Window, from: number, last: number): Promise<FoundPack | undefined> {
  for (let at = from; ; at++) {
    const found = await window.find(MAGIC, at);
    if (found === undefined) return undefined;
    at = found;
    const pack = await packAt(window, at);
    if (typeof pack !== 'string' && pack.header.before >= last && pack.header.first > last) return pack;
  }
}

/** A part of a file in memory, that moves with what is read. */
class Window {
  readonly #file: Pick<OpenFile, 'read'>;
  readonly #sizeBytes: number;
  #at = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(file: Pick<OpenFile, 'read'>, sizeBytes: number) {
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  /** Shorter only where the file ends. */
  async read(at: number, bytes: number): Promise<Buffer> {
    const end = Math.min(at + bytes, this.#sizeBytes);
    if (at < this.#at || end > this.#at + this.#bytes.length) {
      this.#bytes = await this.#file.read(at, Math.max(bytes, WINDOW_BYTES));
      this.#at = at;
    }
    return this.#bytes.subarray(at - this.#at, Math.max(end - this.#at, 0));
  }

  /** Where these bytes come next. */
  async find(bytes: Buffer, from: number): Promise<number | undefined> {
    for (let at = from; at + bytes.length <= this.#sizeBytes; ) {
      const piece = await this.read(at, WINDOW_BYTES);
      const found = piece.indexOf(bytes);
      if (found >= 0) return at + found;
      if (piece.length < bytes.length) return undefined;
      at += piece.length - bytes.length + 1;
    }
    return undefined;
  }
}
