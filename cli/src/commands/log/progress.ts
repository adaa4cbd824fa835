import type { Terminal } from '../../terminal/terminal.ts';

/** No more often than this it is said how far it is. */
const EVERY_MS = 250;

/** Says on a terminal how far it is: talk, over the same line again and again. Elsewhere it says nothing. */
export class Progress {
  readonly #stderr: Terminal['stderr'];
  #saidMs = Number.NEGATIVE_INFINITY;
  #length = 0;

  constructor({ stderr }: Pick<Terminal, 'stderr'>) {
    this.#stderr = stderr;
  }

  say(text: string): void {
    const nowMs = performance.now();
    if (!this.#stderr.isTTY || nowMs - this.#saidMs < EVERY_MS) return;
    this.#saidMs = nowMs;
    this.#stderr.write(`\r${text.padEnd(this.#length)}`);
    this.#length = text.length;
  }

  /** Takes away what was said. */
  end(): void {
    if (this.#length > 0) this.#stderr.write(`\r${' '.repeat(this.#length)}\r`);
    this.#length = 0;
  }
}
