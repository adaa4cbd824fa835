import { type LogFault, type VerifiedLog, verifyLog } from '@zerospan/server/log';
import { EXIT } from '../../terminal/failure.ts';
import { count, printable, say, type Terminal, writeData } from '../../terminal/terminal.ts';
import { sizeText } from '../observing/texts.ts';
import type { LogOptions } from './info.ts';
import { withLog } from './reading.ts';

/** Faults that are written one by one; they are all counted. */
const FAULTS_MOST = 10_000;

/** Checks everything that a log on disk has written, and writes each fault with its place. */
export async function verify(directory: string, { json }: LogOptions, terminal: Terminal): Promise<number> {
  const faults: LogFault[] = [];
  const lines: Promise<void>[] = [];
  const onFault = (fault: LogFault): void => {
    if (faults.length >= FAULTS_MOST) return;
    faults.push(fault);
    if (!json) lines.push(writeData(terminal, faultLine(fault)));
  };
  const verified = await withLog(directory, () =>
    verifyLog(directory, { onFault, onProgress: progressOf(terminal), signal: terminal.interrupted }),
  );
  await Promise.all(lines);
  if (json) await writeData(terminal, JSON.stringify({ ...verified, found: faults }));
  else await writeData(terminal, summaryOf(verified));
  return verified.faults > 0 || terminal.interrupted.aborted ? EXIT.failed : EXIT.ok;
}

function faultLine({ file, at, what, from, to }: LogFault): string {
  const offsets = from === to ? `offset ${from}` : `offsets ${from} to ${to}`;
  return printable(`${file}, byte ${at}: ${what}${from === undefined ? '' : `; ${offsets} cannot be read`}`);
}

function summaryOf({ files, bytes, packs, entries, faults }: VerifiedLog): string {
  const what = `${count(files, 'file')}, ${sizeText(bytes)}, ${count(packs, 'pack')}, ${count(entries, 'entry', 'entries')}`;
  return `${what}: ${faults === 0 ? 'all is well' : count(faults, 'fault')}`;
}

/** On a terminal, how far it is: talk, over the same line again and again. */
function progressOf(terminal: Terminal): ((doneBytes: number, allBytes: number) => void) | undefined {
  const { stderr } = terminal;
  if (!stderr.isTTY) return undefined;
  return (doneBytes, allBytes) => {
    const isAll = doneBytes >= allBytes;
    const part = allBytes === 0 ? 100 : Math.floor((100 * doneBytes) / allBytes);
    stderr.write(`\r${part} % of ${sizeText(allBytes)}`);
    if (isAll) say(terminal, '');
  };
}
