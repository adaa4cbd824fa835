import type { Random } from '../../random.ts';
import { DiskFault } from './disk-fault.ts';
import type { Faults, Operation } from './faults.ts';

/** Does an operation, or a part of it: 1 is all, 0 nothing. */
export type Effect<T> = (part: number) => T;

interface UnderWay {
  readonly operation: Operation;
  readonly effect: Effect<unknown>;
}

/** What one process has under way on a simulated disk, until the process ends. */
export class Life {
  readonly pid: number;
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #later: () => Promise<void>;
  readonly #underWay = new Set<UnderWay>();
  #isOver = false;

  /** @param later how long an operation takes. Default: one to three turns of the event loop */
  constructor(pid: number, random: Random, faults: Faults, later?: () => Promise<void>) {
    this.pid = pid;
    this.#random = random;
    this.#faults = faults;
    this.#later = later ?? (() => this.#turns());
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Never settles once the process has ended. */
  async run<T>(operation: Operation, name: string, effect: Effect<T>): Promise<T> {
    if (this.#isOver) return never();
    const underWay = { operation, effect };
    this.#underWay.add(underWay);
    await this.#later();
    await this.#faults.wait(operation, name);
    if (this.#isOver) return never();
    this.#underWay.delete(underWay);
    const code = this.#faults.failureOf(operation, name);
    if (code === undefined) return effect(1);
    // A write may have come some way, and a sync may have taken some of it.
    if (operation === 'write') attempt(() => effect(this.#random.next()));
    if (operation === 'sync') effect(0);
    throw new DiskFault(code, name);
  }

  /** What is under way happens or not; a write, also in part. */
  end(): void {
    this.#isOver = true;
    for (const { operation, effect } of this.#underWay) {
      if (this.#random.chance(0.4)) continue;
      const part = operation === 'write' && this.#random.chance(0.5) ? this.#random.next() : 1;
      attempt(() => effect(part));
    }
    this.#underWay.clear();
  }

  async #turns(): Promise<void> {
    for (let turns = this.#random.between(1, 3); turns > 0; turns--) await nextTurn();
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Nobody is there any more to be given the error. */
function attempt(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof DiskFault)) throw error;
  }
}
