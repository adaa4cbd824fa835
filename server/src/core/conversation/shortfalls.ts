import type { Clock } from '@zerospan/shared';
import { firstWhere } from '../log/first-where.ts';

/** What one session that has left still lacked of its burst: when all of it has come in again. */
interface Shortfall {
  readonly overMs: number;
}

/** Names looked at with each that is added: with two, those that are over go sooner than others come. */
const LOOKED_AT = 2;

/**
 * What sessions that have left lacked of their burst, by whose they were, until it would have come in again. The next
 * one of the same begins with it: to connect anew would else be a way past the pace. It goes by the subject where there
 * is one, because a client id costs nothing; each is handed on once, so that as many sessions as there were have
 * together what they had.
 */
export class Shortfalls {
  readonly #clock: Clock;
  readonly #putsPerS: number;
  /** The longest last; the names in the order in which they were added to. */
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
    const nowMs = this.#clock.elapsed();
    this.#forget(nowMs);
    if (puts <= 0) return;
    const added = { overMs: nowMs + (puts / this.#putsPerS) * 1_000 };
    const all = this.#all.get(whose) ?? [];
    all.splice(0, placeOf(all, nowMs));
    all.splice(placeOf(all, added.overMs), 0, added);
    this.#all.delete(whose);
    this.#all.set(whose, all);
  }

  /** How many puts the next one of these lacks. */
  of(whose: string): number {
    const nowMs = this.#clock.elapsed();
    const all = this.#all.get(whose) ?? [];
    for (let largest = all.at(-1); largest; largest = all.at(-1)) {
      if (!isOver(largest, nowMs)) return ((largest.overMs - nowMs) / 1_000) * this.#putsPerS;
      all.pop();
    }
    return 0;
  }

  /** The same, and it is the next one's from now on. */
  take(whose: string): number {
    const puts = this.of(whose);
    const all = this.#all.get(whose);
    all?.pop();
    if (all?.length === 0) this.#all.delete(whose);
    return puts;
  }

  #forget(nowMs: number): void {
    let looked = 0;
    for (const [whose, all] of this.#all) {
      const largest = all.at(-1);
      if (looked++ === LOOKED_AT || (largest && !isOver(largest, nowMs))) return;
      this.#all.delete(whose);
    }
  }
}

/** The first place of one that is over later than this. */
function placeOf(all: readonly Shortfall[], ms: number): number {
  return firstWhere(0, all.length, (at) => (all[at] as Shortfall).overMs > ms);
}

function isOver({ overMs }: Shortfall, nowMs: number): boolean {
  return nowMs >= overMs;
}
