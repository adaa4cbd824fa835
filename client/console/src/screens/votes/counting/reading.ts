import type { Bus, Filter, Subscriber } from '@zerospan/client';
import { Tick } from '../../../data/tick.ts';
import type { VoteAddress } from '../address.ts';
import type { VoteRules } from './rules.ts';
import { Tally } from './tally.ts';

/** Bars are drawn again this often at most, in ms: nobody reads numbers faster. */
const DRAW_MS = 100;

/** A replay is taken to have ended when nothing has come for this long, in ms. */
const QUIET_MS = 300;

/**
 * `reading`: the log is still being read. `following`: what comes is counted. `refused`: the server gives nothing of
 * these channels.
 */
export type ReadingState =
  | { readonly kind: 'reading' | 'following' }
  | { readonly kind: 'refused'; readonly error: Error };

/**
 * Counts a vote from the log, from the place that its address names: what this page itself has seen does not matter, so
 * that every page shows the same. A component that reads it is drawn again when something has been counted.
 */
export class VoteReading {
  readonly #tally: Tally;
  readonly #changes = new Tick(DRAW_MS);
  readonly #subscriber: Subscriber;
  #state: ReadingState = { kind: 'reading' };
  #quiet: ReturnType<typeof setTimeout> | undefined;

  /** @param vote it has an `at` */
  constructor(bus: Bus, vote: VoteAddress, rules: VoteRules) {
    this.#tally = new Tally(rules);
    const { epoch = '', offset = 0 } = vote.at ?? {};
    // The question itself is read too: it says who was asked, and when.
    const isBefore = rules.question?.at !== undefined;
    const since = { epoch, offset: isBefore ? Math.max(offset - 1, 0) : offset };
    this.#subscriber = bus.subscribe(filtersOf(vote), { replay: { since } });
    this.#subscriber.on('publication', (publication) => {
      this.#tally.take(publication);
      this.#wait();
    });
    this.#subscriber.on('gap', (gap) => {
      this.#tally.gap(gap);
      this.#wait();
    });
    this.#subscriber.ready.then(
      () => this.#wait(),
      (error: Error) => this.#is({ kind: 'refused', error }),
    );
  }

  get tally(): Tally {
    void this.#changes.count.value;
    return this.#tally;
  }

  /** Another number after each change. */
  get version(): number {
    return this.#changes.count.value;
  }

  get state(): ReadingState {
    void this.#changes.count.value;
    return this.#state;
  }

  close(): void {
    clearTimeout(this.#quiet);
    void this.#subscriber.close();
  }

  #wait(): void {
    this.#changes.changed();
    if (this.#state.kind !== 'reading') return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#is({ kind: 'following' }), QUIET_MS);
  }

  #is(state: ReadingState): void {
    this.#state = state;
    this.#changes.changed();
  }
}

/** What a vote is read from. */
export function filtersOf({ channels, prefix }: VoteAddress): Filter[] {
  if (prefix === undefined) return [...channels];
  return [prefix === '' ? '' : { prefix }];
}
