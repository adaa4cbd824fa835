import type { Code, FilterSet, GapReason } from '@zerospan/shared';
import type { AckMarks } from './ack-marks.ts';
import type { GivenOffsets } from './given-offsets.ts';

/**
 * Why a gap was reported, as far as it matters for a single publication between its ends.
 *
 * - `dropped`: the log no longer held some of them; what it held was given all the same.
 * - `passed`: nothing between its ends was given, held or not.
 * - `latest`: nothing between its ends was given, because each had a newer one on its channel.
 * - `restart`: the position was of an epoch that has ended, or was never given.
 */
export type GapCause = 'dropped' | 'passed' | 'latest' | 'restart';

/** How a span ended. `live`: a replay that was over. `closed`: with its session. */
export type SpanEnd = 'live' | 'narrowed' | 'withheld' | 'unsubscribed' | 'lag' | 'forbidden' | 'closed';

/** What one subscription was given of the log in one way, above an offset. */
export interface Span {
  /** Of its subscription. */
  readonly id: number;
  readonly kind: 'live' | 'replay';
  readonly filter: FilterSet;
  readonly after: number;
  /** Everything up to here that matches was written, or reported in a gap. */
  readonly upTo: number;
  /** When the subscription was granted, by the log's `now`. */
  readonly since: number;
  /** From where its client had come back with it, as the session began; undefined: it had not. */
  readonly position: number | undefined;
  /** Left out: it goes on. */
  readonly end?: SpanEnd;
  /** When it ended, and its place among all that was noted. */
  readonly until?: { readonly time: number; readonly order: number };
  /** While its session is behind, it takes of each channel only the newest. */
  readonly onlyNewest: boolean;
  /** A replay that was asked for, which is given whole all the same. Left out: it is none. */
  readonly isWhole?: boolean;
  /** It may not be given what lies up to here; no gap has reported that yet. */
  readonly begins: number;
  /** A replay of the last n of each channel as of an offset. */
  readonly last?: { readonly n: number; readonly asOf: number } | undefined;
  /** A replay that has not been read yet begins at this moment of the log's `elapsed`, unless that is above `after`. */
  readonly fromMs?: number | undefined;
  /** Of a replay: what no rule decides. */
  readonly given?: GivenOffsets | undefined;
  /** Of a replay: what its application was known to have while it went on, and since when. */
  readonly had?: { readonly upTo: number; readonly by: number } | undefined;
  /** Bytes of entries that its session had been sent by then; 0 where its client never acknowledges. */
  readonly sentBytes: number;
}

export interface OfSession {
  readonly session: string;
  /** Which of two was noted first, also within a ms. */
  readonly order: number;
  /** Number of the epoch that the session had. */
  readonly era: number;
  /** By the log's `now`, as the times of its entries. */
  readonly time: number;
  /** Up to here fan-out had come. */
  readonly head: number;
}

/** A gap was reported to some subscriptions. */
export interface GapRecord extends OfSession {
  readonly kind: 'gap';
  readonly cause: GapCause;
  readonly reason: GapReason;
  /** Number of the epoch that `from` and `to` belong to; undefined: it is not known. */
  readonly lostEra: number | undefined;
  readonly subscriptions: readonly number[];
  readonly from: number | null;
  readonly to: number | null;
  readonly missed: number | null;
}

/** A subscription took in one way what it takes in another from now on, or not any more. */
export interface SpanRecord extends OfSession {
  readonly kind: 'span';
  readonly span: Span;
}

/** A subscription was refused. */
export interface RefusalRecord extends OfSession {
  readonly kind: 'refusal';
  readonly code: Code;
  readonly reason: string;
  readonly filter: FilterSet;
  /** It asked for what lies above this. */
  readonly after: number;
}

/** Ordinary publications were written although they lie in a gap that was reported: the log still held them. */
export interface GivenRecord extends OfSession {
  readonly kind: 'given';
  readonly given: GivenOffsets;
}

/** A session has ended. */
export interface EndRecord extends OfSession {
  readonly kind: 'end';
  readonly began: number;
  /** How far fan-out had come when it began. */
  readonly beganAt: number;
  readonly resumed: boolean;
  readonly isAcking: boolean;
  readonly marks: AckMarks | undefined;
  /** The close code; null: the client was lost. */
  readonly code: number | null;
  /** Of the subscriptions that it had. */
  readonly spans: readonly Span[];
}

export type JournalRecord = GapRecord | SpanRecord | RefusalRecord | GivenRecord | EndRecord;

/** What a record costs beside its lists, with its place in the journal and the id of its session. */
export const RECORD_BYTES = 400;

/** What the history of a client costs, beside its records: it counts with the first of them. */
export const CLIENT_BYTES = 500;

/** Of a span, and of one filter beside its name. */
const SPAN_BYTES = 192;
const FILTER_BYTES = 32;

/** What a record takes of memory. Filters count in full, also where others have the same. */
export function bytesOf(record: JournalRecord): number {
  switch (record.kind) {
    case 'gap':
      return RECORD_BYTES + record.subscriptions.length * 8;
    case 'span':
      return RECORD_BYTES + bytesOfSpan(record.span);
    case 'refusal':
      return RECORD_BYTES + bytesOfFilter(record.filter) + record.reason.length;
    case 'given':
      return RECORD_BYTES + record.given.bytes;
    case 'end':
      return record.spans.reduce(
        (sum, span) => sum + bytesOfSpan(span),
        RECORD_BYTES + (record.marks?.bytes ?? 0),
      );
  }
}

function bytesOfSpan({ filter, given }: Span): number {
  return SPAN_BYTES + bytesOfFilter(filter) + (given?.bytes ?? 0);
}

function bytesOfFilter({ channels, prefixes }: FilterSet): number {
  let sum = 0;
  for (const name of channels) sum += FILTER_BYTES + name.length;
  for (const name of prefixes) sum += FILTER_BYTES + name.length;
  return sum;
}
