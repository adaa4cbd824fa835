import type { PrefixNode } from '@zerospan/shared';
import type { Queued } from '../../sharing/fair-queue.ts';
import { NATIVE_USER } from '../../sharing/fair-share.ts';
import type { Entry } from '../log.ts';
import { Line } from './line.ts';

/** What the log knows of one channel: the offsets that it holds, and how far it has dropped others. */
export class Channel {
  readonly name: string;
  readonly publications = new Line();
  /** Who made the log hold something of it: for this user's share it counts. */
  user = NATIVE_USER;
  /** While nothing of it is held: its place among those of which it is known how far they were dropped. */
  hollow: Queued<Channel> | undefined;
  /** Among the names of all channels, while it is known. */
  place: PrefixNode<Channel> | undefined;
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

  push(kind: Entry['kind'], offset: number): void {
    if (kind === 'publication') {
      this.publications.push(offset);
      return;
    }
    this.#gaps ??= new Line();
    this.#gaps.push(offset);
  }

  /** Drops an entry for good: the oldest of its kind. */
  drop({ kind, offset }: Pick<Entry, 'kind' | 'offset'>): void {
    // A last publication that was kept may go after younger gaps.
    this.#lostUpTo = Math.max(this.#lostUpTo, offset);
    this.place?.raise(this.#lostUpTo);
    if (kind === 'publication') this.publications.drop();
    else this.#gaps?.drop();
    if (this.#gaps?.length === 0) this.#gaps = undefined;
  }

  /** The offsets above one, in order: at least so many, if there are. */
  above(offset: number, least: number): number[] {
    const publications = this.publications.above(offset, least);
    if (!this.#gaps) return publications;
    const gaps = this.#gaps.above(offset, least);
    // Where one of the two is cut short, nothing of the other may be answered that lies behind: what is in between
    // would be taken for passed.
    const upTo = Math.min(
      ...[publications, gaps].map((some) => (some.length < least ? Infinity : (some.at(-1) ?? 0))),
    );
    return [...publications, ...gaps].filter((each) => each <= upTo).sort((a, b) => a - b);
  }
}
