import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type ImportedLog, ImportFault, importLog, importStreamLog } from '@zerospan/server/log';
import type { Settings } from '@zerospan/server/settings';
import { EXIT, Failure } from '../../terminal/failure.ts';
import { count, say, type Terminal } from '../../terminal/terminal.ts';
import { type NamedLog, placeOf } from './place.ts';
import { Progress } from './progress.ts';
import { withLog } from './reading.ts';

export interface ImportOptions {
  /** Left out: stdin. */
  readonly input?: string;
}

/** What a log is called, and what has to be done before it can be imported again. */
interface Target {
  readonly name: string;
  readonly away: string;
  /** What to do where it is not empty, and where it cannot be written. */
  readonly another: string;
  readonly room: string;
}

/** Makes a log of lines of JSON. */
export async function importFrom(
  named: NamedLog,
  { input }: ImportOptions,
  terminal: Terminal,
): Promise<number> {
  const place = await placeOf(named, terminal);
  const source = input === undefined ? terminal.stdin : await sourceOf(input);
  const target = place.kind === 'folder' ? folder(place.directory) : stream(place.settings);
  const progress = new Progress(terminal);
  const { interrupted: signal } = terminal;
  const onProgress = (lines: number): void => progress.say(count(lines, 'line'));
  const chunks = chunksOf(source, signal);
  try {
    const imported =
      place.kind === 'folder'
        ? await withLog(place.directory, () => importLog(chunks, place.directory, { onProgress, signal }))
        : await intoStream(place.settings, chunks, { onProgress, signal, terminal });
    progress.end();
    say(terminal, `${target.name}: ${wordsOf(imported)}, in the new epoch ${imported.epoch}`);
    if (!signal.aborted) return EXIT.ok;
    say(terminal, `It was interrupted: ${target.away} before you try again.`);
    return EXIT.failed;
  } catch (error) {
    progress.end();
    throw error instanceof ImportFault ? failureOf(error, target) : error;
  } finally {
    source.destroy();
  }
}

function folder(directory: string): Target {
  return {
    name: directory,
    away: `remove ${directory},`,
    another: 'Name a folder that is not there yet, or is empty.',
    room: 'Make room there',
  };
}

function stream({ nats }: Settings): Target {
  return {
    name: `nats.stream ${nats.stream}`,
    away: `remove the stream, "nats stream rm ${nats.stream}",`,
    another: `Name another one, --nats-stream NAME, or remove it if nobody needs it: "nats stream rm ${nats.stream}".`,
    room: `See to the NATS servers (${nats.servers.join(', ')})`,
  };
}

async function intoStream(
  settings: Settings,
  chunks: AsyncIterable<Buffer>,
  watch: { onProgress: (lines: number) => void; signal: AbortSignal; terminal: Terminal },
): Promise<ImportedLog> {
  const { terminal } = watch;
  const onNotice = ({ text }: { readonly text: string }): void => say(terminal, text);
  const imported = await importStreamLog(settings, chunks, { ...watch, onNotice });
  if (imported.isCut)
    say(terminal, 'The stream has dropped the oldest already: raise its limit, --log-bytes (log.bytes).');
  return imported;
}

function wordsOf({ publications, gaps }: ImportedLog): string {
  const all = [count(publications, 'publication'), ...(gaps > 0 ? [count(gaps, 'upstream gap')] : [])];
  return all.join(' and ');
}

async function sourceOf(input: string): Promise<Readable> {
  try {
    return (await open(input)).createReadStream();
  } catch (cause) {
    throw new Failure(
      EXIT.usage,
      `--input ${input} cannot be read: ${(cause as Error).message}`,
      'Name a file of lines of JSON.',
    );
  }
}

/** They end where the command is interrupted, also while nothing comes. */
async function* chunksOf(source: Readable, interrupted: AbortSignal): AsyncGenerator<Buffer> {
  const onAbort = (): unknown => source.destroy();
  interrupted.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of source) yield Buffer.from(chunk as Buffer);
  } catch (error) {
    if (!interrupted.aborted) throw error;
  } finally {
    interrupted.removeEventListener('abort', onAbort);
  }
}

function failureOf({ kind, message, line }: ImportFault, { name, away, another, room }: Target): Failure {
  const again = `${away} which has the lines above it, and try again.`;
  switch (kind) {
    case 'taken':
      return new Failure(EXIT.failed, message.startsWith(name) ? message : `${name}: ${message}`, another);
    case 'line':
      return new Failure(EXIT.usage, `line ${line}: ${message}`, `Correct it, ${again}`);
    case 'failed':
      return new Failure(EXIT.failed, `${name} cannot be written: ${message}`, `${room}, ${again}`);
  }
}
