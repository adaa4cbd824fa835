import { offsetOf } from '../places.ts';
import type { Message } from '../stream.ts';
import { type Claims, isCount, type PlacedClaims, readClaims } from './claims.ts';

/** The format of what is in the stream: another one is not read. */
export const FORMAT = 1;

/** What the stream says of its epoch. */
export interface EpochRecord {
  readonly format: number;
  readonly epoch: string;
  /** Higher than that of the epoch before: a stream that went back has an older record. */
  readonly generation: number;
  /** Clients of another epoch begin at this offset; null: where this record stands. */
  readonly begins: number | null;
  /** Which nodes read which sources. */
  readonly claims: Claims;
}

/** A record in its place. */
export interface PlacedRecord extends EpochRecord {
  readonly sequence: number;
  readonly message: Message;
  readonly claims: PlacedClaims;
}

/** Where clients of another epoch begin. */
export function beginsOf({ begins, sequence }: Pick<PlacedRecord, 'begins' | 'sequence'>): number {
  return begins ?? offsetOf(sequence);
}

/** The same, to be said again at another place. */
export function saidAgain(record: PlacedRecord): EpochRecord {
  const { format, epoch, generation, claims } = record;
  return { format, epoch, generation, begins: beginsOf(record), claims };
}

export function encodeRecord(record: EpochRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** Undefined: it is no such record. */
export function readRecord(message: Message): PlacedRecord | undefined {
  let said: unknown;
  try {
    said = JSON.parse(message.data.toString());
  } catch {
    return undefined;
  }
  if (typeof said !== 'object' || said === null) return undefined;
  const { format, epoch, generation, begins, ...more } = said as Partial<Record<keyof EpochRecord, unknown>>;
  if (!isCount(format) || typeof epoch !== 'string' || epoch === '' || !isCount(generation)) return undefined;
  if (begins !== null && !isCount(begins)) return undefined;
  const { sequence } = message;
  // Those of a newer format may be others: it is not read further than to see that.
  const claims = readClaims(format > FORMAT ? undefined : more.claims, sequence);
  return claims && { format, epoch, generation, begins, claims, sequence, message };
}
