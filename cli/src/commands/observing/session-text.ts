import type { NamedSession, ObservedGrants, SessionDetail } from '@zerospan/shared';
import { count, printable } from '../../terminal/terminal.ts';
import { agoText, durationText, sizeText } from './texts.ts';

/** Who a session is, for people: its subject, which is verified, before its name, which is its own choice. */
export function whoText({ subject, name }: Pick<NamedSession, 'subject' | 'name'>): string {
  if (subject === undefined) return name === undefined ? '-' : `"${name}"`;
  return name === undefined ? subject : `${subject} "${name}"`;
}

/** One session for people, a line for each subject. */
export function detailLines(detail: SessionDetail, nowMs = Date.now()): string[] {
  const { session, ref, address, transport, standing, position, lag, grants, expires, window } = detail;
  const ago = (time: number): string => `${agoText(nowMs - time)} ago`;
  const rows: [string, string][] = [
    ['Session', session],
    ['Client', `${whoText(detail)}, ref ${ref}`],
    ['From', `${address === '' ? '' : `${address}, `}${transport}, since ${agoText(nowMs - detail.since)}`],
    ['Position', `${position}, ${standing}, ${lag} behind the head`],
    [
      'Unacked',
      window.mostBytes === 0
        ? 'it does not acknowledge'
        : `${sizeText(window.bytes)} of ${sizeText(window.mostBytes)}`,
    ],
    ['Refused', count(detail.refusals, 'request')],
    ['Gaps', `${detail.gaps} reported`],
    ['May', mayText(grants)],
    ['Expires', expires === null ? 'never' : `in ${durationText(Math.max(expires - nowMs, 0))}`],
    ...detail.subscribed.map(({ id, onLag, channels, prefixes, replayed }): [string, string] => [
      'Subscribed',
      `${id}: ${filtersText(channels, prefixes)}, onLag ${onLag}` +
        (replayed === undefined ? '' : `, replaying at ${replayed}`),
    ]),
    ...detail.reported.map(({ time, reason, from, to, missed }): [string, string] => [
      'Gap',
      `${ago(time)}, ${reason}: ${missed ?? 'an unknown number'} missed, offsets ${from ?? '?'} to ${to ?? '?'}`,
    ]),
    ...detail.earlier.map(({ session: before, began, ended, code }): [string, string] => [
      'Earlier',
      `${before}, for ${durationText(ended - began)}, ended ${ago(ended)}, ${code === null ? 'lost' : `code ${code}`}`,
    ]),
  ];
  return rows.map(([name, text]) => printable(`${name.padEnd(11)} ${text}`));
}

/** Filters that are written out; there may be thousands. */
const FILTERS_MOST = 8;

function filtersText(channels: readonly string[], prefixes: readonly string[]): string {
  const all = [...channels, ...prefixes.map((prefix) => `${prefix}*`)];
  if (all.length === 0) return 'nothing';
  const more = all.length > FILTERS_MOST ? ` and ${all.length - FILTERS_MOST} more` : '';
  return `${all.slice(0, FILTERS_MOST).join(' ')}${more}`;
}

function mayText({ subscribe, put, history, confirm, admin, metrics, observe }: ObservedGrants): string {
  const rights = [
    ...(confirm === false ? [] : [confirm === 'names' ? 'confirm by name' : 'confirm']),
    ...(admin ? ['admin'] : []),
    ...(metrics ? ['metrics'] : []),
    ...(observe ? ['observe'] : []),
  ];
  const text = ({ channels, prefixes }: ObservedGrants['put']): string => filtersText(channels, prefixes);
  return [
    `subscribe to ${text(subscribe)}; put on ${text(put)}; history of ${text(history)}`,
    ...rights,
  ].join('; ');
}
