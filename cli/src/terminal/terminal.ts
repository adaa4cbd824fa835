import type { Readable, Writable } from 'node:stream';

export { printable, type Style, styled } from '@zerospan/server/terminal';

/** What a command sees of the world, so that a test can be its user. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Data, and nothing else. */
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
  /** Talk. */
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the command shall come to an end: a signal, or a reader that is gone. */
  readonly interrupted: AbortSignal;
  /** Aborted by a signal alone: a server outlives the reader of its output. Left out: `interrupted`. */
  readonly signalled?: AbortSignal;
  /** Called on SIGHUP, in place of ending the command. Left out: the command takes no SIGHUP. */
  readonly hangups?: Set<() => void>;
  /** Ends the process at once, with nothing done any more. Left out: `process.exit`. */
  readonly exit?: (exitCode: number) => void;
}

/** The output could not be written: a full disk, a closed descriptor. */
export class OutputLost extends Error {
  readonly remedy = 'Make room there, or write the output elsewhere.';

  constructor(cause: NodeJS.ErrnoException) {
    super(`the output cannot be written: ${cause.message}`, { cause });
  }
}

/** A pipe whose reader has closed it, or a stream that an error has ended before: that error was reported. */
const GONE: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED']);

/**
 * Writes a line of data, and waits until it is written; an interruption ends the wait. A reader that has closed its end
 * of a pipe is no error.
 * @throws OutputLost
 */
export function writeData(terminal: Terminal, line: string): Promise<void> {
  return writeText(terminal, `${line}\n`);
}

/** The same for a text that brings its own line feeds. @throws OutputLost */
export function writeText({ stdout, interrupted }: Terminal, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const goOn = (error?: NodeJS.ErrnoException | null): void => {
      interrupted.removeEventListener('abort', onAbort);
      if (error && !GONE.has(error.code)) reject(new OutputLost(error));
      else resolve();
    };
    const onAbort = (): void => goOn();
    interrupted.addEventListener('abort', onAbort, { once: true });
    stdout.write(text, goOn);
  });
}

export function say({ stderr }: Terminal, line: string): void {
  stderr.write(`${line}\n`);
}

/** Resolves when the command shall end. */
export function untilInterrupted({ interrupted }: Terminal): Promise<void> {
  return untilAborted(interrupted);
}

/** Resolves when a signal ends the command, whatever became of its output. */
export function untilSignalled({ interrupted, signalled = interrupted }: Terminal): Promise<void> {
  return untilAborted(signalled);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/**
 * JSON text on one line without white space between its parts. Done on the text, because parsing would lose the digits
 * of large numbers and the way in which strings are written.
 */
export function compact(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
}

/** A number of things, by the name of one: `1 session`, `2 sessions`; `others` where an s is not enough. */
export function count(n: number, one: string, others = `${one}s`): string {
  return `${n} ${n === 1 ? one : others}`;
}
