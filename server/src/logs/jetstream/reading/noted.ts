import { firstWhere } from '../../../core/log/first-where.ts';
import { matches } from '../../../core/log/matching.ts';
import type { DroppedAnswer, DroppedQuestion } from '../../../core/log/store.ts';

/** For how many of the newest entries it is known which channel they are of: 8 bytes each, and some for their pack. */
const ENTRIES_MOST = 1_000_000;

/** Most dropped entries checked for one scan, for all its questions together: beyond, their number is unknown. */
const CHECKED_MOST = 1_000_000;

/** What a pack had. */
export interface NotedPack {
  readonly sequence: number;
  /** Offset of its first entry. */
  readonly first: number;
  readonly time: number;
  /** Of each entry; undefined: it does not count. The last one counts. */
  readonly channels: readonly (string | undefined)[];
  /** What those that are gaps stand for, by their places; null: nobody knows. */
  readonly gaps: ReadonlyMap<number, number | null> | undefined;
}

/** Says whether a dropped publication is still held, as the last one of its channel. */
export type IsKept = (channel: string, offset: number) => boolean;

/**
 * What the newest packs had, so that it is known what was lost when the stream has dropped them: a stream drops without
 * a word, and what it has dropped cannot be read any more.
 */
export class Noted {
  readonly #packs: NotedPack[] = [];
  /** Those before this place are forgotten. */
  #begin = 0;
  #entries = 0;
  #from: number;

  /** @param from offset up to which nothing is noted; 0: there was nothing */
  constructor(from: number) {
    this.#from = from;
  }

  /** Everything above this offset is noted. */
  get from(): number {
    return this.#from;
  }

  add(pack: NotedPack): void {
    this.#packs.push(pack);
    this.#entries += pack.channels.length;
    while (this.#entries > ENTRIES_MOST && this.#packs.length - this.#begin > 1) this.#forget();
  }

  /** Offset of the newest entry in packs below a sequence; undefined: none is noted. */
  newestBelow(sequence: number): number | undefined {
    const at = this.#firstWhere((pack) => pack.sequence >= sequence);
    return at > this.#begin ? lastOf(this.#packs[at - 1] as NotedPack) : undefined;
  }

  /**
   * The highest offset below every entry of a time or later; undefined: that may lie below what is noted.
   * @param head offset of the newest entry
   */
  before(time: number, head: number): number | undefined {
    const at = this.#firstWhere((pack) => pack.time >= time);
    if (at === this.#packs.length) return at > this.#begin || this.#from === 0 ? head : undefined;
    if (at > this.#begin) return lastOf(this.#packs[at - 1] as NotedPack);
    return this.#from === 0 ? 0 : undefined;
  }

  /** What was dropped up to an offset. */
  dropped(
    questions: readonly DroppedQuestion[],
    upTo: number,
    isKept: IsKept,
  ): { readonly answers: readonly (DroppedAnswer | undefined)[]; readonly searched: number } {
    const tallies = questions.map((question) => new Tally(question));
    const lowest = Math.min(...questions.map(({ from }) => from));
    let searched = 0;
    for (
      let at = this.#firstWhere((pack) => lastOf(pack) > lowest);
      at < this.#packs.length && (this.#packs[at] as NotedPack).first <= upTo;
      at++
    ) {
      const pack = this.#packs[at] as NotedPack;
      searched += pack.channels.length * questions.length;
      if (searched > CHECKED_MOST) {
        for (const tally of tallies) tally.unknown(upTo);
        break;
      }
      tallyPack(pack, tallies, isKept);
    }
    for (const tally of tallies) tally.unknown(Math.min(this.#from, upTo));
    return { answers: tallies.map(({ answer }) => answer), searched };
  }

  #firstWhere(isIt: (pack: NotedPack) => boolean): number {
    return firstWhere(this.#begin, this.#packs.length, (at) => isIt(this.#packs[at] as NotedPack));
  }

  #forget(): void {
    const pack = this.#packs[this.#begin] as NotedPack;
    this.#from = lastOf(pack);
    this.#entries -= pack.channels.length;
    this.#begin++;
    if (this.#begin < 1_024 || this.#begin * 2 < this.#packs.length) return;
    this.#packs.splice(0, this.#begin);
    this.#begin = 0;
  }
}

function lastOf({ first, channels }: NotedPack): number {
  return first + channels.length - 1;
}

function tallyPack({ first, channels, gaps }: NotedPack, tallies: readonly Tally[], isKept: IsKept): void {
  for (let i = 0; i < channels.length; i++) {
    const channel = channels[i];
    const offset = first + i;
    if (channel === undefined) continue;
    const stands = gaps?.has(i) ? (gaps.get(i) ?? null) : 1;
    if (!gaps?.has(i) && isKept(channel, offset)) continue;
    for (const tally of tallies) tally.add(offset, channel, stands);
  }
}

/** What of one filter was dropped. */
class Tally {
  readonly #question: DroppedQuestion;
  #first: number | null | undefined;
  #to = 0;
  #missed: number | null = 0;

  constructor(question: DroppedQuestion) {
    this.#question = question;
  }

  add(offset: number, channel: string, stands: number | null): void {
    const { filter, from } = this.#question;
    if (offset <= from || !matches(filter, channel)) return;
    if (this.#first === undefined) this.#first = offset;
    this.#to = offset;
    this.#missed = this.#missed === null || stands === null ? null : this.#missed + stands;
  }

  /** Something up to here may have been dropped. */
  unknown(upTo: number): void {
    if (this.#question.from >= upTo) return;
    this.#first = null;
    this.#to = Math.max(this.#to, upTo);
    this.#missed = null;
  }

  get answer(): DroppedAnswer | undefined {
    if (this.#first === undefined) return undefined;
    return { first: this.#first, to: this.#to, missed: this.#missed };
  }
}
