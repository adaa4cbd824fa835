import type { Message } from '../stream.ts';

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
}

/** A record in its place. */
export interface PlacedRecord extends EpochRecord {
  readonly sequence: number;
  readonly message: Message;
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
  const { format, epoch, generation, begins } = said as Partial<Record<keyof EpochRecord, unknown>>;
  if (!isCount(format) || typeof epoch !== 'string' || epoch === '' || !isCount(generation)) return undefined;
  if (begins !== null && !isCount(begins)) return undefined;
  return { format, epoch, generation, begins, sequence: message.sequence, message };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
