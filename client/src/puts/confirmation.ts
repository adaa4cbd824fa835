import type { AcceptedChannel, ChannelWho, ConfirmedBody, NamedSession } from '@zerospan/shared';
import type { PutChannel, PutResult, PutWho } from '../types.ts';

/** What a receipt adds to the result of a put: its counts, and its names where it has some. */
export function confirmationOf(
  accepted: readonly AcceptedChannel[],
  { channels, sessions, more, absent = [] }: ConfirmedBody,
): Pick<PutResult, 'channels' | 'more'> {
  const known = accepted.map((channel, i): PutChannel => {
    const counts = channels[i];
    if (!counts) return channel;
    const { confirmed, skipped, unanswered, who } = counts;
    const named = who &&
      sessions && {
        who: { ...whoOf(who, sessions), absent: absent.filter((one) => one.channels.includes(i)) },
      };
    return { ...channel, confirmed, skipped, unanswered, ...named };
  });
  return { channels: known, ...(more !== undefined && { more }) };
}

function whoOf(
  { has, skipped, unanswered, away }: ChannelWho,
  sessions: readonly NamedSession[],
): Omit<PutWho, 'absent'> {
  const at = (place: number): NamedSession => sessions[place] as NamedSession;
  return {
    has: has.map(([place, afterMs]) => ({ session: at(place), afterMs })),
    skipped: skipped.map(([place, reason]) => ({ session: at(place), reason })),
    unanswered: unanswered.map(([place, why]) => ({ session: at(place), acks: why === undefined })),
    away: away.map(at),
  };
}
