/** Thrown out of whatever was under way: nothing is measured any more, and everything that was started ends. */
export class Interrupted extends Error {
  /** What a shell would say of a process that this signal ended. */
  readonly exitCode: number;

  constructor(signal: Signal) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + SIGNALS[signal];
  }
}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

type Signal = keyof typeof SIGNALS;

/** Work that may be given up. */
export interface Interruption {
  /** Settles as `work` does, or rejects with {@link Interrupted} as soon as this process gets a signal. */
  unless<T>(work: Promise<T>): Promise<T>;
}

/**
 * Ctrl+C reaches this process from the terminal and once more from the program that started it: that is one interrupt.
 */
const SAME_MS = 1_000;

/**
 * The first signal interrupts, so that processes are ended and folders removed in order. One that comes later ends this
 * process at once, and the guard of `test/support/children.ts` does the rest.
 */
export function listenForSignals(): Interruption {
  const interrupted = new Promise<never>((_, reject) => {
    let firstMs: number | undefined;
    const hear = (name: Signal): void => {
      firstMs ??= performance.now();
      const error = new Interrupted(name);
      if (performance.now() - firstMs > SAME_MS) process.exit(error.exitCode);
      reject(error);
    };
    process.on('SIGHUP', hear).on('SIGINT', hear).on('SIGTERM', hear);
  });
  // Nothing may be waiting when it comes: the next wait is rejected at once.
  interrupted.catch(() => undefined);
  return { unless: (work) => Promise.race([interrupted, work]) };
}
