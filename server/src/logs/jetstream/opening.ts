import { randomUUID } from 'node:crypto';
import { type Claim, claimEpoch } from './epoch/claim.ts';
import { NO_CLAIMS } from './epoch/claims.ts';
import { type EpochRecord, FORMAT, type PlacedRecord } from './epoch/record.ts';
import { WINDOW_MS } from './following/key-window.ts';
import { Stamps } from './following/stamps.ts';
import type { StreamLogOptions } from './options.ts';
import { TIMES } from './options.ts';
import { readPack } from './pack-message.ts';
import { below, isOfPacks, lossAt } from './places.ts';
import { firstOfTime, newestHeld } from './reading/find-time.ts';
import type { Message, Stream, StreamInfo } from './stream.ts';

/** What a start finds in the stream before it follows it. */
export interface FoundStream {
  readonly info: StreamInfo;
  readonly record: PlacedRecord;
  /** From this sequence on everything is taken: what came in the last minutes before the newest message. */
  readonly begin: number;
  /** Time of the newest message below; 0: there is none. */
  readonly before: number;
  /** Offset of the newest entry below; 0: there is none. */
  readonly headBelow: number;
}

/** @throws ForeignStream, StreamFault */
export async function findStream(options: StreamLogOptions): Promise<FoundStream> {
  const { stream } = options;
  const { last } = await stream.info();
  const record = await claimEpoch(claimOf(options), (found) =>
    found ? undefined : { ...newEpoch(1), begins: last === 0 ? 0 : null },
  );
  const info = await stream.info();
  const range = { first: info.first, last: info.last };
  const newest = await newestOf(stream, range);
  const begin = newest
    ? await firstOfTime(stream, new Stamps(), newest.time - WINDOW_MS, range)
    : info.last + 1;
  const earlier = begin > info.first ? await stream.get(begin - 1) : undefined;
  return {
    info,
    record,
    begin,
    before: earlier?.time ?? (newest && begin > info.first ? newest.time - WINDOW_MS : 0),
    headBelow: await headBelow(stream, begin, info.first),
  };
}

/** The newest message that is held: the last one that was stored may be missing. */
async function newestOf(
  stream: Pick<Stream, 'get' | 'next'>,
  range: { readonly first: number; readonly last: number },
): Promise<Message | undefined> {
  return (await stream.get(range.last)) ?? stream.get(await newestHeld(stream, range));
}

/** A claim of this node. */
export function claimOf({ stream, subjects, clock }: StreamLogOptions): Claim {
  const pause = (): Promise<void> => new Promise((resolve) => void clock.later(TIMES.retryMs, resolve));
  return { stream, subject: subjects.epoch, pause };
}

/** The record of an epoch that begins where it stands. */
export function newEpoch(generation: number): EpochRecord {
  return { format: FORMAT, epoch: randomUUID(), generation, begins: null, claims: NO_CLAIMS };
}

/** Offset of the newest entry below a sequence. Behind the newest pack there are records of the epoch alone. */
async function headBelow(stream: Pick<Stream, 'get'>, begin: number, first: number): Promise<number> {
  for (let sequence = begin - 1; sequence >= first; sequence--) {
    const message = await stream.get(sequence);
    const pack = message && readPack(message)?.pack;
    if (pack) return pack.header.first + pack.header.entries - 1;
    if (!message || isOfPacks(message.subject)) return lossAt(sequence);
  }
  return first > 1 ? below(first) : 0;
}
