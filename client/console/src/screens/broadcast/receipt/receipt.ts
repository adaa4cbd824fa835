import type {
  NamedSession,
  PutCounts,
  PutResult,
  PutWho,
  SkippedReason,
  ZerospanError,
} from '@zerospan/client';

/** What became of a message at one session. */
export type Standing =
  /** Its application has it, this many ms after the append. */
  | { readonly kind: 'has'; readonly ms: number }
  | { readonly kind: 'skipped'; readonly reason: SkippedReason }
  /** It did not answer in time, and may yet get it. */
  | { readonly kind: 'no-answer' }
  /** It reads over HTTP, and never acknowledges. */
  | { readonly kind: 'no-acks' }
  /** It lost its connection behind the put, and gets it from the log when it comes back. */
  | { readonly kind: 'away' }
  /** The same, but it was lost before the put: it is in no sum. */
  | { readonly kind: 'absent'; readonly lostMs: number };

export interface PersonRow {
  readonly who: NamedSession;
  readonly standing: Standing;
}

/** What one channel of a broadcast came to. */
export interface ChannelRow {
  readonly channel: string;
  readonly offset: number;
  readonly epoch: string;
  /** Sessions that were subscribed when it was put: the counts together. */
  readonly sessions: number;
  readonly nativeSubscriptions: number;
  /** undefined: no receipt was asked for, or it has not come. */
  readonly counts?: PutCounts;
  /** undefined: the receipt names nobody. */
  readonly people?: readonly PersonRow[];
}

/** Parts of a receipt that the sums are over. */
export const SUMS = [
  'confirmed',
  'skipped',
  'unanswered',
  'sessions',
  'nativeSubscriptions',
  'nobody',
] as const;
export type Sums = Readonly<Record<(typeof SUMS)[number], number>>;

/** One put of a broadcast: a broadcast to more channels than one put may have is several. */
export type PutState =
  | { readonly kind: 'sending' }
  /** It is in the log, and answers are waited for. */
  | { readonly kind: 'accepted'; readonly result: PutResult }
  | { readonly kind: 'done'; readonly result: PutResult }
  /** Nobody knows whether it was appended. */
  | { readonly kind: 'outcome-unknown'; readonly error: ZerospanError }
  | { readonly kind: 'refused'; readonly error: Error };

/** The rows of a put that was appended, in the order in which its channels were named. */
export function rowsOf(result: PutResult): ChannelRow[] {
  const { epoch, channels } = result;
  return channels.map((each) => {
    const { channel, offset, sessions, nativeSubscriptions, confirmed, skipped, unanswered, who } = each;
    const counts =
      confirmed === undefined || skipped === undefined || unanswered === undefined
        ? undefined
        : { confirmed, skipped, unanswered };
    return {
      channel,
      offset,
      epoch,
      sessions,
      nativeSubscriptions,
      ...(counts && { counts }),
      ...(who && { people: peopleOf(who) }),
    };
  });
}

/** Sessions of a put that its receipt could not name. */
export function unnamedOf(result: PutResult): number {
  return result.more ?? 0;
}

/** Those who need somebody first. */
function peopleOf({ has, skipped, unanswered, away, absent }: PutWho): PersonRow[] {
  const lost = new Set(away.map(({ session }) => session));
  return [
    ...skipped.map(({ session, reason }) => row(session, { kind: 'skipped', reason })),
    ...unanswered.map(({ session, acks }) =>
      row(session, { kind: !acks ? 'no-acks' : lost.has(session.session) ? 'away' : 'no-answer' }),
    ),
    ...absent.map((who) => row(who, { kind: 'absent', lostMs: who.lostMs })),
    ...has.map(({ session, afterMs }) => row(session, { kind: 'has', ms: afterMs })),
  ];
}

function row(who: NamedSession, standing: Standing): PersonRow {
  return { who, standing };
}

/** Whether a channel had neither a session nor a ZeroMQ subscription when it was put. */
export function isNobody({ sessions, nativeSubscriptions }: ChannelRow): boolean {
  return sessions === 0 && nativeSubscriptions === 0;
}

export function sumsOf(rows: readonly ChannelRow[]): Sums {
  const sums = { confirmed: 0, skipped: 0, unanswered: 0, sessions: 0, nativeSubscriptions: 0, nobody: 0 };
  for (const row of rows) {
    sums.confirmed += row.counts?.confirmed ?? 0;
    sums.skipped += row.counts?.skipped ?? 0;
    sums.unanswered += row.counts?.unanswered ?? 0;
    sums.sessions += row.sessions;
    sums.nativeSubscriptions += row.nativeSubscriptions;
    if (isNobody(row)) sums.nobody++;
  }
  return sums;
}

/** A standing for people: a few words for a row, and a sentence. */
export function standingWords(standing: Standing): { readonly short: string; readonly long: string } {
  switch (standing.kind) {
    case 'has':
      return { short: `Has it, ${standing.ms} ms`, long: `Its application has it, after ${standing.ms} ms.` };
    case 'skipped':
      return SKIPPED_WORDS[standing.reason];
    case 'no-answer':
      return {
        short: 'No answer; gets it when it reads on',
        long: 'It has not answered yet: it is behind or stands still, and gets it when it reads on.',
      };
    case 'no-acks':
      return { short: 'Was sent it', long: 'It was sent it. Readers over HTTP never answer.' };
    case 'away':
      return {
        short: 'Away; gets it when it returns',
        long: 'It has lost its connection since, and gets it when it comes back.',
      };
    case 'absent':
      return {
        short: `Away for ${seconds(standing.lostMs)}; gets it when it returns`,
        long: `It had lost its connection ${seconds(standing.lostMs)} before, and gets it when it comes back.`,
      };
  }
}

const SKIPPED_WORDS: Readonly<Record<SkippedReason, { readonly short: string; readonly long: string }>> = {
  retention: {
    short: 'Skipped: dropped by the log',
    long: 'The log dropped it before this client had read so far.',
  },
  lag: {
    short: 'Skipped: newest only',
    long: 'It was behind, and asks for the newest of each channel only.',
  },
  unsubscribed: { short: 'Skipped: unsubscribed', long: 'It had unsubscribed before it was sent it.' },
  unmatched: {
    short: 'Skipped: unsubscribed',
    long: 'Its client came back without this subscription.',
  },
};

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
