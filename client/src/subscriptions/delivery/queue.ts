import { type Filter, utf8Bytes } from '@zerospan/shared';
import type { Gap, Publication, QueueBounds } from '../../types.ts';
import { withGap } from '../gaps.ts';
import type { Parcel } from './acks.ts';
import type { Budget, Holder } from './budget.ts';

/** Bounds of a subscriber's queue when none are given. */
export const QUEUE_BOUNDS = { publications: 1_000, bytes: 256 * 1024 } as const;

const UNBOUNDED = { publications: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY } as const;

export type Item =
  | { readonly kind: 'publication'; readonly publication: Publication }
  | { readonly kind: 'gap'; readonly gap: Gap };

/** A publication that waits, the gaps that come after it, and the next publication. */
interface Entry {
  readonly publication: Publication;
  /** Held until it is handed over or dropped. */
  parcel: Parcel | undefined;
  /** Of its payload. */
  readonly bytes: number;
  gaps: readonly Gap[];
  next: Entry | undefined;
}

const NONE: readonly Gap[] = [];

/**
 * What waits for a subscriber, in order, within its bounds and those of the bus: the oldest publications give way to a
 * gap.
 */
export class Queue implements Holder {
  readonly #most: { readonly publications: number; readonly bytes: number };
  readonly #budget: Budget;
  readonly #filters: () => readonly Filter[];
  /** Gaps before the first publication. */
  #front: readonly Gap[] = NONE;
  #first: Entry | undefined;
  #last: Entry | undefined;
  #count = 0;
  #payloadBytes = 0;
  #heldBytes = 0;

  /** @param filters what a gap names as concerned when this queue dropped something */
  constructor(bounds: QueueBounds, budget: Budget, filters: () => readonly Filter[]) {
    const { whenFull = 'drop', ...most } = { ...QUEUE_BOUNDS, ...bounds };
    for (const [name, bound] of Object.entries(most)) {
      if (!Number.isSafeInteger(bound) || bound < 1) {
        throw new RangeError(`queue.${name} is a whole number from 1, not ${bound}`);
      }
    }
    if (whenFull !== 'drop' && whenFull !== 'wait')
      throw new RangeError(`queue.whenFull is drop or wait, not ${String(whenFull)}`);
    this.#most = whenFull === 'drop' ? most : UNBOUNDED;
    this.#budget = budget;
    this.#filters = filters;
  }

  get bytes(): number {
    return this.#heldBytes;
  }

  get spareBytes(): number {
    return this.#heldBytes - (this.#last?.parcel?.bytes ?? 0);
  }

  get empty(): boolean {
    return this.#first === undefined && this.#front.length === 0;
  }

  get hasPublication(): boolean {
    return this.#first !== undefined;
  }

  /** What does not fit the bus's budget now is for its `keep()` to see to. */
  push(publication: Publication, parcel: Parcel): void {
    const bytes = utf8Bytes(publication.text);
    const entry: Entry = { publication, parcel, bytes, gaps: NONE, next: undefined };
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    this.#count += 1;
    this.#payloadBytes += entry.bytes;
    this.#budget.hold(parcel);
    this.#heldBytes += parcel.bytes;
    this.#budget.changed(this);
    const { publications, bytes: most } = this.#most;
    while (this.#count > 1 && (this.#count > publications || this.#payloadBytes > most)) this.giveWay();
  }

  reportGap(gap: Gap): void {
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
    for (let entry = this.#first; entry !== undefined; entry = entry.next) this.#release(entry);
    this.#budget.changed(this);
  }

  giveWay(): void {
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
    this.#payloadBytes -= entry.bytes;
    this.#release(entry);
    this.#budget.changed(this);
    return entry;
  }

  #release(entry: Entry): void {
    if (entry.parcel === undefined) return;
    this.#heldBytes -= entry.parcel.bytes;
    this.#budget.letGo(entry.parcel);
    entry.parcel = undefined;
  }
}
