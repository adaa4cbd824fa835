import type { Scene } from '../costs/attack.ts';

export const LOG_BYTES = 4_194_304;

/** Without limits of puts, so that a request is read as fast as the server can, and with a log that is soon full. */
export const UNPACED: Scene = {
  name: 'unpaced',
  flags: [
    ['--log-bytes', String(LOG_BYTES)],
    ['--limits-puts-per-s', '0'],
    ['--limits-put-bytes-per-s', '0'],
    ['--limits-connections-per-user', '0'],
  ].flat(),
};
