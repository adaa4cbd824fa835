import { readSecretFile } from '@zerospan/server/settings';
import type { Terminal } from '../terminal/terminal.ts';

// Apart from what connects: a server need not load a client to know these.

/** Where a server is found that was started without settings. */
export const DEFAULT_URL = 'ws://127.0.0.1:8080/bus';

/** How long a first connection may take, in ms. */
export const CONNECT_MS = 10_000;

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
