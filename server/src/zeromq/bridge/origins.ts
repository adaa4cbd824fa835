import { type Known, NumberRanges } from './number-ranges.ts';
import type { Origin } from './wire.ts';

/** Bridges whose publications are recognized; beyond it the longest silent one is forgotten, as if never heard. */
export const ORIGINS_MAX = 1_024;

/** Ranges of numbers that are remembered for one bridge: as many holes may be open at a time. */
export const RANGES_MAX = 1_024;

/**
 * Which publications of other bridges this one has taken, so that it takes each once, however many ways lead here. One
 * that it sent itself is always `seen`.
 */
export class Origins {
  readonly #own: string;
  /** The longest silent one stands first. */
  readonly #byBridge = new Map<string, NumberRanges>();
  #newest = '';

  constructor(own: string) {
    this.#own = own;
  }

  /** Bridges whose numbers are remembered. */
  get size(): number {
    return this.#byBridge.size;
  }

  /** Says whether a publication was taken, and counts it as taken. */
  take({ bridge, number }: Origin): Known {
    if (bridge === this.#own) return 'seen';
    return this.#rangesOf(bridge).see(number);
  }

  #rangesOf(bridge: string): NumberRanges {
    const known = this.#byBridge.get(bridge);
    if (known && bridge === this.#newest) return known;
    const ranges = known ?? new NumberRanges(RANGES_MAX);
    this.#byBridge.delete(bridge);
    this.#byBridge.set(bridge, ranges);
    this.#newest = bridge;
    if (this.#byBridge.size > ORIGINS_MAX) {
      const [longestSilent = bridge] = this.#byBridge.keys();
      this.#byBridge.delete(longestSilent);
    }
    return ranges;
  }
}
