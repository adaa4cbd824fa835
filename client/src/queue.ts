import { type Filter, utf8Bytes } from '@zerospan/shared';
import type { Parcel } from './acks.ts';
import { withGap } from './gaps.ts';
import type { Gap, Publication, QueueBounds } from './types.ts';

/** Bounds of a subscriber's queue when none are given. */
export const QUEUE_BOUNDS = { publications: 1_000, bytes: 256 * 1024 } as const;

export type Item =
  | { readonly kind: 'publication'; readonly publication: Publication }
  | { readonly kind: 'gap'; readonly gap: Gap };

/** A publication that waits, the gaps that come after it, and the next publication. */
interface Entry {
  readonly publication: Publication;
  /** Held until it is handed over or dropped. */
  parcel: Parcel | undefined;
  readonly bytes: number;
  gaps: readonly Gap[];
  next: Entry | undefined;
}

const NONE: readonly Gap[] = [];

/** What waits for a subscriber, in order, within its bounds: the oldest publications give way to a gap. */
export class Queue {
  readonly #most: Required<QueueBounds>;
  readonly #filters: () => readonly Filter[];
  /** Gaps before the first publication. */
  #front: readonly Gap[] = NONE;
  #first: Entry | undefined;
  #last: Entry | undefined;
  #count = 0;
  #bytes = 0;

  /** @param filters what a gap names as concerned when this queue dropped something */
  constructor(bounds: QueueBounds, filters: () => readonly Filter[]) {
    this.#most = { ...QUEUE_BOUNDS, ...bounds };
    for (const [name, bound] of Object.entries(this.#most)) {
      if (!Number.isSafeInteger(bound) || bound < 1) {
        throw new RangeError(`queue.${name} is a whole number from 1, not ${bound}`);
      }
    }
    this.#filters = filters;
  }

  get empty(): boolean {
    return this.#first === undefined && this.#front.length === 0;
  }

  get hasPublication(): boolean {
    return this.#first !== undefined;
  }

  push(publication: Publication, parcel: Parcel): void {
    parcel.hold();
    const bytes = utf8Bytes(publication.text);
    const entry: Entry = { publication, parcel, bytes, gaps: NONE, next: undefined };
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    this.#count += 1;
    this.#bytes += entry.bytes;
    while (this.#count > 1 && (this.#count > this.#most.publications || this.#bytes > this.#most.bytes)) {
      this.#drop();
    }
  }

  tell(gap: Gap): void {
    if (this.#last === undefined) this.#front = withGap(this.#front, gap);
    else this.#last.gaps = withGap(this.#last.gaps, gap);
  }

  shift(): Item | undefined {
    const [gap, ...others] = this.#front;
    if (gap !== undefined) {
      this.#front = others;
      return { kind: 'gap', gap };
    }
    const entry = this.#take();
    if (entry === undefined) return undefined;
    this.#front = entry.gaps;
    return { kind: 'publication', publication: entry.publication };
  }

  /** Counts what waits as handed over, though it can still be read. */
  letGo(): void {
    for (let entry = this.#first; entry !== undefined; entry = entry.next) {
      entry.parcel?.release();
      entry.parcel = undefined;
    }
  }

  #drop(): void {
    const entry = this.#take();
    if (entry === undefined) return;
    const { epoch, offset } = entry.publication;
    const gap: Gap = {
      reason: 'queue',
      filters: this.#filters(),
      epoch,
      from: offset,
      to: offset,
      missed: 1,
    };
    this.#front = [gap, ...entry.gaps].reduce(withGap, this.#front);
  }

  #take(): Entry | undefined {
    const entry = this.#first;
    if (entry === undefined) return undefined;
    this.#first = entry.next;
    if (this.#first === undefined) this.#last = undefined;
    this.#count -= 1;
    this.#bytes -= entry.bytes;
    entry.parcel?.release();
    return entry;
  }
}
