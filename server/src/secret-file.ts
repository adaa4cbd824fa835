import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { SettingsError } from './settings-read.ts';

/** Bits that let the group or everybody else read, write or run a file. */
const OTHERS = 0o077;

/** More than any key needs, in bytes: a wrong name must not read a disk into memory. */
const MOST_BYTES = 1024 * 1024;

/**
 * The content of a file that holds a secret. The message of an error never holds any of it.
 * @param setting whose value the name is, for the message
 * @throws SettingsError when it cannot be read, or when others than its owner may
 */
export function readSecretFile(setting: string, name: string): Buffer {
  return readChecked(setting, name, (mode) => {
    // Windows has no such bits, and Node answers them all set.
    if (process.platform === 'win32' || (mode & OTHERS) === 0) return;
    const shown = (mode & 0o777).toString(8);
    throw new SettingsError(
      `${setting} ${name}: others than its owner may use it (mode ${shown}); take that away with "chmod 600 ${name}"`,
    );
  });
}

/** The content of a file of settings that anybody may read, such as a certificate. @throws SettingsError when it cannot be read */
export function readPublicFile(setting: string, name: string): Buffer {
  return readChecked(setting, name, () => undefined);
}

function readChecked(setting: string, name: string, check: (mode: number) => void): Buffer {
  let file: number | undefined;
  try {
    // Opened first: the file that is looked at is the one that is read, whatever its name comes to mean.
    file = openSync(name, 'r');
    const stat = fstatSync(file);
    check(stat.mode);
    if (stat.size > MOST_BYTES)
      throw new SettingsError(`${setting} ${name}: it has ${stat.size} bytes, which no key has`);
    return readFileSync(file);
  } catch (cause) {
    if (cause instanceof SettingsError) throw cause;
    throw new SettingsError(`${setting} ${name} cannot be read: ${(cause as Error).message}`, { cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
