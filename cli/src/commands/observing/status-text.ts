import type { NodeStatus, ServerStatus } from '@zerospan/shared';
import { count, printable } from '../../terminal/terminal.ts';
import { durationText, rateText, sizeText } from './texts.ts';

type Counts = Readonly<Record<string, number>>;

/** A limit is shown from this share of it on. */
const NEAR = 0.8;

/** The state of a server for people, a line for each subject. */
export function statusLines(status: ServerStatus): string[] {
  const { version, uptimeMs, waiting, log, channels, connections, sessions, rates, zeromq } = status;
  const { ingress, egress } = zeromq.peers;
  const away = log.awayMs === null ? 'without end' : durationText(log.awayMs);
  const near = status.limits.filter(({ used, most }) => used >= most * NEAR);
  const rows: [string, string][] = [
    ['Server', `Zerospan ${version}, up ${durationText(uptimeMs)}, ${readinessOf(waiting)}`],
    [
      'Log',
      `${placeOf(log)}, ${log.state}: ${count(log.entries, 'entry', 'entries')}, ` +
        `${sizeText(log.bytes)} of ${sizeText(log.mostBytes)}${inMemory(log)}`,
    ],
    ['Away', `a client misses nothing for ${away}`],
    ['Head', `${log.head} of epoch ${log.epoch}`],
    ['Sessions', `${sessions.live} live, ${sessions.behind} behind; ${count(connections, 'connection')}`],
    ['Channels', `${channels.held}`],
    [
      'Per second',
      `${rateText(rates.putsPerS)} puts, ${rateText(rates.publicationsPerS)} publications, ` +
        `${rateText(rates.deliveriesPerS)} deliveries`,
    ],
    ['Gaps', countsText(status.gaps)],
    ['Refused', countsText(status.refusals)],
    ['ZeroMQ', `${count(ingress, 'publisher')} and ${count(egress, 'subscriber')} connected`],
    ['Dropped', countsText(zeromq.dropped)],
    ...zeromq.sources.map(({ address, isConnected }): [string, string] => [
      'Source',
      `${address}: ${isConnected ? 'connected' : 'not connected'}`,
    ]),
    ...status.nodes.map((node): [string, string] => ['Node', nodeText(node)]),
    ...near.map(({ setting, used, most }): [string, string] => ['Limit', `${setting}: ${used} of ${most}`]),
    ...status.notes.map((note): [string, string] => ['Note', note]),
  ];
  return rows.map(([name, text]) => printable(`${name.padEnd(11)} ${text}`));
}

function nodeText({ id, name, version, uptimeMs, sessions, head, heardMs, isAway }: NodeStatus): string {
  const text = `${name} ${id}: Zerospan ${version}, up ${durationText(uptimeMs)}, `;
  const state = isAway ? `away, last heard ${durationText(heardMs)} ago` : count(sessions, 'session');
  return `${text}${state}, head ${head}`;
}

function placeOf({ kind, directory }: ServerStatus['log']): string {
  return directory === null ? kind : `${kind} ${directory}`;
}

function inMemory({ directory, memoryBytes }: ServerStatus['log']): string {
  return directory === null ? '' : `, ${sizeText(memoryBytes)} of it in memory`;
}

function readinessOf(waiting: readonly string[]): string {
  return waiting.length === 0 ? 'ready' : `not ready: ${waiting.join(', ')}`;
}

function countsText(counts: Counts): string {
  const some = Object.entries(counts).filter(([, n]) => n > 0);
  return some.length === 0 ? 'none' : some.map(([name, n]) => `${name} ${n}`).join(', ');
}
