import type { Writable } from 'node:stream';

/** Most bytes of lines that wait for a reader that has stopped reading; lines beyond are lost. */
const WAITING_BYTES = 1024 * 1024;

/**
 * Writes lines to a stream whose failure must not end the process: a full disk, a reader that is gone or has
 * stopped.
 */
export class LineWriter {
  readonly #stream: Writable;
  readonly #notice: (lost: number) => string;
  #lost = 0;
  /** Of those, the lines that no notice that was written has counted yet. */
  #unreported = 0;
  #isReporting = false;

  /** @param notice the line that reports how many lines were lost; it is written before the next line that can be */
  constructor(stream: Writable, notice: (lost: number) => string) {
    this.#stream = stream;
    this.#notice = notice;
    ignoreErrors(stream);
  }

  /** Lines lost since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** @param line with its line feed */
  write(line: string): void {
    if (this.#stream.writableLength > WAITING_BYTES) {
      this.#lose();
      return;
    }
    const reported = this.#isReporting ? 0 : this.#unreported;
    this.#isReporting ||= reported > 0;
    const written = (error: Error | null | undefined): void => {
      if (reported > 0) this.#isReporting = false;
      if (error) this.#lose();
      else this.#unreported -= reported;
    };
    try {
      this.#stream.write(reported > 0 ? `${this.#notice(reported)}${line}` : line, written);
    } catch (error) {
      written(error as Error);
    }
  }

  #lose(): void {
    this.#lost++;
    this.#unreported++;
  }
}

function ignore(): void {
  // The callback of each write reports the failure to its caller.
}

/** Keeps a stream's failure from ending the process: Node throws an `error` event that nobody listens to. */
export function ignoreErrors(stream: Writable): void {
  // One listener, however many write to it: several servers of one process share stderr.
  if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
}
