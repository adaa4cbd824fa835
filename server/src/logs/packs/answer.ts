import type { Scan, StoredEntry } from '../../core/log/store.ts';

/** What a scan has come to so far, within its bounds. */
export class Answer {
  readonly entries: StoredEntry[] = [];
  scanned = 0;
  /** Everything due from where the scan began up to here is in it, once it is full or at its end. */
  reached: number;
  isFull = false;
  readonly #scan: Scan;
  #room: number;

  constructor(scan: Scan) {
    this.#scan = scan;
    this.#room = scan.bytes;
    this.reached = scan.order === 'forwards' ? scan.upTo : scan.after;
  }

  /** Whether the entry of an offset may be scanned; else it ends before it. */
  admits(offset: number): boolean {
    if (this.scanned >= this.#scan.entries) this.stopBefore(offset);
    return !this.isFull;
  }

  /** Scans an entry that is not due. */
  pass(): void {
    this.scanned++;
  }

  /** Scans one that is due; answers false, and ends before it, where there is no room for its payload. */
  take(entry: StoredEntry): boolean {
    const { byteLength } = entry.payload;
    if (this.entries.length > 0 && byteLength > this.#room) {
      this.stopBefore(entry.offset);
      return false;
    }
    this.scanned++;
    this.#room -= byteLength;
    this.entries.push(entry);
    return true;
  }

  /** It ends before the entry of an offset, in the order of the scan. */
  stopBefore(offset: number): void {
    this.isFull = true;
    this.reached = this.#scan.order === 'forwards' ? offset - 1 : offset;
  }
}
