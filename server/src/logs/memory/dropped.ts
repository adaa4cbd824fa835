import type { Want } from '../../core/log/log.ts';
import { matches } from '../../core/log/matching.ts';

/** For how many of the newest offsets it is known which channel lost them: 8 bytes each, and 40 for a gap entry. */
const REMEMBERED = 65_536;

/** An upstream gap that was dropped itself: what it told of is still missing. */
interface DroppedGap {
  readonly channel: string;
  readonly stands: number | null;
}

/** What each lately dropped offset was, so that a gap can say how many publications it swallowed. */
export class Dropped {
  /** Dropped offsets looked through, since the beginning. */
  searched = 0;
  /** A publication's channel; a gap; undefined for what is kept as the last of its channel. */
  readonly #slots: (string | DroppedGap | undefined)[] = [];
  #newest = 0;

  /** Notes that an offset has left the log but is kept, as the last publication of its channel. Offsets come in order. */
  kept(offset: number): void {
    this.#slots[offset % REMEMBERED] = undefined;
    this.#newest = offset;
  }

  /** Notes that a publication is lost: the next in order, or one that had been kept. */
  lost(offset: number, channel: string): void {
    this.#note(offset, channel);
  }

  /** Notes that a gap is lost, the next in order. @param stands how many publications it told of; null when nobody knows */
  lostGap(offset: number, channel: string, stands: number | null): void {
    this.#note(offset, { channel, stands });
  }

  /**
   * How many publications a want lost above `after`, up to and with `to`; null when that reaches back too far, or nobody knows.
   * @param most offsets to look at
   */
  count(want: Want, after: number, to: number, most: number): number | null {
    if (!this.#known(after + 1) || to - after > most) return null;
    this.searched += to - after;
    let missed = 0;
    for (let offset = after + 1; offset <= to; offset++) {
      const slot = this.#slots[offset % REMEMBERED];
      if (slot === undefined) continue;
      const { channel, stands } = typeof slot === 'string' ? { channel: slot, stands: 1 } : slot;
      if (!matches(want.filter, channel)) continue;
      if (stands === null) return null;
      missed += stands;
    }
    return missed;
  }

  #note(offset: number, lost: string | DroppedGap): void {
    if (!this.#known(offset)) return;
    this.#slots[offset % REMEMBERED] = lost;
    this.#newest = Math.max(this.#newest, offset);
  }

  #known(offset: number): boolean {
    return offset > this.#newest - REMEMBERED;
  }
}
