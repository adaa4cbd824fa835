import type { Clock } from '@zerospan/shared';
import type { EndOfTurn } from '../../time-slicer.ts';
import { CHANGES_MOST, type Change, type RosterMessage } from './message.ts';

/** Changes are gathered for so long: thousands of clients come back within a few seconds. */
export const GATHER_MS = 20;

export interface FeedParts {
  readonly clock: Clock;
  readonly endOfTurn: EndOfTurn;
  readonly say: (message: RosterMessage) => void;
  /** All that there is now, as changes. It may change while it is walked. */
  readonly all: () => Iterable<Change>;
}

/** What a node says of its clients: changes as they come, and all that there is to those who ask for it. */
export class Feed {
  readonly #parts: FeedParts;
  #changes: Change[] = [];
  #number = 0;
  #cancel: (() => void) | undefined;
  /** What is still to be said of all that there is. */
  #walk: Iterator<Change> | undefined;
  #isAskedAgain = false;

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  add(change: Change): void {
    this.#changes.push(change);
    if (this.#changes.length >= CHANGES_MOST) this.#flush();
    else this.#cancel ??= this.#parts.clock.later(GATHER_MS, () => this.#flush());
  }

  /** A node that has missed a message learns it from this. */
  at(): void {
    this.#parts.say({ kind: 'at', number: this.#number });
  }

  /** Says all that there is, some in each turn. Each part is as it is then, so that changes may come between. */
  sayAll(): void {
    if (this.#walk) {
      this.#isAskedAgain = true;
      return;
    }
    this.#walk = this.#parts.all()[Symbol.iterator]();
    this.#say([], { begins: true });
    this.#step();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#walk = undefined;
  }

  #step(): void {
    const walk = this.#walk;
    if (!walk) return;
    const part: Change[] = [];
    let next = walk.next();
    while (!next.done) {
      part.push(next.value);
      if (part.length === CHANGES_MOST) break;
      next = walk.next();
    }
    const ends = next.done === true;
    this.#say(part, { ends });
    if (!ends) {
      this.#parts.endOfTurn(() => this.#step());
      return;
    }
    this.#walk = undefined;
    if (!this.#isAskedAgain) return;
    this.#isAskedAgain = false;
    this.sayAll();
  }

  #flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const changes = this.#changes;
    this.#changes = [];
    if (changes.length > 0) this.#say(changes, {});
  }

  #say(changes: readonly Change[], { begins = false, ends = false }): void {
    this.#parts.say({ kind: 'changes', number: ++this.#number, changes, begins, ends });
  }
}
