import { SettingsError } from '../read.ts';
import { OTHERS, readChecked, UnfitFile } from './checked-file.ts';

/** More than any key or certificate needs, in bytes: a wrong name must not read a disk into memory. */
const MOST_BYTES = 1024 * 1024;

/**
 * The content of a file that holds a secret. The message of an error never holds any of it.
 * @param setting whose value the name is, for the message
 * @throws SettingsError when it cannot be read, or when others than its owner may
 */
export function readSecretFile(setting: string, name: string): Buffer {
  return read(setting, name, OTHERS);
}

/**
 * The content of a file of settings that anybody may read, such as a certificate.
 * @throws SettingsError when it cannot be read
 */
export function readPublicFile(setting: string, name: string): Buffer {
  return read(setting, name, 0);
}

function read(setting: string, name: string, forbiddenMode: number): Buffer {
  try {
    return readChecked(name, { mostBytes: MOST_BYTES, forbiddenMode }).bytes;
  } catch (cause) {
    if (!(cause instanceof UnfitFile)) throw cause;
    throw new SettingsError(`${setting} ${name}${wordsOf(cause, name)}`, { cause });
  }
}

function wordsOf({ fault, detail, message }: UnfitFile, name: string): string {
  switch (fault) {
    case 'open-to-others':
      return `: others than its owner may use it (mode ${detail}); take that away with "chmod 600 ${name}"`;
    case 'too-large':
      return `: it has more than ${detail} bytes, which no key has`;
    case 'no-file':
      return ': it is not a file';
    case 'unreadable':
      return ` cannot be read: ${message}`;
  }
}
