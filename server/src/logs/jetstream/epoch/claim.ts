import { randomUUID } from 'node:crypto';
import type { Message, Stream } from '../stream.ts';
import { type EpochRecord, encodeRecord, FORMAT, type PlacedRecord, readRecord } from './record.ts';

/** How often a record is tried before it is given up: others write it as well, one at a time. */
const TRIES_MOST = 100;

/** What a start, or a node that went back with its stream, does about the epoch's record. */
export interface Claim {
  readonly stream: Pick<Stream, 'lastOf' | 'publish'>;
  /** The subject of the record. */
  readonly subject: string;
  /** Waits a little before the stream is asked again. */
  readonly pause: () => Promise<void>;
}

/** The stream holds something else than this version writes. */
export class ForeignStream extends Error {
  override readonly name = 'ForeignStream';
  readonly why: 'newer' | 'foreign';

  constructor(why: 'newer' | 'foreign', detail: string) {
    super(detail);
    this.why = why;
  }
}

/**
 * Sees to it that the stream has a record of an epoch. Of several nodes that write one at the same time, one succeeds,
 * and the others find what it wrote.
 * @param wish called with the record that the stream has; answers the one that has to take its place, or undefined
 * @returns the record that the stream has then
 * @throws ForeignStream, and what the stream throws
 */
export async function claimEpoch(
  { stream, subject, pause }: Claim,
  wish: (found: PlacedRecord | undefined) => EpochRecord | undefined,
): Promise<PlacedRecord> {
  for (let tries = 0; tries < TRIES_MOST; tries++) {
    const found = placedOf(await stream.lastOf(subject));
    const record = wish(found);
    if (!record && found) return found;
    if (!record) throw new Error('a stream without a record of its epoch needs one');
    const outcome = await stream.publish({
      subject,
      id: `epoch-${randomUUID()}`,
      data: encodeRecord(record),
      lastOfSubject: found?.sequence ?? 0,
    });
    if (outcome.kind === 'refused' && outcome.why !== 'other-last')
      throw new Error(`the record of the epoch was refused: ${outcome.reason}`);
    // Whatever is said: what counts is what the stream has. A server may refuse what it has stored.
    if (outcome.kind !== 'stored') await pause();
  }
  throw new Error(`the record of the epoch could not be written in ${TRIES_MOST} tries`);
}

function placedOf(message: Message | undefined): PlacedRecord | undefined {
  return message && requireRecord(message);
}

/**
 * @param message the newest one in the place of a stream's record
 * @throws ForeignStream where it is none that this version reads
 */
export function requireRecord(message: Message | undefined): PlacedRecord {
  if (!message) throw new ForeignStream('foreign', 'it has no record of an epoch');
  const record = readRecord(message);
  if (!record) throw new ForeignStream('foreign', `its message ${message.sequence} is no record of an epoch`);
  if (record.format > FORMAT) throw new ForeignStream('newer', `its format is ${record.format}`);
  return record;
}
