import type { Order } from '../../../core/log/history.ts';
import type { ChannelOffsets } from '../index/segment-index.ts';

/** Offsets above `after`, up to and with `upTo`. */
export interface Span {
  readonly after: number;
  readonly upTo: number;
}

/** A channel's entries of one kind, read in one direction. */
interface Line {
  readonly channel: string;
  /** Offsets in the order of the walk, from `i` on; undefined: that was the last. */
  readonly at: (i: number) => number | undefined;
  i: number;
}

/**
 * The entries of some channels in one order, merged as they are asked for: of thousands of channels with thousands of
 * entries each, a scan takes a few hundred. Entries are kept in a heap, by the offset that each line is at.
 */
export class Merge {
  readonly #sign: 1 | -1;
  readonly #span: Span;
  readonly #lines: Line[] = [];
  /** By line: the offset, negative where the walk goes backwards, so that the next one is the least. */
  readonly #keys: number[] = [];
  #isHeap = true;

  constructor(order: Order, span: Span) {
    this.#sign = order === 'forwards' ? 1 : -1;
    this.#span = span;
  }

  /** Adds a channel, which was not added before. Do so before anything is asked for. */
  add(channel: ChannelOffsets): void {
    const { name } = channel;
    const { after, upTo } = this.#span;
    const isForwards = this.#sign === 1;
    const { count } = channel;
    if (count > 0) {
      const from = channel.firstAbove(isForwards ? after : upTo) - (isForwards ? 0 : 1);
      this.#push(name, (i) => {
        const at = from + this.#sign * i;
        return at >= 0 && at < count ? channel.offsetAt(at) : undefined;
      });
    }
    const { gaps } = channel;
    if (gaps.length === 0) return;
    const within = gaps.map(({ offset }) => offset).filter((offset) => offset > after && offset <= upTo);
    if (!isForwards) within.reverse();
    this.#push(name, (i) => within[i]);
  }

  /** Offset of the next entry; undefined: there is none. */
  get offset(): number | undefined {
    const [least] = this.#heap();
    return least === undefined ? undefined : this.#sign * least;
  }

  /** Channel of the next entry. */
  get channel(): string {
    return this.#lines[0]?.channel ?? '';
  }

  /** Goes on behind the next entry. */
  next(): void {
    const [line] = this.#lines;
    if (!line) return;
    line.i++;
    const key = this.#keyOf(line);
    if (key === undefined) {
      const last = this.#lines.pop() as Line;
      const lastKey = this.#keys.pop() as number;
      if (this.#lines.length === 0) return;
      this.#lines[0] = last;
      this.#keys[0] = lastKey;
    } else this.#keys[0] = key;
    this.#sink(0);
  }

  #push(channel: string, at: Line['at']): void {
    const line = { channel, at, i: 0 };
    const key = this.#keyOf(line);
    if (key === undefined) return;
    this.#lines.push(line);
    this.#keys.push(key);
    this.#isHeap = false;
  }

  #keyOf({ at, i }: Line): number | undefined {
    const offset = at(i);
    if (offset === undefined || offset <= this.#span.after || offset > this.#span.upTo) return undefined;
    return this.#sign * offset;
  }

  #heap(): readonly number[] {
    if (!this.#isHeap) for (let i = (this.#keys.length >> 1) - 1; i >= 0; i--) this.#sink(i);
    this.#isHeap = true;
    return this.#keys;
  }

  #sink(from: number): void {
    const keys = this.#keys;
    const lines = this.#lines;
    const { length } = keys;
    const key = keys[from] as number;
    const line = lines[from] as Line;
    let at = from;
    for (let child = 2 * at + 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && (keys[child + 1] as number) < (keys[child] as number)) child++;
      if ((keys[child] as number) >= key) break;
      keys[at] = keys[child] as number;
      lines[at] = lines[child] as Line;
      at = child;
    }
    keys[at] = key;
    lines[at] = line;
  }
}
