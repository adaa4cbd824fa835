export type Operation = 'read' | 'write' | 'sync' | 'truncate' | 'names' | 'stat';

/** Which operations are meant: all of a kind, or those on the files that a pattern names. */
export interface Aim {
  readonly operation: Operation;
  readonly name?: RegExp;
}

interface Stall extends Aim {
  readonly over: Promise<void>;
}

interface Failure extends Aim {
  readonly code: string;
  times: number;
}

/** What a test has a simulated disk do wrong, until it ends it. */
export class Faults {
  readonly #stalls = new Set<Stall>();
  readonly #failures = new Set<Failure>();
  readonly #waiting: { readonly operation: Operation; readonly name: string }[] = [];

  /** Operations begin, but get no further. @returns lets them go on, in the order in which they began */
  stall(aim: Aim): () => void {
    let open = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      open = resolve;
    });
    const stall = { ...aim, over };
    this.#stalls.add(stall);
    return () => {
      this.#stalls.delete(stall);
      open();
    };
  }

  /** Operations reject. @param times how often; default: always @returns ends it */
  fail(aim: Aim, code: string, times = Number.POSITIVE_INFINITY): () => void {
    const failure = { ...aim, code, times };
    this.#failures.add(failure);
    return () => this.#failures.delete(failure);
  }

  /** How many operations wait at a stall. */
  stalled({ operation, name = /^/ }: Aim): number {
    return this.#waiting.filter((one) => one.operation === operation && name.test(one.name)).length;
  }

  async wait(operation: Operation, name: string): Promise<void> {
    for (;;) {
      const stall = [...this.#stalls].find((one) => isMeant(one, operation, name));
      if (!stall) return;
      const waiting = { operation, name };
      this.#waiting.push(waiting);
      await stall.over;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
    }
  }

  /** The code with which an operation fails now. */
  failureOf(operation: Operation, name: string): string | undefined {
    const failure = [...this.#failures].find((one) => isMeant(one, operation, name));
    if (!failure) return undefined;
    failure.times--;
    if (failure.times <= 0) this.#failures.delete(failure);
    return failure.code;
  }
}

function isMeant(aim: Aim, operation: Operation, name: string): boolean {
  return aim.operation === operation && (aim.name ?? /^/).test(name);
}
