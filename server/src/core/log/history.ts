import type { FilterSet } from '@zerospan/shared';
import type { Entry, Loss } from './log.ts';

/** By offset, or against it. */
export type Order = 'forwards' | 'backwards';

/** Asks for the entries of a filter above `after`, up to and with `upTo`, a page at a time. */
export interface PageQuestion {
  readonly filter: FilterSet;
  readonly order: Order;
  readonly after: number;
  readonly upTo: number;
  /** Most entries; at least 1. */
  readonly limit: number;
  /** How many entries may be scanned; at least 1. */
  readonly scan: number;
  /** How many bytes of texts may be answered; one entry is always allowed. */
  readonly bytes: number;
  /** Forwards: what was lost up to here is known already. Default: 0. */
  readonly reportedUpTo?: number | undefined;
}

export interface Page {
  /** In the order asked for. */
  readonly entries: readonly Entry[];
  /**
   * How far it came: the `after` of the next page; backwards, its `upTo`. It has moved on, also where a page is empty.
   */
  readonly reached: number;
  /** Whether there is nothing more between the two. */
  readonly isEnd: boolean;
  /** Forwards: what of the filter was lost above `after`. */
  readonly loss: Pick<Loss, 'to' | 'missed'> | undefined;
  /** Work, in entries scanned, and in what was searched for losses. */
  readonly scanned: number;
}

/** What is known of an entry that the log has dropped. */
export type DroppedEntry = Pick<Entry, 'kind' | 'channel'>;

/**
 * PORT: what a log held before, for readers that page through it rather than follow it.
 *
 * - `page` MUST answer every entry that the filter lets through between where it began and `reached`, in the order
 *   asked for, and no other. `reached` MUST move on, unless nothing lies between.
 * - Forwards, it MUST report what of the filter was lost above `after` and `reportedUpTo`.
 * - `offsetBeforeTime` MUST answer an offset below every entry of this time or later, by the entries' own times.
 * - `droppedAt` MUST answer what was dropped from an offset, or that it does not know.
 */
export interface History {
  page(question: PageQuestion): Promise<Page>;
  /** @param timeMs in ms since 1970 */
  offsetBeforeTime(timeMs: number): Promise<number>;
  /** undefined: nothing was dropped from there, or it is not known any more. */
  droppedAt(offset: number): DroppedEntry | undefined;
}
