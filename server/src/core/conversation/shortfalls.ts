import type { Clock } from '@zerospan/shared';

/** What one session that has left still lacked of its burst. */
interface Shortfall {
  /** How long it takes to come in again, from when it left. */
  readonly spanMs: number;
  readonly overMs: number;
}

/** Names looked at with each that is added: with two, those that are over go sooner than others come. */
const LOOKED_AT = 2;

/**
 * What sessions that have left lacked of their burst, by whose they were, until it would have come in again. The next one of the same begins with it: to
 * connect anew would else be a way past the pace. It goes by the subject where there is one, because a client id costs nothing; each is handed on
 * once, so that as many sessions as there were have together what they had.
 */
export class Shortfalls {
  readonly #clock: Clock;
  readonly #putsPerS: number;
  /** The largest last; the names in the order in which they were added to. */
  readonly #all = new Map<string, Shortfall[]>();

  constructor(putsPerS: number, clock: Clock) {
    this.#putsPerS = putsPerS;
    this.#clock = clock;
  }

  /** Names that something is known of. */
  get size(): number {
    return this.#all.size;
  }

  /** One has left that lacked so many puts; 0 or less: nothing. */
  add(whose: string, puts: number): void {
    this.#forget();
    if (puts <= 0) return;
    const spanMs = (puts / this.#putsPerS) * 1_000;
    const open = this.#open(whose);
    open.push({ spanMs, overMs: this.#clock.now() + spanMs });
    open.sort((one, other) => one.overMs - other.overMs);
    this.#all.delete(whose);
    this.#all.set(whose, open);
  }

  /** How many puts the next one of these lacks. */
  of(whose: string): number {
    const largest = this.#open(whose).at(-1);
    return largest === undefined ? 0 : ((largest.overMs - this.#clock.now()) / 1_000) * this.#putsPerS;
  }

  /** The same, and it is the next one's from now on. */
  take(whose: string): number {
    const puts = this.of(whose);
    const rest = this.#open(whose).slice(0, -1);
    if (rest.length > 0) this.#all.set(whose, rest);
    else this.#all.delete(whose);
    return puts;
  }

  #open(whose: string): Shortfall[] {
    return this.#all.get(whose)?.filter((each) => !this.#isOver(each)) ?? [];
  }

  #forget(): void {
    let looked = 0;
    for (const [whose, all] of this.#all) {
      if (looked++ === LOOKED_AT || !all.every((each) => this.#isOver(each))) return;
      this.#all.delete(whose);
    }
  }

  /** Also where the clock was set back: nobody is to be held for that long. */
  #isOver({ spanMs, overMs }: Shortfall): boolean {
    const leftMs = overMs - this.#clock.now();
    return leftMs <= 0 || leftMs > spanMs;
  }
}
