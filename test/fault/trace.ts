import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Gap } from '@zerospan/client';
import type { FilterSet, OnLag, ReplayRequest } from '@zerospan/shared';

/** One line of a trace. What happens to every message has short names: there are millions of these lines. */
export type Line =
  /** A server has begun a log. */
  | { t: 'log'; epoch: string }
  /** An entry of the log: offset, channel, hash of its payload; producer and counter, if its message is sound. */
  | { t: 'entry'; o: number; c: string; h: string; p?: string; n?: number }
  /** An entry that is no publication but tells that so many never reached the log, null: nobody knows how many. */
  | { t: 'upstream'; o: number; c: string; m: number | null }
  /** A server, a client or a publisher found fault with itself. */
  | { t: 'fault'; text: string }
  /** A bus of a client was greeted by a log. Its subscribers are called by its name, a slash and their own. */
  | { t: 'welcome'; b: string; epoch: string }
  /** A subscriber asked for filters, first (`a` 0) or more (`a` from 1). */
  | { t: 'asked'; s: string; a: number; set: FilterSet; replay?: ReplayRequest; onLag?: OnLag }
  /** The server's first `subscribed` for what it asked. */
  | { t: 'granted'; s: string; a: number; e: string; o: number }
  | { t: 'removed'; s: string; set: FilterSet }
  /** `ok`: the message is the one that its producer made. */
  | { t: 'given'; s: string; e: string; o: number; c: string; h: string; ok: boolean }
  | { t: 'gap'; s: string; gap: Gap }
  /** From here on nothing is due any more. */
  | { t: 'closed'; s: string }
  /** It ended although nobody closed it. */
  | { t: 'ended'; s: string; code: string }
  | { t: 'put'; p: string; n: number; c: readonly string[] }
  | { t: 'accepted'; p: string; n: number; e: string; o: readonly number[] }
  | { t: 'refused'; p: string; n: number; code: string }
  /** A native publisher is about to send. */
  | { t: 'sent'; p: string; n: number };

/** A trace goes on in another file after this many bytes, so that the checker can drop what it has read. */
const FILE_BYTES = 8 * 1024 * 1024;

/** How long lines wait for company where they need not survive the process, in ms. */
const GATHER_MS = 30;

export function traceFile(base: string, part: number): string {
  return `${base}.${part}.jsonl`;
}

/** After those of the processes before it. Not the first that is free: the oldest may have been dropped already. */
function nextPart(base: string): number {
  const start = `${basename(base)}.`;
  const files = readdirSync(dirname(base)).filter((name) => name.startsWith(start));
  return Math.max(-1, ...files.map((name) => Number.parseInt(name.slice(start.length), 10))) + 1;
}

/** Writes the trace of one process. */
export class TraceWriter {
  readonly #base: string;
  readonly #gathers: boolean;
  #part: number;
  #file: number;
  #bytes = 0;
  #waiting: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param gathers false: each line is with the system when `write` returns, and survives `kill -9` */
  constructor(base: string, { gathers }: { gathers: boolean }) {
    this.#base = base;
    this.#gathers = gathers;
    this.#part = nextPart(base);
    this.#file = openSync(traceFile(base, this.#part), 'a');
    if (gathers) process.once('exit', () => this.flush());
  }

  write(line: Line): void {
    this.#waiting.push(JSON.stringify(line));
    if (!this.#gathers) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const text = Buffer.from(`${this.#waiting.join('\n')}\n`);
    this.#waiting = [];
    for (let at = 0; at < text.length; ) at += writeSync(this.#file, text, at);
    this.#bytes += text.length;
    if (this.#bytes < FILE_BYTES) return;
    const full = this.#file;
    this.#part++;
    this.#bytes = 0;
    this.#file = openSync(traceFile(this.#base, this.#part), 'a');
    closeSync(full);
  }
}

/** Files that are kept behind the one that is being read, to look at when something was found. */
const FILES_KEPT = 2;

/** Reads a trace while it grows, over all its files. */
export class TraceReader {
  readonly #base: string;
  #part = 0;
  #file: number | undefined;
  #rest = Buffer.alloc(0);

  constructor(base: string) {
    this.#base = base;
  }

  /** The lines that have come since the last call. */
  *read(): Generator<Line> {
    for (;;) {
      yield* this.#readFile();
      // The next file is made after the last line of this one was written, so what is left of this one is read first.
      if (!existsSync(traceFile(this.#base, this.#part + 1))) return;
      yield* this.#readFile();
      this.close();
      // A process that was killed may have left half a line.
      this.#rest = Buffer.alloc(0);
      this.#part++;
      rmSync(traceFile(this.#base, this.#part - FILES_KEPT), { force: true });
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  *#readFile(): Generator<Line> {
    const name = traceFile(this.#base, this.#part);
    if (this.#file === undefined && !existsSync(name)) return;
    this.#file ??= openSync(name, 'r');
    const block = Buffer.alloc(256 * 1024);
    for (let count = readSync(this.#file, block); count > 0; count = readSync(this.#file, block)) {
      const text = Buffer.concat([this.#rest, block.subarray(0, count)]);
      const end = text.lastIndexOf(0x0a) + 1;
      this.#rest = text.subarray(end);
      for (const line of text.toString('utf8', 0, end).split('\n')) if (line !== '') yield JSON.parse(line);
    }
  }
}
