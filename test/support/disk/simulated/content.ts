/** What a drive writes whole or not at all. */
export const SECTOR_BYTES = 512;

export type Change =
  | { readonly kind: 'write'; readonly at: number; readonly data: Buffer }
  | { readonly kind: 'truncate'; readonly sizeBytes: number };

/** The sectors from `at` on that hold `bytes`. */
export function* sectorsOf(at: number, bytes: number): Iterable<number> {
  const end = Math.ceil((at + bytes) / SECTOR_BYTES);
  for (let sector = Math.floor(at / SECTOR_BYTES); sector < end; sector++) yield sector;
}

/** Bytes that grow and shrink as a file's do: where nothing was written are zeros. */
export class Content {
  sizeBytes = 0;
  #bytes = Buffer.alloc(SECTOR_BYTES);

  static of(bytes: Uint8Array): Content {
    const content = new Content();
    content.write(0, bytes);
    return content;
  }

  /** A copy. */
  read(at: number, bytes: number): Buffer {
    return Buffer.from(
      this.#bytes.subarray(Math.min(at, this.sizeBytes), Math.min(at + bytes, this.sizeBytes)),
    );
  }

  /** Its sector, with zeros behind the end of the file. */
  sector(number: number): Buffer {
    const sector = Buffer.alloc(SECTOR_BYTES);
    this.read(number * SECTOR_BYTES, SECTOR_BYTES).copy(sector);
    return sector;
  }

  write(at: number, data: Uint8Array): void {
    if (data.length === 0) return;
    if (at + data.length > this.sizeBytes) this.truncate(at + data.length);
    this.#bytes.set(data, at);
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(sizeBytes, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.sizeBytes);
      this.#bytes = larger;
    } else this.#bytes.fill(0, Math.min(sizeBytes, this.sizeBytes), this.sizeBytes);
    this.sizeBytes = sizeBytes;
  }

  apply(change: Change): void {
    if (change.kind === 'write') this.write(change.at, change.data);
    else this.truncate(change.sizeBytes);
  }

  flip(at: number, bit: number): void {
    if (at < this.sizeBytes) this.#bytes[at] = (this.#bytes[at] ?? 0) ^ (1 << bit);
  }
}
