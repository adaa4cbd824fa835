import type { Scene } from './attack.ts';

export const LOG_BYTES = 67_108_864;

/** The defaults, with room for a hundred thousand names and ten thousand sessions that are not the attacker's. */
export const CROWDED: Scene = {
  name: 'crowded',
  isCrowded: true,
  flags: [
    ['--limits-channels', '200000'],
    ['--limits-connections', '20000'],
    ['--limits-handshakes-per-s', '5000'],
    ['--log-bytes', String(LOG_BYTES)],
    ['--log-age-ms', '0'],
  ].flat(),
};

/** Small bounds, which one user reaches with a few puts. */
export const SMALL: Scene = {
  name: 'small',
  flags: [
    ['--limits-channels', '2000'],
    ['--limits-remembered-puts', '2000'],
    ['--log-bytes', '4194304'],
    ['--auth-resume-window-ms', '120000'],
  ].flat(),
};

/** One for each attack of a native peer: what it took lasts. */
export const native = (name: string): Scene => ({ name, flags: [] });

export const MUTE: Scene = { name: 'mute', isMute: true, flags: [] };
