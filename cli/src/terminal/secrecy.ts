import { SECRET_VARIABLE, secretsOf } from '@zerospan/server/keys';
import { Redaction } from '@zerospan/server/terminal';
import { TOKEN_VARIABLE } from '../connection/token-file.ts';
import type { Terminal } from './terminal.ts';

/** Hides what the environment holds of secrets. */
export function redactionOf(env: Terminal['env']): Redaction {
  return new Redaction([env[SECRET_VARIABLE] ?? '', ...secretsOf(env), env[TOKEN_VARIABLE] ?? '']);
}
