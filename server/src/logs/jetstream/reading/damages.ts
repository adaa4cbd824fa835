import type { StreamNotice } from '../options.ts';

/** How many of them are known, so that each is reported once: beyond, the oldest are forgotten. */
const KNOWN_MOST = 10_000;

/** What of the stream is missing or cannot be read, reported once each, however often it is met. */
export class Damages {
  readonly #onNotice: (notice: StreamNotice) => void;
  /** By their last sequences. */
  readonly #known = new Set<number>();
  #losses = 0;

  constructor(onNotice: (notice: StreamNotice) => void) {
    this.#onNotice = onNotice;
  }

  /** How many gaps stand for messages that were found missing or damaged. */
  get losses(): number {
    return this.#losses;
  }

  /** Messages are missing, or one is damaged: clients receive a gap. */
  found(from: number, to: number, why: 'missing' | 'damaged'): void {
    if (!this.#isNew(to)) return;
    this.#losses++;
    const missing =
      from === to
        ? `message ${to} is missing, or was dropped before it came`
        : `messages ${from} to ${to} are missing, or were dropped before they came`;
    const what = why === 'damaged' ? `message ${to} is no pack that can be read` : missing;
    this.#notice(to, `the stream's ${what}: clients receive a gap of unknown number`);
  }

  /** A message is nothing that a client could miss. @param what it is: no pack, or no record */
  foreign(sequence: number, what: string): void {
    if (this.#isNew(sequence))
      this.#notice(sequence, `the stream's message ${sequence} is ${what}: it is left out`);
  }

  /** Another epoch begins, which may give the same sequences again. */
  begin(): void {
    this.#known.clear();
  }

  #isNew(sequence: number): boolean {
    if (this.#known.has(sequence)) return false;
    this.#known.add(sequence);
    if (this.#known.size > KNOWN_MOST) this.#known.delete(this.#known.keys().next().value as number);
    return true;
  }

  #notice(sequence: number, text: string): void {
    this.#onNotice({ event: 'log-damaged', text, sequence });
  }
}
