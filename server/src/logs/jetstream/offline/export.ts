import { ExportLines, type ExportRange, PIECE_LENGTH } from '../../lines/export-lines.ts';
import { requireRecord } from '../epoch/claim.ts';
import { type PlacedRecord, readRecord } from '../epoch/record.ts';
import { Arrivals } from '../following/arrivals.ts';
import { WINDOW_MS } from '../following/key-window.ts';
import { Stamps } from '../following/stamps.ts';
import { lossAt, offsetOf, type Subjects, sequenceOf } from '../places.ts';
import { fetchHeld } from '../reading/fetch-held.ts';
import { firstOfTime } from '../reading/find-time.ts';
import type { Message, Stream, StreamInfo } from '../stream.ts';

/** Bytes that are asked for at a time: they are in memory together. */
const FETCH_BYTES = 4 * 1024 * 1024;

type Source = Pick<Stream, 'info' | 'next' | 'lastOf' | 'fetch'>;

/** Called with the number of messages of the stream that have been read, and with that of all that are due. */
export type OnMessages = (done: number, all: number) => void;

/**
 * The log on a stream as lines of JSON, in the order of offsets, several at a time, as `exportLog` has them for one on
 * disk: up to what the stream holds when it begins. What came twice is left out, as the servers leave it out.
 * @throws ForeignStream, StreamFault
 */
export async function* exportStream(
  stream: Source,
  { epoch: subject }: Pick<Subjects, 'epoch'>,
  range: ExportRange,
  onMessages: OnMessages = () => undefined,
): AsyncGenerator<string> {
  const record = requireRecord(await stream.lastOf(subject));
  const span = await spanOf(stream, await stream.info(), range);
  const { begin, to } = span;
  const exported = new Exported(subject, span, range, record);
  let next = begin;
  while (next <= to) {
    const messages = await fetchHeld(stream, { from: next, to, bytes: FETCH_BYTES }, async () => undefined);
    for (const message of messages) {
      if (next > to) break;
      if (message.sequence > next) exported.lost(next, message.sequence - 1);
      next = exported.take(message) ? message.sequence + 1 : Number.POSITIVE_INFINITY;
      if (exported.lines.length >= PIECE_LENGTH) yield exported.lines.take();
    }
    if (messages.length === 0) {
      exported.lost(next, to);
      next = to + 1;
    }
    onMessages(Math.min(next, to + 1) - begin, to - begin + 1);
  }
  if (exported.lines.length > 0) yield exported.lines.take();
}

/** What is read, by sequences. */
interface Span {
  /** From here on it is judged what came twice. */
  readonly begin: number;
  /** From here on there are lines of it. */
  readonly from: number;
  readonly to: number;
}

async function spanOf(
  stream: Pick<Stream, 'next'>,
  { first, last }: StreamInfo,
  { fromOffset = 0, toOffset = Number.POSITIVE_INFINITY, fromTime = 0 }: ExportRange,
): Promise<Span> {
  const held = { first, last };
  const byTime = fromTime > 0 ? await firstOfTime(stream, new Stamps(), fromTime, held) : first;
  const from = Math.max(first, sequenceOf(fromOffset), byTime);
  const message = from > first ? await stream.next(from) : undefined;
  const begin = message ? await firstOfTime(stream, new Stamps(), message.time - WINDOW_MS, held) : from;
  return { begin: Math.min(begin, from), from, to: Math.min(last, sequenceOf(toOffset)) };
}

/** The lines of messages, one after the other. */
class Exported {
  readonly lines: ExportLines;
  readonly #epochSubject: string;
  readonly #span: Span;
  readonly #toTime: number;
  readonly #newest: PlacedRecord;
  #arrivals: Arrivals;
  #epoch: string | undefined;

  /** @param newest the record of the epoch that the stream has now */
  constructor(epochSubject: string, span: Span, range: ExportRange, newest: PlacedRecord) {
    this.#newest = newest;
    this.#epochSubject = epochSubject;
    this.#span = span;
    this.#toTime = range.toTime ?? Number.POSITIVE_INFINITY;
    // Times have found where it begins; those of single messages are judged here.
    this.lines = new ExportLines({ ...range, fromTime: undefined, toTime: undefined }, newest.epoch);
    this.#arrivals = new Arrivals(span.begin, span.begin === 1, 0, newest.claims);
  }

  /** Answers false where it is later than the range. */
  take(message: Message): boolean {
    if (this.#arrivals.stamps.latest(message.time) > this.#toTime) return false;
    if (message.subject === this.#epochSubject) this.#takeRecord(message);
    else this.#takePack(message);
    return true;
  }

  /** Nobody knows what these had. */
  lost(from: number, to: number): void {
    if (to >= this.#span.from) this.lines.missing(offsetOf(Math.max(from, this.#span.from)), lossAt(to));
  }

  #takePack(message: Message): void {
    const { sequence } = message;
    const arrived = this.#arrivals.take(message);
    if (arrived === 'damaged') this.lost(sequence, sequence);
    if (typeof arrived === 'string' || sequence < this.#span.from) return;
    const { pack } = arrived.pack;
    for (const one of arrived.records)
      if (one.kind === 'written') this.lines.record(pack.record(one.index), one.offset, one.time);
  }

  /** Behind one of another epoch nobody knows any more what came before it. */
  #takeRecord(message: Message): void {
    const record = readRecord(message);
    if (!record) return;
    const { epoch, sequence } = record;
    const { claims } = epoch === this.#newest.epoch ? this.#newest : record;
    if (this.#epoch !== undefined && this.#epoch !== epoch)
      this.#arrivals = new Arrivals(sequence + 1, false, 0, claims);
    else this.#arrivals.claimed(claims);
    this.#epoch = epoch;
  }
}
