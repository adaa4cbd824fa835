import { setTimeout as sleep } from 'node:timers/promises';
import { askServer } from '../../connection/ask.ts';
import type { Way } from '../../connection/connect.ts';
import { EXIT } from '../../terminal/failure.ts';
import { type Terminal, writeText } from '../../terminal/terminal.ts';

/** What every command that reads the state of a server takes. */
export interface ObservingOptions extends Way {
  readonly json?: boolean;
  /** Writes the answer again and again. */
  readonly watch?: boolean;
}

/** Time between two answers of `--watch`, in ms. */
const EVERY_MS = 1_000;

/** Moves to the upper left corner of a terminal, and clears what is there. */
const CLEAR = '\u001B[H\u001B[2J';

/**
 * Asks a server and writes what it answers, once or every second until it is interrupted.
 * @param linesOf the answer for people; with `--json` it is written as a line as it came
 */
export async function observe<T>(
  path: string,
  options: ObservingOptions,
  terminal: Terminal,
  linesOf: (answer: T) => readonly string[],
): Promise<number> {
  const { json: asJson = false, watch = false } = options;
  const { interrupted, stdout } = terminal;
  const before = watch && !asJson ? (stdout.isTTY === true ? CLEAR : '\n') : '';
  for (let first = true; ; first = false) {
    const answer = await askServer(options, path, terminal).catch((error: unknown) => {
      if (interrupted.aborted && !first) return undefined;
      throw error;
    });
    if (answer === undefined) return EXIT.ok;
    const all = asJson ? [JSON.stringify(answer)] : linesOf(answer as T);
    // What scrolls could not be cleared.
    const lines = before === CLEAR ? all.slice(0, Math.max((stdout.rows ?? Infinity) - 1, 1)) : all;
    const lead = first && before === '\n' ? '' : before;
    await writeText(terminal, `${lead}${lines.join('\n')}\n`);
    if (!watch) return EXIT.ok;
    await sleep(EVERY_MS, undefined, { signal: interrupted }).catch(() => undefined);
    if (interrupted.aborted) return EXIT.ok;
  }
}

/** An address with a query, of what is not left out. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}
