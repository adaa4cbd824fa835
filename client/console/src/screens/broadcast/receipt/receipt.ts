import type { PutCounts, PutResult, ZerospanError } from '@zerospan/client';
import type { AbsentClient, ChannelWho, NamedSession, ReceiptNames, SkippedReason } from '@zerospan/shared';

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

/** A result with what the server says of single sessions, where it does. */
type Named = Omit<PutResult, 'channels'> &
  Partial<ReceiptNames> & {
    readonly channels: readonly (PutResult['channels'][number] & { readonly who?: ChannelWho })[];
  };

/** The rows of a put that was appended, in the order in which its channels were named. */
export function rowsOf(result: PutResult): ChannelRow[] {
  const { epoch, channels, sessions: named, absent = [] }: Named = result;
  return channels.map((each, place) => {
    const { channel, offset, sessions, nativeSubscriptions, confirmed, skipped, unanswered, who } = each;
    const counts =
      confirmed === undefined || skipped === undefined || unanswered === undefined
        ? undefined
        : { confirmed, skipped, unanswered };
    const people = named && [...(who ? peopleOf(who, named) : []), ...absentOf(absent, place)];
    return {
      channel,
      offset,
      epoch,
      sessions,
      nativeSubscriptions,
      ...(counts && { counts }),
      ...(people && { people }),
    };
  });
}

/** Sessions of a put that its receipt could not name. */
export function unnamedOf(result: PutResult): number {
  const { more = 0 }: Named = result;
  return more;
}

function peopleOf(who: ChannelWho, sessions: readonly NamedSession[]): PersonRow[] {
  const away = new Set(who.away);
  const people: PersonRow[] = [];
  const add = (place: number, standing: Standing): void => {
    const session = sessions[place];
    if (session !== undefined) people.push({ who: session, standing });
  };
  for (const [place, reason] of who.skipped) add(place, { kind: 'skipped', reason });
  for (const [place, reason] of who.unanswered) {
    if (reason !== undefined) add(place, { kind: reason });
    else add(place, { kind: away.has(place) ? 'away' : 'no-answer' });
  }
  for (const [place, ms] of who.has) add(place, { kind: 'has', ms });
  return people;
}

function absentOf(absent: readonly AbsentClient[], place: number): PersonRow[] {
  return absent
    .filter(({ channels }) => channels.includes(place))
    .map((who) => ({ who, standing: { kind: 'absent', lostMs: who.lostMs } }));
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

/** A standing for people, one line. */
export function standingWords(standing: Standing): string {
  switch (standing.kind) {
    case 'has':
      return `Has it, after ${standing.ms} ms`;
    case 'skipped':
      return SKIPPED_WORDS[standing.reason];
    case 'no-answer':
      return 'No answer yet: it is behind or stands still, and gets it when it reads on';
    case 'no-acks':
      return 'Was sent it; readers over HTTP never answer';
    case 'away':
      return 'Away: it lost its connection, and gets it when it comes back';
    case 'absent':
      return `Away since ${seconds(standing.lostMs)} before: it gets it when it comes back`;
  }
}

const SKIPPED_WORDS: Readonly<Record<SkippedReason, string>> = {
  retention: 'Skipped: the log dropped it before this client had read so far',
  lag: 'Skipped: it was behind, and asks for the newest only',
  unsubscribed: 'Skipped: it had unsubscribed',
  unmatched: 'Skipped: it came back without this subscription',
};

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
