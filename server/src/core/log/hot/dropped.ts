import { firstWhere } from '../first-where.ts';
import type { DroppedEntry } from '../history.ts';
import { type Counted, type Counts, LossCount, UNKNOWN } from './loss-count.ts';

/** For how many of the newest dropped entries it is known which channel lost them: 16 bytes each, 40 for a gap. */
const REMEMBERED = 65_536;

/**
 * Most dropped entries checked in one read, for all its `interests` together: beyond, the number of lost ones is
 * unknown.
 */
const SCAN_MOST = 1_000_000;

/** An upstream gap that was dropped itself: the publications that it reported are still missing. */
interface DroppedGap {
  readonly channel: string;
  readonly stands: number | null;
}

/** What each lately dropped entry was, so that a gap can say how many publications it swallowed. */
export class Dropped {
  /**
   * Steps to count losses, since the beginning: dropped entries, and look-ups of the filters that match their channels.
   */
  searched = 0;
  /** Two rings, in the order of offsets. */
  readonly #offsets: number[] = [];
  /** A publication's channel; a gap; undefined for what is kept as the last of its channel. */
  readonly #slots: (string | DroppedGap | undefined)[] = [];
  /** How many were ever noted: the next one's place. */
  #next = 0;
  /** Offset of the newest that is not remembered any more. */
  #forgottenUpTo = 0;

  /**
   * Notes that an entry has left the log but is kept, as the last publication of its channel. Offsets come in order.
   */
  kept(offset: number): void {
    this.#push(offset, undefined);
  }

  /** Notes that a publication is lost: the next in order, or one that had been kept. */
  lost(offset: number, channel: string): void {
    const newest = this.#next === 0 ? 0 : this.#offsetAt(this.#next - 1);
    if (offset > newest) {
      this.#push(offset, channel);
      return;
    }
    const place = this.#firstAbove(offset - 1);
    if (place < this.#next && this.#offsetAt(place) === offset) this.#slots[place % REMEMBERED] = channel;
  }

  /**
   * Notes that a gap is lost, the next in order.
   * @param stands how many publications it reported; null when unknown
   */
  lostGap(offset: number, channel: string, stands: number | null): void {
    this.#push(offset, { channel, stands });
  }

  /** What was lost from an offset; undefined: nothing, or it is not known any more. */
  at(offset: number): DroppedEntry | undefined {
    const place = this.#firstAbove(offset - 1);
    if (place >= this.#next || this.#offsetAt(place) !== offset) return undefined;
    const slot = this.#slots[place % REMEMBERED];
    if (typeof slot === 'string') return { kind: 'publication', channel: slot };
    return slot && { kind: 'gap', channel: slot.channel };
  }

  /**
   * What each of these lost; unknown where that reaches back too far or takes too many steps. Each entry is checked
   * once for all of them together.
   */
  counts(lost: readonly Counted[]): Counts[] {
    const known = lost.filter(({ from }) => from >= this.#forgottenUpTo);
    const count = new LossCount(known);
    const isAsked = (place: number): boolean => place < this.#next && this.#offsetAt(place) <= count.to;
    for (let place = this.#firstAbove(count.from); isAsked(place) && count.scanned <= SCAN_MOST; place++) {
      const slot = this.#slots[place % REMEMBERED];
      if (slot === undefined) count.pass();
      else if (typeof slot === 'string') count.add(this.#offsetAt(place), slot, 1);
      else count.add(this.#offsetAt(place), slot.channel, slot.stands);
    }
    this.searched += count.scanned;
    const isWhole = count.scanned <= SCAN_MOST;
    return lost.map((one) => (isWhole ? count.of(one) : UNKNOWN));
  }

  #push(offset: number, slot: string | DroppedGap | undefined): void {
    const at = this.#next % REMEMBERED;
    if (this.#next >= REMEMBERED) this.#forgottenUpTo = this.#offsets[at] as number;
    this.#offsets[at] = offset;
    this.#slots[at] = slot;
    this.#next++;
  }

  #firstAbove(offset: number): number {
    const oldest = Math.max(this.#next - REMEMBERED, 0);
    return firstWhere(oldest, this.#next, (place) => this.#offsetAt(place) > offset);
  }

  #offsetAt(place: number): number {
    return this.#offsets[place % REMEMBERED] as number;
  }
}
