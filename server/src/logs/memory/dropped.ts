import { type Counted, LossCount } from './loss-count.ts';

/** For how many of the newest offsets it is known which channel lost them: 8 bytes each, and 40 for a gap entry. */
const REMEMBERED = 65_536;

/** More is not looked at in one read, for all its wants together: how many were lost is not known then. */
const LOOK_MOST = 1_000_000;

/** An upstream gap that was dropped itself: what it told of is still missing. */
interface DroppedGap {
  readonly channel: string;
  readonly stands: number | null;
}

/** What each lately dropped offset was, so that a gap can say how many publications it swallowed. */
export class Dropped {
  /** Looks to count losses, since the beginning: dropped offsets, and what finds the wants of their channels. */
  searched = 0;
  /** A publication's channel; a gap; undefined for what is kept as the last of its channel. */
  readonly #slots: (string | DroppedGap | undefined)[] = [];
  #newest = 0;

  /**
   * Notes that an offset has left the log but is kept, as the last publication of its channel. Offsets come in order.
   */
  kept(offset: number): void {
    this.#slots[offset % REMEMBERED] = undefined;
    this.#newest = offset;
  }

  /** Notes that a publication is lost: the next in order, or one that had been kept. */
  lost(offset: number, channel: string): void {
    this.#note(offset, channel);
  }

  /**
   * Notes that a gap is lost, the next in order.
   * @param stands how many publications it told of; null when nobody knows
   */
  lostGap(offset: number, channel: string, stands: number | null): void {
    this.#note(offset, { channel, stands });
  }

  /**
   * How many publications each of these lost; null where that reaches back too far, takes too many looks, or is
   * unknown. Each offset is looked at once for all of them together.
   */
  counts(lost: readonly Counted[]): (number | null)[] {
    const known = lost.filter(({ from }) => this.#known(from + 1));
    const count = new LossCount(known);
    for (let offset = count.from + 1; offset <= count.to && count.looked <= LOOK_MOST; offset++) {
      const slot = this.#slots[offset % REMEMBERED];
      if (slot === undefined) count.pass();
      else if (typeof slot === 'string') count.add(offset, slot, 1);
      else count.add(offset, slot.channel, slot.stands);
    }
    this.searched += count.looked;
    const isWhole = count.looked <= LOOK_MOST;
    return lost.map((one) => (isWhole ? count.missed(one) : null));
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
