import { beforeWildcard } from '@zerospan/shared';
import { say, type Terminal } from '../terminal/terminal.ts';

/**
 * Says, for each channel with a wildcard of another bus in its name, that it is no pattern.
 * @param flags what takes all channels that begin with a text, and what takes all
 */
export function hintAtPrefixes(
  channels: readonly string[],
  flags: { readonly prefix: string; readonly all: string },
  terminal: Terminal,
): void {
  for (const channel of channels) {
    const prefix = beforeWildcard(channel);
    if (prefix === undefined) continue;
    const instead =
      prefix === ''
        ? `for all channels use ${flags.all}`
        : `for all channels that begin with ${prefix} use ${flags.prefix} ${prefix}`;
    say(terminal, `zerospan: ${channel} is one channel of exactly this name; ${instead}`);
  }
}
