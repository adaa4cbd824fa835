import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { type Clock, systemClock } from '@zerospan/shared';
import { Problem } from '../../data/api.ts';

/** How often what is visible is asked for again, in ms. */
export const PACE_MS = 2_000;

/** After this long without an answer, in ms, what is shown is said to be old. */
const STALE_MS = 3 * PACE_MS;

/** What it goes by, beside the server. */
export interface World {
  readonly clock: Clock;
  /** Whether nobody sees the page. */
  readonly isHidden: () => boolean;
  /** Calls back when the page is shown again. Answers how to stop. */
  readonly onShown: (action: () => void) => () => void;
}

const PAGE: World = {
  clock: systemClock,
  isHidden: () => document.hidden,
  onShown: (action) => {
    document.addEventListener('visibilitychange', action);
    return () => document.removeEventListener('visibilitychange', action);
  },
};

interface Answer<T> {
  readonly value: T;
  readonly atMs: number;
}

/**
 * Something that the server is asked for on a pace, as long as somebody sees it. The last answer stays: after a
 * problem, or a silence, it is old, and says how old.
 */
export class Polled<T> {
  readonly #read: (signal: AbortSignal) => Promise<T>;
  readonly #world: World;
  readonly #answer = signal<Answer<T> | undefined>(undefined);
  readonly #problem = signal<Problem | undefined>(undefined);
  readonly #ageMs = signal(0);
  #asking: AbortController | undefined;
  #cancelTick = (): void => {};

  readonly value: ReadonlySignal<T | undefined> = computed(() => this.#answer.value?.value);
  /** Why the last question failed; undefined: it did not. */
  readonly problem: ReadonlySignal<Problem | undefined> = computed(() => this.#problem.value);
  /** How old the value is, in ms; undefined: it is of this moment, or there is none. */
  readonly staleMs: ReadonlySignal<number | undefined> = computed(() => {
    const isOld = this.#problem.value !== undefined || this.#ageMs.value > STALE_MS;
    return this.#answer.value !== undefined && isOld ? this.#ageMs.value : undefined;
  });

  /** @param read asks the server; throws a {@link Problem} */
  constructor(read: (signal: AbortSignal) => Promise<T>, world: World = PAGE) {
    this.#read = read;
    this.#world = world;
  }

  /** Begins to ask. Answers how to stop. */
  start(): () => void {
    const off = this.#world.onShown(() => this.#tick());
    this.again();
    this.#waitForTick();
    return () => {
      off();
      this.#cancelTick();
      this.#asking?.abort();
      this.#asking = undefined;
    };
  }

  /** Asks at once: what is asked for has changed. An answer to the question before no longer counts. */
  again(): void {
    this.#asking?.abort();
    void this.#ask();
  }

  #waitForTick(): void {
    this.#cancelTick = this.#world.clock.later(PACE_MS, () => {
      this.#tick();
      this.#waitForTick();
    });
  }

  #tick(): void {
    const { atMs } = this.#answer.peek() ?? {};
    this.#ageMs.value = atMs === undefined ? 0 : this.#world.clock.elapsed() - atMs;
    // A question that is under way is not asked twice: a slow server is not to be made slower.
    if (this.#asking === undefined && !this.#world.isHidden()) void this.#ask();
  }

  async #ask(): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const value = await this.#read(asking.signal);
      if (asking.signal.aborted) return;
      this.#answer.value = { value, atMs: this.#world.clock.elapsed() };
      this.#ageMs.value = 0;
      this.#problem.value = undefined;
    } catch (error) {
      if (asking.signal.aborted) return;
      this.#problem.value = error instanceof Problem ? error : new Problem('failed', String(error), '');
    } finally {
      if (this.#asking === asking) this.#asking = undefined;
    }
  }
}
