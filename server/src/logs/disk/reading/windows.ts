import type { Scan } from '../../../core/log/store.ts';

/**
 * A part of the log that is walked as one. There is room for more than two of them in memory: those who are through
 * with one must not displace what the others still read.
 */
const WINDOW_BYTES = 6 * 1024 * 1024;

/** What is read at a time, at least and at most: one pack alone, and neighbours that are likely to be asked for. */
const RUN_BYTES_LEAST = 32 * 1024;
export const RUN_BYTES_MOST = 1024 * 1024;

/**
 * After each of these reads in a window, twice as much is read there. Where one reader has a pack here and there, the
 * rest is left alone; where hundreds have, all of it has been read after 40 reads.
 */
const READS_ALIKE = 8;

/** Windows of which it is known how much was read lately. */
const WINDOWS_MOST = 16;

/** An answer with room for more than a session takes in one step goes on through one more window for each of these. */
const ANSWER_BYTES_A_WINDOW = 128 * 1024;

/** A scan that has taken longer goes into no further window: those who wait for it would take it for one that hangs. */
const LONG_MS = 500;

/** Windows of the log, by positions in bytes, and how much is read in them. */
export class Windows {
  readonly bytes: number;
  readonly #answerBytes: number;
  readonly #leastRun: number;
  /** The one that was read longest ago first. */
  readonly #reads = new Map<number, number>();

  constructor(bytes = WINDOW_BYTES, leastRunBytes = RUN_BYTES_LEAST, answerBytes = ANSWER_BYTES_A_WINDOW) {
    this.bytes = bytes;
    this.#leastRun = leastRunBytes;
    this.#answerBytes = answerBytes;
  }

  /** How many a scan may go through, by the bytes that it may answer. */
  countFor(answerBytes: number): number {
    return Math.max(Math.floor(answerBytes / this.#answerBytes), 1);
  }

  /** The number of the window that a position is in. */
  of(position: number): number {
    return Math.floor(position / this.bytes);
  }

  /** Something is read at a position. @returns how much should be read with it, in bytes */
  read(position: number): number {
    const window = this.of(position);
    const reads = this.#reads.get(window) ?? 0;
    this.#reads.delete(window);
    this.#reads.set(window, reads + 1);
    const [oldest] = this.#reads.keys();
    if (this.#reads.size > WINDOWS_MOST && oldest !== undefined) this.#reads.delete(oldest);
    return Math.min(this.#leastRun * 2 ** Math.floor(reads / READS_ALIKE), RUN_BYTES_MOST);
  }

  /** Whether a position is in a window that many read. */
  isBusy(position: number): boolean {
    return (this.#reads.get(this.of(position)) ?? 0) >= READS_ALIKE;
  }
}

/**
 * How far one scan goes: to the edge of the window in which it reads something. There it meets others who walk the same
 * range. Each goes on in its turn, and finds in memory what the others have read; each going on by itself would read
 * all of it. A scan for a crowd, which has room for the steps of many, goes through several. For the same reason a scan
 * ends at the edge of a window that many read where nothing is due to it: those that have little there would be ahead
 * of the others soon, and would displace what these read.
 */
export class Stretch {
  readonly #windows: Windows;
  readonly #isForwards: boolean;
  /** How many windows it may go through beyond the edge. */
  #left: number;
  readonly #beganMs = performance.now();
  #edge: number | undefined;

  constructor(windows: Windows, { order, bytes }: Pick<Scan, 'order' | 'bytes'>) {
    this.#windows = windows;
    this.#isForwards = order === 'forwards';
    this.#left = windows.countFor(bytes) - 1;
  }

  /** Where it ends, by position; undefined: that is not known yet. */
  get edge(): number | undefined {
    return this.#edge;
  }

  /** The scan begins at a position. */
  begin(position: number): void {
    if (this.#windows.isBusy(position)) this.#edge ??= this.#edgeOf(position);
  }

  /** Whether something at a position may be read in it. If so, it will be. */
  admits(position: number): boolean {
    this.#edge ??= this.#edgeOf(position);
    return this.goesOnTo(position);
  }

  /** Whether a position is before the edge, which is moved where there is time and room. */
  goesOnTo(position: number): boolean {
    const isBefore = (edge: number): boolean => (this.#isForwards ? position < edge : position >= edge);
    while (this.#edge !== undefined && !isBefore(this.#edge) && this.#left > 0) {
      if (performance.now() - this.#beganMs > LONG_MS) return false;
      this.#left--;
      this.#edge += this.#isForwards ? this.#windows.bytes : -this.#windows.bytes;
    }
    return this.#edge === undefined || isBefore(this.#edge);
  }

  /** A good part of a window ahead: a step of a few packs would be none. */
  #edgeOf(position: number): number {
    const { bytes } = this.#windows;
    const ahead = bytes / 4;
    return this.#isForwards
      ? (this.#windows.of(position + ahead) + 1) * bytes
      : this.#windows.of(position - ahead) * bytes;
  }
}
