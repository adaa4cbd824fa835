import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { type ExportRange, exportLog, exportStreamLog } from '@zerospan/server/log';
import { EXIT, Failure } from '../../terminal/failure.ts';
import { type Terminal, writeText } from '../../terminal/terminal.ts';
import { type NamedLog, placeOf } from './place.ts';
import { Progress } from './progress.ts';
import { withLog } from './reading.ts';

export interface ExportOptions {
  /** A new file; left out: stdout. */
  readonly output?: string;
  readonly from?: number;
  readonly to?: number;
  /** In ms since 1970. */
  readonly since?: number;
  readonly until?: number;
  readonly channel: readonly string[];
  readonly prefix: readonly string[];
}

/** Writes a log as lines of JSON. */
export async function exportTo(named: NamedLog, options: ExportOptions, terminal: Terminal): Promise<number> {
  const { from, to, since, until, channel: channels, prefix: prefixes } = options;
  const isAll = channels.length === 0 && prefixes.length === 0;
  const range: ExportRange = {
    fromOffset: from,
    toOffset: to,
    fromTime: since,
    toTime: until,
    filter: isAll ? undefined : { channels, prefixes },
  };
  const { output } = options;
  const written = (pieces: AsyncIterable<string>): Promise<void> =>
    output === undefined ? toStdout(pieces, terminal) : toFile(pieces, output, terminal);
  const place = await placeOf(named, terminal);
  if (place.kind === 'folder') {
    const { directory } = place;
    await withLog(directory, () => written(exportLog(directory, range)));
  } else {
    const progress = new Progress(terminal);
    const onMessages = (done: number, all: number): void =>
      progress.say(`${Math.floor((100 * done) / Math.max(all, 1))} % of ${all} messages`);
    try {
      await written(exportStreamLog(place.settings, range, onMessages));
    } finally {
      progress.end();
    }
  }
  return terminal.interrupted.aborted ? EXIT.failed : EXIT.ok;
}

async function toStdout(pieces: AsyncIterable<string>, terminal: Terminal): Promise<void> {
  for await (const piece of pieces) {
    await writeText(terminal, piece);
    if (terminal.interrupted.aborted) break;
  }
}

/** The file is for this user alone: it has what is on the channels. */
async function toFile(pieces: AsyncIterable<string>, name: string, terminal: Terminal): Promise<void> {
  const file = createWriteStream(name, { flags: 'wx', mode: 0o600 });
  const written = finished(file);
  // It is waited for below, but may fail before.
  written.catch(() => undefined);
  try {
    for await (const piece of pieces) {
      if (!file.write(piece)) await Promise.race([written, drained(file)]);
      if (terminal.interrupted.aborted) break;
    }
    file.end();
    await written;
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (syscall === undefined || file.errored === null) throw error;
    const what = code === 'EEXIST' ? 'is there already' : `cannot be written: ${message}`;
    throw new Failure(EXIT.failed, `${name} ${what}`, 'Name a new file, in a folder with room for it.');
  } finally {
    file.destroy();
  }
}

function drained(file: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => file.once('drain', () => resolve()));
}
