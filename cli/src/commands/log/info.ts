import { type LogInfo, type LogStanding, logInfo } from '@zerospan/server/log';
import { EXIT } from '../../terminal/failure.ts';
import { momentText } from '../../terminal/moment.ts';
import { count, printable, type Terminal, writeData } from '../../terminal/terminal.ts';
import { sizeText } from '../observing/texts.ts';
import { withLog } from './reading.ts';

export interface LogOptions {
  /** The result as a line of JSON. */
  readonly json?: boolean;
}

const STANDINGS: Readonly<Record<LogStanding, string>> = {
  'in-use': 'a server has it',
  closed: 'closed; a server goes on in this epoch',
  moved: 'closed by "zerospan log move"; the next server goes on in this epoch, wherever it is',
  left: 'not closed; a server goes on in this epoch',
  'left-before-boot':
    'not closed before this machine was started again; a server goes on in this epoch, and reports what may be missing',
  copy: 'a copy; a server begins a new epoch',
  unknown: 'nothing says which log it is; a server begins a new epoch',
};

/** Writes what a log on disk is and holds. */
export async function info(directory: string, { json }: LogOptions, terminal: Terminal): Promise<number> {
  const found = await withLog(directory, () => logInfo(directory));
  await writeData(terminal, json ? JSON.stringify(found) : infoLines(found, Date.now()).join('\n'));
  return EXIT.ok;
}

/** For people, a line for each subject. */
export function infoLines(found: LogInfo, nowMs: number): string[] {
  const { standing, pid, offsets, times, entries, bytes, lastBytes, droppedBytes } = found;
  const rows: [string, string][] = [
    ['Log', `${found.directory}, format ${found.format}`],
    ['State', pid === null ? STANDINGS[standing] : `${STANDINGS[standing]}, the process ${pid}`],
    ['Epoch', found.epoch ?? 'not known'],
    ['Entries', count(entries, 'entry', 'entries').replace(/^\d+/, entries.toLocaleString('en'))],
    ['Offsets', offsets ? `${offsets.first} to ${offsets.last}` : 'none'],
    ['Times', times ? `${momentText(times.first, nowMs)} to ${momentText(times.last, nowMs)}` : 'none'],
    [
      'Size',
      `${sizeText(bytes)} in ${count(found.segments, 'segment')}, ${sizeText(lastBytes)} of last publications, ` +
        `${sizeText(droppedBytes)} about dropped segments`,
    ],
    ...found.damaged.map((name): [string, string] => [
      'Damaged',
      `${name}; "zerospan log verify" says where`,
    ]),
  ];
  return rows.map(([name, text]) => printable(`${name.padEnd(9)} ${text}`));
}
