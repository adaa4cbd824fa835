import { isWhole, type PackHeader, type PackPosition, readHeader } from '../packs/pack.ts';
import { VerifiedPack } from '../packs/verified-pack.ts';
import { offsetOf, type PackId, readPackId, SPAN, sequenceOf } from './places.ts';
import type { Message } from './stream.ts';

/** A pack that its writer had seen. */
export interface SeenPack {
  readonly sequence: number;
  /** Its check sum. */
  readonly crc: number;
}

/** A pack in its place in a stream. */
export interface StreamPack {
  readonly id: PackId;
  readonly sequence: number;
  readonly crc: number;
  /** The newest one that its writer had seen; undefined: it had seen none. */
  readonly seen: SeenPack | undefined;
  /** Its offsets are those of its place, whatever its writer wrote. */
  readonly pack: VerifiedPack;
}

/** The pack that a message is; undefined: it is none, or damaged. */
export function readPack({ id, sequence, data }: Message): StreamPack | undefined {
  const packId = readPackId(id);
  const header = readHeader(data, 0);
  if (!packId || typeof header === 'string' || header.entries > SPAN) return undefined;
  if (header.bytes !== data.length || !isWhole(data, header)) return undefined;
  const pack = new VerifiedPack(data, { ...header, first: offsetOf(sequence) });
  if (pack.records === undefined) return undefined;
  return { id: packId, sequence, crc: header.crc, seen: seenBy(header), pack };
}

/**
 * What a pack's header says besides, where the stream gives it its place: `before` and `chain` are of the newest pack
 * that its writer had seen, which need not be the one before it.
 */
export function positionAfter(seen: SeenPack | undefined, time: number): PackPosition {
  const before = seen ? offsetOf(seen.sequence) : 0;
  return { first: before + 1, time, before, chain: seen?.crc ?? 0, syncedUpTo: 0 };
}

function seenBy({ before, chain }: PackHeader): SeenPack | undefined {
  return before === 0 ? undefined : { sequence: sequenceOf(before), crc: chain };
}
