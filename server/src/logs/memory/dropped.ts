import type { Want } from '../../core/log/log.ts';
import { matches } from '../../core/log/matching.ts';

/** For how many of the newest offsets it is known which channel lost them: 8 bytes each. */
const REMEMBERED = 65_536;

/** Which channel each lately dropped offset belonged to, so that a gap can say how many publications it swallowed. */
export class Dropped {
  readonly #names: (string | undefined)[] = new Array(REMEMBERED);
  #newest = 0;

  /** Notes that an offset has left the log: lost to its channel, or kept as its last publication (undefined). Offsets come in order. */
  passed(offset: number, lostTo: string | undefined): void {
    this.#names[offset % REMEMBERED] = lostTo;
    this.#newest = offset;
  }

  /** Notes that an offset that had been kept is lost as well. */
  lost(offset: number, channel: string): void {
    if (this.#known(offset)) this.#names[offset % REMEMBERED] = channel;
  }

  /** How many publications a want lost above `after`, up to and with `to`; null when that reaches back too far. */
  count(want: Want, after: number, to: number): number | null {
    if (!this.#known(after + 1)) return null;
    let missed = 0;
    for (let offset = after + 1; offset <= to; offset++) {
      const name = this.#names[offset % REMEMBERED];
      if (name !== undefined && matches(want.filter, name)) missed++;
    }
    return missed;
  }

  #known(offset: number): boolean {
    return offset > this.#newest - REMEMBERED;
  }
}
