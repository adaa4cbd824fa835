import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { ImportFault, importLog } from '@zerospan/server/log';
import { EXIT, Failure } from '../../terminal/failure.ts';
import { count, say, type Terminal } from '../../terminal/terminal.ts';
import { withLog } from './reading.ts';

export interface ImportOptions {
  /** Left out: stdin. */
  readonly input?: string;
}

/** Makes a log on disk of lines of JSON. */
export async function importFrom(
  directory: string,
  { input }: ImportOptions,
  terminal: Terminal,
): Promise<number> {
  const source = input === undefined ? terminal.stdin : await sourceOf(input);
  try {
    const imported = await withLog(directory, () => importLog(chunksOf(source), directory));
    const { epoch, publications, gaps } = imported;
    const all = [count(publications, 'publication'), ...(gaps > 0 ? [count(gaps, 'upstream gap')] : [])];
    say(terminal, `${directory}: ${all.join(' and ')}, in the new epoch ${epoch}`);
    return EXIT.ok;
  } catch (error) {
    throw error instanceof ImportFault ? failureOf(error, directory) : error;
  } finally {
    source.destroy();
  }
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

async function* chunksOf(source: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of source) yield Buffer.from(chunk as Buffer);
}

function failureOf({ kind, message, line }: ImportFault, directory: string): Failure {
  const again = `remove ${directory}, which has the lines above it, and try again.`;
  switch (kind) {
    case 'taken':
      return new Failure(EXIT.failed, message, 'Name a folder that is not there yet, or is empty.');
    case 'line':
      return new Failure(EXIT.usage, `line ${line}: ${message}`, `Correct it, ${again}`);
    case 'failed':
      return new Failure(
        EXIT.failed,
        `${directory} cannot be written: ${message}`,
        `Make room there, ${again}`,
      );
  }
}
