import type { Asked } from '../ports.ts';

/** Messages handed to the intake that it has not answered yet; at this many, reading waits. */
export const IN_FLIGHT_MAX = 1_024;

/** Bytes of their payloads, and of one message more; at this many, reading waits too. */
export const IN_FLIGHT_BYTES = 16 * 1024 * 1024;

/** What was handed to the intake and is not answered yet. */
export class InFlight implements Asked {
  readonly #failed: (error: unknown) => void;
  #count = 0;
  #bytes = 0;
  #closed = false;
  /** Resumes the caller that waits for answers: the reader, or a drain. */
  #wake: (() => void) | undefined;

  /** @param failed called for each that the intake rejects */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  get isFull(): boolean {
    return this.#count >= IN_FLIGHT_MAX || this.#bytes >= IN_FLIGHT_BYTES;
  }

  /** A message was handed over. Not awaited: the log may answer many at a time. @param bytes of its payload */
  took(bytes: number): void {
    this.#count++;
    this.#bytes += bytes;
  }

  answered(bytes: number, error?: unknown): void {
    if (error !== undefined) this.#failed(error);
    this.#count--;
    this.#bytes -= bytes;
    this.#wake?.();
  }

  /** The same for what is answered by a promise. @param answer undefined: all is done */
  add(answer: Promise<unknown> | undefined): void {
    if (!answer) return;
    this.took(0);
    answer.then(
      () => this.answered(0),
      (error: unknown) => this.answered(0, error),
    );
  }

  /** The log is slower than what comes: waits until it has answered for some of it, or nothing more is read. */
  async room(): Promise<void> {
    while (this.isFull && !this.#closed) await this.#answer();
  }

  /** Nothing more is read: resolves when all is answered, `reading` included. */
  async drained(reading: Promise<unknown>): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await reading;
    while (this.#count > 0) await this.#answer();
  }

  #answer(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#wake;
      this.#wake = () => {
        this.#wake = undefined;
        before?.();
        resolve();
      };
    });
  }
}
