import { createInterface } from 'node:readline/promises';
import type { SessionDetail } from '@zerospan/shared';
import { askServer } from '../../connection/ask.ts';
import type { Way } from '../../connection/connect.ts';
import { EXIT } from '../../terminal/failure.ts';
import { printable, say, type Terminal, writeData } from '../../terminal/terminal.ts';
import { whoText } from './session-text.ts';

export interface RevokeOptions extends Way {
  /** Does not ask. */
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Ends a session for good. On a terminal it asks first. @param id of the session, or the ref of its client */
export async function revoke(id: string, options: RevokeOptions, terminal: Terminal): Promise<number> {
  const found = (await askServer(
    options,
    `v1/sessions/${encodeURIComponent(id)}`,
    terminal,
  )) as SessionDetail;
  const { session, ref } = found;
  const which = printable(`session ${session} of ${whoText(found)}, ref ${ref}`);
  const asks = terminal.stdin.isTTY === true && options.yes !== true;
  if (asks && !(await isConfirmed(`End ${which}? [y/N] `, terminal))) {
    say(terminal, 'zerospan: nothing was ended');
    return EXIT.failed;
  }
  await askServer(options, `v1/sessions/${encodeURIComponent(session)}`, terminal, 'DELETE');
  await writeData(terminal, options.json ? JSON.stringify({ session, ref }) : `ended ${which}`);
  return EXIT.ok;
}

async function isConfirmed(question: string, { stdin, stderr, interrupted }: Terminal): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const answer = await Promise.race([lines.question(question, { signal: interrupted }), ended]);
    return /^y(?:es)?$/i.test(answer.trim());
  } catch {
    // Interrupted, which is no consent.
    return false;
  } finally {
    lines.close();
  }
}
