import { readSecretFile } from '@zerospan/server/settings';
import type { Terminal } from '../terminal/terminal.ts';

/** Where a token is looked for that no flag names. */
export const TOKEN_VARIABLE = 'ZEROSPAN_TOKEN';

/**
 * What a client of the command line comes in with: the content of a file, read again before each attempt so that a
 * token which is renewed there is taken, or else that of the variable. undefined: none. It is never taken from an
 * argument, which every user of the machine can read.
 * @throws SettingsError when the file cannot be read, or when others than its owner may
 */
export function tokenSource(file: string | undefined, { env }: Terminal): (() => string) | undefined {
  if (file === undefined) {
    const token = env[TOKEN_VARIABLE]?.trim();
    return token === undefined || token === '' ? undefined : () => token;
  }
  const read = (): string => readSecretFile('--token-file', file).toString().trim();
  read();
  return read;
}
