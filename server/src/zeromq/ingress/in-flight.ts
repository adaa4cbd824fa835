/** Messages handed to the intake that it has not answered yet; at this many, reading waits. */
export const IN_FLIGHT_MAX = 1_024;

/** What was handed to the intake and is not answered yet. */
export class InFlight {
  readonly #failed: (error: unknown) => void;
  #count = 0;
  #closed = false;
  /** Goes on with whoever waits for answers; reading, or a drain. */
  #wake: (() => void) | undefined;
  readonly #answered = (): void => {
    this.#count--;
    this.#wake?.();
  };
  readonly #refused = (error: unknown): void => {
    this.#failed(error);
    this.#answered();
  };

  /** @param failed called for each that the intake rejects */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  get isFull(): boolean {
    return this.#count >= IN_FLIGHT_MAX;
  }

  /** Not awaited: the order of the calls is the order of the log, and the log may answer many at a time. */
  add(answer: Promise<unknown> | undefined): void {
    if (!answer) return;
    this.#count++;
    answer.then(this.#answered, this.#refused);
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
