import { EVERY_CHANNEL, type FilterSet, type Match, matcherOf } from '@zerospan/shared';
import { type PackHeader, type RecordView, visitRecords } from '../packs/pack.ts';

/** Characters of lines that are put together. */
export const PIECE_LENGTH = 64 * 1024;

/** What of a log is exported; both ends are part of it, and what is left out is not bounded. */
export interface ExportRange {
  readonly fromOffset?: number | undefined;
  readonly toOffset?: number | undefined;
  /** In ms since 1970. */
  readonly fromTime?: number | undefined;
  readonly toTime?: number | undefined;
  /** Default: every channel. */
  readonly filter?: FilterSet | undefined;
}

interface Bounds {
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly fromTime: number;
  readonly toTime: number;
}

/** Offsets and times that something reaches over. */
interface Extent {
  readonly first: number;
  readonly last: number;
  readonly firstTime: number;
  readonly lastTime: number;
}

/** Raw line ends are white space in JSON, and would end the line. */
const LINE_ENDS = /[\r\n]/g;

/** Makes lines of what is in a range. */
export class ExportLines {
  readonly #range: Bounds;
  readonly #matches: Match;
  #epoch = '';
  #text = '';

  /** @param epoch of what follows, until it is set to another one */
  constructor(range: ExportRange, epoch: string) {
    const { fromOffset = 0, toOffset = Number.POSITIVE_INFINITY } = range;
    const { fromTime = 0, toTime = Number.POSITIVE_INFINITY } = range;
    this.#range = { fromOffset, toOffset, fromTime, toTime };
    this.#matches = range.filter ? matcherOf(range.filter) : () => true;
    this.epoch = epoch;
  }

  set epoch(epoch: string) {
    this.#epoch = JSON.stringify(epoch);
  }

  /** Characters that wait to be taken. */
  get length(): number {
    return this.#text.length;
  }

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  /** Whether anything of this may be in the range. */
  isInRange({ first, last, firstTime, lastTime }: Extent): boolean {
    const { fromOffset, toOffset, fromTime, toTime } = this.#range;
    return last >= fromOffset && first <= toOffset && lastTime >= fromTime && firstTime <= toTime;
  }

  /** Adds the entries of a pack of which something is in the range. */
  pack(bytes: Buffer, header: PackHeader): void {
    visitRecords(bytes, header, (record, offset) => this.record(record, offset, header.time));
  }

  /** Adds the entries of a record whose time is in the range. */
  record(record: RecordView, offset: number, time: number): void {
    const { fromOffset, toOffset } = this.#range;
    for (const [i, channel] of record.channels.entries()) {
      const isDue = offset + i >= fromOffset && offset + i <= toOffset;
      if (isDue && this.#isMatch(channel)) this.#entry(record, channel, offset + i, time);
    }
  }

  /** Adds that offsets are not there. */
  missing(from: number, to: number): void {
    const { fromOffset, toOffset } = this.#range;
    if (to < fromOffset || from > toOffset) return;
    this.#text += `{"gap":{"reason":"missing","epoch":${this.#epoch},"from":${from},"to":${to},"missed":null}}\n`;
  }

  /** A gap of every channel concerns each. */
  #isMatch(channel: string): boolean {
    return channel === EVERY_CHANNEL || this.#matches(channel);
  }

  #entry({ kind, missed, payload }: RecordView, channel: string, offset: number, time: number): void {
    const name = channel === EVERY_CHANNEL ? '' : `"channel":${JSON.stringify(channel)},`;
    const epoch = `"epoch":${this.#epoch}`;
    if (kind === 'put')
      this.#text += `{${name}${epoch},"offset":${offset},"time":${time},"message":${payload.toString().replace(LINE_ENDS, ' ')}}\n`;
    else
      this.#text += `{"gap":{"reason":"upstream",${name}${epoch},"from":${offset},"to":${offset},"missed":${missed},"time":${time}}}\n`;
  }
}
