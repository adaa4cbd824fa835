/** What became of one publication at one client. */
export const VERDICTS = [
  /** Its application acknowledged it. */
  'had',
  /** It was written to the client, which does not acknowledge, or has not yet. */
  'written',
  /** The session is behind, or in the middle of a replay, and will be given it. */
  'coming',
  /** The client is away, and will be given it if it returns while the log holds it. */
  'away',
  /** It was not written, and will not be: a gap that covers it was reported, or has still to be. */
  'lost',
  /** It was left out, or will be, because the client asked for the newest of each channel only. */
  'skipped',
  /** No subscription of the client was due it: there was none, it began behind it, or it ended before. */
  'not-subscribed',
  /** The client asked for the channel, and its token did not grant it. */
  'no-grant',
  /** There is no publication with this offset. */
  'no-publication',
  /** What is known does not suffice: the journal does not reach back so far, or the log no longer holds it. */
  'unknown',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** `GET /v1/explain`. */
export interface Explanation {
  /** `EPOCH_OFFSET`. */
  readonly position: string;
  /** The client's `ref`. */
  readonly client: string;
  readonly verdict: Verdict;
  /** For people, one sentence. */
  readonly sentence: string;
  /** What it follows from, in order of time. */
  readonly evidence: readonly {
    /** ms since 1970; null: it has no time of its own. */
    readonly time: number | null;
    readonly text: string;
  }[];
  /** Of the publication; left out where that is not known. */
  readonly channel?: string;
  readonly time?: number;
}
