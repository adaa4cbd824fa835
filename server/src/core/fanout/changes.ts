import type { EndOfTurn } from '../time-slicer.ts';

/** A session whose filters may have changed while its places among the cohorts are still those of before. */
export interface Changing {
  /** How many filters its places are made of. */
  readonly filterCount: number;
  /** Takes the places of its filters of now. */
  replace(): void;
}

/** Places for this many filters are taken in one turn of the event loop, and those of one session more. */
export const FILTERS_A_TURN = 10_000;

/** What a change of few filters costs beside these, counted in filters. */
const LEAST = 8;

/**
 * Sessions whose filters have changed. A session takes its places once for all changes of a turn, because that costs
 * all of its filters: at the end of the turn, or before anything is gathered or counted. While many filters are
 * changing, further changes wait for another turn.
 */
export class Changes {
  readonly #endOfTurn: EndOfTurn;
  readonly #onFailure: (error: unknown) => void;
  /** Each with how many filters were counted for it. */
  readonly #pending = new Map<Changing, number>();
  readonly #waiting = new Set<() => void>();
  #filters = 0;

  /** @param onFailure called with what a change throws: those of others are made all the same */
  constructor(endOfTurn: EndOfTurn, onFailure: (error: unknown) => void) {
    this.#endOfTurn = endOfTurn;
    this.#onFailure = onFailure;
  }

  /** Whether filters may change in this turn. */
  get hasRoom(): boolean {
    return this.#filters < FILTERS_A_TURN;
  }

  /** Changes that wait for another turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** The filters of a session have changed. It counts once a turn, with the most filters that it comes to have. */
  add(session: Changing): void {
    const { filterCount } = session;
    const counted = this.#pending.get(session);
    if (counted === undefined) this.spend(filterCount);
    else if (filterCount > counted) this.#filters += filterCount - counted;
    else return;
    this.#pending.set(session, filterCount);
  }

  /** Whether the filters of a session have changed and its places have not. */
  has(session: Changing): boolean {
    return this.#pending.has(session);
  }

  /** Counts work of this turn, in filters. */
  spend(filters: number): void {
    if (this.#filters === 0) this.#endOfTurn(() => this.#nextTurn());
    this.#filters += Math.max(filters, LEAST);
  }

  /** All of them take their places now. */
  settleAll(): void {
    for (const session of this.#pending.keys()) {
      this.#pending.delete(session);
      this.#try(() => session.replace());
    }
  }

  /** A session takes no places any more. */
  forget(session: Changing): void {
    this.#pending.delete(session);
  }

  /**
   * Asks to change filters.
   * @param action called in a later turn, in the order in which it was asked for
   * @returns calls that off; undefined: they may change now
   */
  wait(action: () => void): (() => void) | undefined {
    if (this.hasRoom && this.#waiting.size === 0) return undefined;
    this.#waiting.add(action);
    return () => this.#waiting.delete(action);
  }

  #nextTurn(): void {
    this.settleAll();
    this.#filters = 0;
    for (const action of this.#waiting) {
      if (!this.hasRoom) return;
      this.#waiting.delete(action);
      this.#try(action);
    }
  }

  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#onFailure(error);
    }
  }
}
