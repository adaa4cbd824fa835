import type { NamedSession } from '@zerospan/shared';
import { type ChannelRow, isNobody, type PersonRow } from './receipt.ts';

/** What "Send again" would do. */
export interface AgainPlan {
  /** Where it is put: a session skipped it there, or there was nobody. */
  readonly channels: readonly string[];
  /** How many of those had nobody. */
  readonly nobody: number;
  /** Who has it, was sent it or gets it from the log, and would be given it a second time. */
  readonly twice: readonly { readonly channel: string; readonly who: NamedSession }[];
  /** Sessions and ZeroMQ subscriptions of that kind which nobody named. */
  readonly twiceUnnamed: number;
  /** Channels that are left alone though not everybody has it there: those who lack it get it from the log. */
  readonly left: readonly string[];
}

/**
 * Plans to send a message again: on channels where a session skipped it, and where there was nobody. A client that is
 * behind or away gets it from the log, and is left alone.
 */
export function planAgain(rows: readonly ChannelRow[]): AgainPlan {
  const channels: string[] = [];
  const twice: { channel: string; who: NamedSession }[] = [];
  const left: string[] = [];
  let nobody = 0;
  let twiceUnnamed = 0;
  for (const row of rows) {
    if (isNobody(row) && !isComing(row)) nobody++;
    else if ((row.counts?.skipped ?? 0) === 0) {
      if ((row.counts?.unanswered ?? 0) > 0 || isComing(row)) left.push(row.channel);
      continue;
    }
    channels.push(row.channel);
    const named = (row.people ?? []).filter(isTwice);
    for (const { who } of named) twice.push({ channel: row.channel, who });
    const sent = row.sessions - (row.counts?.skipped ?? 0) + row.nativeSubscriptions;
    twiceUnnamed += Math.max(0, sent - named.filter(({ standing }) => standing.kind !== 'absent').length);
  }
  return { channels, nobody, twice, twiceUnnamed, left };
}

/** Whether somebody who was away already gets it from the log. */
function isComing({ people }: ChannelRow): boolean {
  return people?.some(({ standing }) => standing.kind === 'absent') ?? false;
}

function isTwice({ standing }: PersonRow): boolean {
  return standing.kind !== 'skipped';
}
