import type { PrefixNode } from '@zerospan/shared';
import type { Queued } from '../../sharing/fair-queue.ts';
import { ZEROMQ_USER } from '../../sharing/fair-share.ts';
import type { Order } from '../history.ts';
import type { Entry } from '../log.ts';
import { Line } from './line.ts';

/** What the log knows of one channel: the offsets that it holds, and how far it has dropped others. */
export class Channel {
  readonly name: string;
  readonly publications = new Line();
  /** Who made the log hold something of it: for this user's share it counts. */
  user = ZEROMQ_USER;
  /** While nothing of it is held: its place among those of which it is known how far they were dropped. */
  hollow: Queued<Channel> | undefined;
  /** Among the names of all channels, while it is known. */
  place: PrefixNode<Channel> | undefined;
  /** Whether its loss is still to be noted in the tree of names. */
  isLate = false;
  /** Offset of its newest publication, which may have left the hot part for a store beneath; 0 if it had none. */
  newest = 0;
  /** Most channels never have any. */
  #gaps: Line | undefined;
  #lostUpTo: number;

  /** @param lostUpTo where the log forgot what it knew of channels that it held nothing of */
  constructor(name: string, lostUpTo: number) {
    this.name = name;
    this.#lostUpTo = lostUpTo;
  }

  /** Offset of the newest entry that was dropped for good; 0 if none was. */
  get lostUpTo(): number {
    return this.#lostUpTo;
  }

  get isHollow(): boolean {
    return this.publications.length === 0 && this.#gaps === undefined;
  }

  /** How many entries of it are held. */
  get entries(): number {
    return this.publications.length + (this.#gaps?.length ?? 0);
  }

  /** Offset of the oldest of them; undefined: there are none. */
  get oldest(): number | undefined {
    const oldest = Math.min(this.publications.oldest ?? Infinity, this.#gaps?.oldest ?? Infinity);
    return oldest === Infinity ? undefined : oldest;
  }

  /** How many of its publications lie above an offset. */
  countAbove(offset: number): number {
    return this.newest <= offset ? 0 : this.publications.between(offset, Infinity);
  }

  push(kind: Entry['kind'], offset: number): void {
    if (kind === 'publication') {
      this.publications.push(offset);
      this.newest = offset;
      return;
    }
    this.#gaps ??= new Line();
    this.#gaps.push(offset);
  }

  /** Drops an entry for good: the oldest of its kind. */
  drop({ kind, offset }: Pick<Entry, 'kind' | 'offset'>): void {
    // A last publication that was kept may go after younger gaps.
    this.#lostUpTo = Math.max(this.#lostUpTo, offset);
    this.pass(kind);
  }

  /** The oldest entry of a kind leaves, and a store beneath has it. */
  pass(kind: Entry['kind']): void {
    if (kind === 'publication') this.publications.drop();
    else this.#gaps?.drop();
    if (this.#gaps?.length === 0) this.#gaps = undefined;
  }

  /**
   * The offsets above one, or, backwards, up to and with one, in that order: at least `least` of them, if there are.
   */
  beyond(offset: number, order: Order, least: number): number[] {
    const publications = someOf(this.publications, offset, order, least);
    if (!this.#gaps) return publications;
    const gaps = someOf(this.#gaps, offset, order, least);
    const sign = order === 'forwards' ? 1 : -1;
    // Where one of the two is cut short, nothing of the other may be answered that lies behind: what is in between
    // would be taken for passed.
    const end = Math.min(
      ...[publications, gaps].map((some) => (some.length < least ? Infinity : sign * (some.at(-1) ?? 0))),
    );
    return [...publications, ...gaps].filter((each) => sign * each <= end).sort((a, b) => sign * (a - b));
  }
}

function someOf(line: Line, offset: number, order: Order, most: number): number[] {
  return order === 'forwards' ? line.above(offset, most) : line.below(offset, most);
}
