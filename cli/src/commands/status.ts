import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerStatus } from '@zerospan/shared';
import { askServer } from '../connection/ask.ts';
import { EXIT } from '../terminal/failure.ts';
import { type Terminal, writeText } from '../terminal/terminal.ts';
import { statusLines } from './status-text.ts';

export interface StatusOptions {
  readonly url: string;
  readonly ca?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
  readonly watch?: boolean;
}

/** Time between two answers of `--watch`, in ms. */
const EVERY_MS = 1_000;

/** Moves to the upper left corner of a terminal, and clears what is there. */
const CLEAR = '\u001B[H\u001B[2J';

/** Writes the state of a server, once or every second until it is interrupted. */
export async function status(options: StatusOptions, terminal: Terminal): Promise<number> {
  const { json: asJson = false, watch = false } = options;
  const { interrupted, stdout } = terminal;
  const before = watch && !asJson ? (stdout.isTTY === true ? CLEAR : '\n') : '';
  for (let first = true; ; first = false) {
    const answer = await askServer(options, 'v1/status', terminal).catch((error: unknown) => {
      if (interrupted.aborted && !first) return undefined;
      throw error;
    });
    if (answer === undefined) return EXIT.ok;
    const lines = asJson ? [JSON.stringify(answer)] : statusLines(answer as ServerStatus);
    const lead = first && before === '\n' ? '' : before;
    await writeText(terminal, `${lead}${lines.join('\n')}\n`);
    if (!watch) return EXIT.ok;
    await sleep(EVERY_MS, undefined, { signal: interrupted }).catch(() => undefined);
    if (interrupted.aborted) return EXIT.ok;
  }
}
