import type { Held } from './held.ts';
import { Line } from './line.ts';

/** What the log knows of one channel: the entries it holds, and how far it has dropped others. */
export class Channel {
  readonly name: string;
  readonly publications = new Line<Held>();
  /** Most channels never have any. */
  #gaps: Line<Held> | undefined;
  #lostUpTo: number;
  #published = 0;

  /** @param lostUpTo where the log forgot what it knew of channels that it held nothing of */
  constructor(name: string, lostUpTo: number) {
    this.name = name;
    this.#lostUpTo = lostUpTo;
  }

  /** Offset of the newest entry that was dropped for good; 0 if none was. */
  get lostUpTo(): number {
    return this.#lostUpTo;
  }

  /** How many publications it has had. */
  get published(): number {
    return this.#published;
  }

  get isHollow(): boolean {
    return this.publications.length === 0 && this.#gaps === undefined;
  }

  push(entry: Held): void {
    if (entry.kind === 'gap') {
      this.#gaps ??= new Line();
      this.#gaps.push(entry);
      return;
    }
    this.publications.push(entry);
    this.#published++;
  }

  /** Drops an entry for good: the oldest of its kind. */
  drop(entry: Held): void {
    // A last publication that was kept may go after younger gaps.
    this.#lostUpTo = Math.max(this.#lostUpTo, entry.offset);
    if (entry.kind === 'publication') this.publications.drop();
    else this.#gaps?.drop();
    if (this.#gaps?.length === 0) this.#gaps = undefined;
  }

  /** The entries above an offset, oldest first: at least so many, if there are. */
  above(offset: number, least: number): Held[] {
    const publications = this.publications.above(offset, least);
    if (!this.#gaps) return publications;
    return [...publications, ...this.#gaps.above(offset, least)].sort((a, b) => a.offset - b.offset);
  }

  /** Place of the newest publication held up to an offset; 0 if none is held. */
  nthUpTo(offset: number): number {
    return this.publications.upTo(offset)?.nth ?? 0;
  }
}
