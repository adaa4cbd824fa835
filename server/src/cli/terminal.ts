import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';

/** What a command sees of the world, so that a test can be its user. */
export interface Terminal {
  readonly stdin: Readable;
  /** Data, and nothing else. */
  readonly stdout: Writable & { readonly isTTY?: boolean };
  /** Talk. */
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the command shall come to an end: a signal, or a reader that is gone. */
  readonly interrupted: AbortSignal;
  /** Called on SIGHUP, in place of ending the command. Left out: the command is never told. */
  readonly hangups?: Set<() => void>;
}

export type Style = Parameters<typeof styleText>[0];

/** Dresses a text where somebody looks at it: never in a pipe, nor under NO_COLOR. */
export function styled(
  style: Style,
  text: string,
  stream: { readonly isTTY?: boolean },
  env: Terminal['env'],
): string {
  return stream.isTTY && !env.NO_COLOR ? styleText(style, text) : text;
}

/** Writes a line of data; waits where the reader is slower than we are. */
export async function writeData({ stdout, interrupted }: Terminal, line: string): Promise<void> {
  if (stdout.write(`${line}\n`) || interrupted.aborted) return;
  await new Promise<void>((resolve) => {
    const goOn = (): void => {
      stdout.off('drain', goOn);
      interrupted.removeEventListener('abort', goOn);
      resolve();
    };
    stdout.once('drain', goOn);
    interrupted.addEventListener('abort', goOn, { once: true });
  });
}

export function say({ stderr }: Terminal, line: string): void {
  stderr.write(`${line}\n`);
}

/** Resolves when the command shall end. */
export function untilInterrupted({ interrupted }: Terminal): Promise<void> {
  if (interrupted.aborted) return Promise.resolve();
  return new Promise((resolve) => interrupted.addEventListener('abort', () => resolve(), { once: true }));
}
