/** Thrown out of whatever was under way: nothing is measured any more, and everything that was started ends. */
export class Interrupted extends Error {
  /** What a shell would say of a process that this signal ended. */
  readonly exitCode: number;

  constructor(signal: keyof typeof SIGNALS) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + SIGNALS[signal];
  }
}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Work that may be given up. */
export interface Interruption {
  /** Settles as `work` does, or rejects with {@link Interrupted} as soon as this process gets a signal. */
  unless<T>(work: Promise<T>): Promise<T>;
}

/**
 * The first signal interrupts, so that processes are ended and folders removed in order. A second one ends this process
 * at once, and the guard of `test/support/children.ts` does the rest.
 */
export function listenForSignals(): Interruption {
  const interrupted = new Promise<never>((_, reject) => {
    const listen = (name: keyof typeof SIGNALS): void =>
      void process.once(name, () => reject(new Interrupted(name)));
    listen('SIGHUP');
    listen('SIGINT');
    listen('SIGTERM');
  });
  // Nobody may be waiting when it comes: whoever waits next is rejected at once.
  interrupted.catch(() => undefined);
  return { unless: (work) => Promise.race([interrupted, work]) };
}
