import type { NamedSession, PutChannel, PutResult } from '@zerospan/client';
import { count, printable } from '../terminal/terminal.ts';

/** Width of the first word of a line of the board. */
const STATE_WIDTH = 9;

/** What a put came to, for people: a line for each channel, and below it one for each session that is named. */
export function receiptLines({ channels, more }: PutResult): string[] {
  const lines = channels.flatMap((channel) => [lineOf(channel), ...boardOf(channel)]);
  return more === undefined ? lines : [...lines, `and ${more} more, without names; the counts have them all`];
}

function lineOf({ channel, offset, sessions, nativeSubscriptions, ...counts }: PutChannel): string {
  const matched = `${count(sessions, 'session')} and ${count(nativeSubscriptions, 'ZeroMQ subscription')}`;
  const { confirmed, skipped, unanswered } = counts;
  const got =
    confirmed === undefined
      ? ''
      : `; ${count(confirmed, 'session')} confirmed, ${skipped} skipped, ${unanswered} unanswered`;
  return `${channel}: accepted at offset ${offset}, matched by ${matched}${got}`;
}

function boardOf({ who }: PutChannel): string[] {
  if (!who) return [];
  const isAway = new Set(who.away);
  return [
    ...who.has.map(({ session, afterMs }) => row('has it', session, `after ${afterMs} ms`)),
    ...who.skipped.map(({ session, reason }) => row('skipped', session, reason)),
    ...who.unanswered
      .filter(({ session }) => !isAway.has(session))
      .map(({ session, acks }) => row('no answer', session, acks ? '' : 'never acknowledges')),
    ...who.away.map((session) => row('away', session, 'gets it when it comes back')),
    ...who.absent.map((client) =>
      row('absent', client, `lost its session ${seconds(client.lostMs)} s before`),
    ),
  ];
}

function row(state: string, session: NamedSession, remark: string): string {
  return `  ${state.padEnd(STATE_WIDTH)}  ${labelOf(session)}${remark === '' ? '' : `  ${remark}`}`;
}

/** Whom a token is of comes first: a name is the client's own choice. */
function labelOf({ subject, name, ref }: NamedSession): string {
  const parts = [subject, name === undefined ? undefined : `"${name}"`, ref];
  return parts.flatMap((part) => (part === undefined ? [] : [printable(part)])).join(' ');
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
