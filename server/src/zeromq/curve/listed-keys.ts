import { statSync } from 'node:fs';
import { readKeyList } from './key-file.ts';

/** A file changed less than this ago, in ms, may change again without a change of its times. */
const YOUNG_MS = 1_000;

/**
 * The public keys that are admitted. The file is checked whenever a peer connects, and read again when it has changed:
 * no restart.
 */
export class ListedKeys {
  readonly #file: string;
  #keys: ReadonlySet<string>;
  #stamp: string | undefined;

  /** @throws StartError when the file cannot be used */
  constructor(file: string) {
    this.#file = file;
    this.#stamp = stampOf(file);
    this.#keys = readKeyList(file);
  }

  /** @throws when the file cannot be used any more: then nobody is known to be listed */
  has(key: string): boolean {
    const stamp = stampOf(this.#file);
    if (stamp === undefined || stamp !== this.#stamp) {
      this.#keys = readKeyList(this.#file);
      // Only after it was read: a list that cannot be read is read again the next time.
      this.#stamp = stamp;
    }
    return this.#keys.has(key);
  }
}

/** Names this state of the file; undefined where the next state might have the same name. */
function stampOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || Date.now() - stat.mtimeMs < YOUNG_MS) return undefined;
  return `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.mode}`;
}
