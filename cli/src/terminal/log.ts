import { type StderrLog, stderrLog } from '@zerospan/server/standalone';
import { redactionOf } from './secrecy.ts';
import type { Terminal } from './terminal.ts';

/** The log of a server that a command runs. */
export function serverLog(
  { stderr, env }: Pick<Terminal, 'stderr' | 'env'>,
  redaction = redactionOf(env),
): StderrLog {
  return stderrLog({ stderr, env, redaction });
}
