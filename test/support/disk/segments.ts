import type { StoreRecord } from '../../../server/src/core/log/store.ts';
import {
  SEGMENT_HEADER_BYTES,
  writeSegmentHeader,
} from '../../../server/src/logs/disk/format/segment-header.ts';
import { GrowingIndex } from '../../../server/src/logs/disk/index/growing-index.ts';
import type { KeptKeys } from '../../../server/src/logs/disk/index/put-key-section.ts';
import { type Seal, sealOf } from '../../../server/src/logs/disk/index/seal.ts';
import { crcOfPack, PackBuilder } from '../../../server/src/logs/packs/pack.ts';

/** One pack of a segment that a test makes. */
export interface PackMade {
  readonly records: readonly StoreRecord[];
  readonly time: number;
  /** How many offsets are left out before it; default: none. */
  readonly jump?: number;
  /** Default: 0. */
  readonly syncedUpTo?: number;
}

export interface SegmentMade {
  readonly header: Buffer;
  readonly packs: readonly Buffer[];
  readonly index: GrowingIndex;
  /** Where it ends without its seal. */
  readonly bytes: number;
  /** Offset of its last entry, and check sum of its last pack: where the next one goes on. */
  readonly last: number;
  readonly chain: number;
}

/** Where a segment stands in its log. */
export interface SegmentPosition {
  readonly epoch?: string;
  readonly before?: number;
  readonly chain?: number;
  readonly created?: number;
}

export const EPOCH = '6f1d2c3b-4a59-4687-9e0f-0123456789ab';

/** A segment of packs, as a store writes it. */
export function segmentOf(made: readonly PackMade[], position: SegmentPosition = {}): SegmentMade {
  const { epoch = EPOCH, before = 0, chain = 0, created = 1_700_000_000_000 } = position;
  const index = new GrowingIndex(before);
  const packs: Buffer[] = [];
  let [at, last, crc] = [SEGMENT_HEADER_BYTES, before, chain];
  for (const { records, time, jump = 0, syncedUpTo = 0 } of made) {
    const builder = new PackBuilder();
    for (const record of records) builder.add(record);
    const { entries } = builder;
    const first = last + 1 + jump;
    const pack = builder.close({ first, time, before: last, chain: crc, syncedUpTo });
    packs.push(Buffer.from(pack));
    index.add({ at, bytes: pack.length, first, time, entries }, records);
    at += pack.length;
    last = first + entries - 1;
    crc = crcOfPack(pack);
  }
  const header = writeSegmentHeader({ epoch, before, created, chain });
  return { header, packs, index, bytes: at, last, chain: crc };
}

/** What seals it. @param kept which put keys are written; default: all */
export function sealed({ index, bytes, chain }: SegmentMade, seed = 7, kept: Partial<KeptKeys> = {}): Seal {
  return atOnce(sealOf(index, { at: bytes, chain, seed, keysAfter: -1, keysMost: 1_000_000, ...kept }));
}

/** The whole file. */
export function fileOf({ header, packs }: SegmentMade, seal?: Seal): Buffer {
  return Buffer.concat([header, ...packs, ...(seal ? [seal.keys, seal.footer, seal.trailer] : [])]);
}

/** All pieces of a work, one behind the other. */
export function atOnce<T>(work: Iterator<unknown, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value as T;
  }
}
