/** A reader of foreign bytes, and what it promises about all of them. */
export interface Parser {
  readonly name: string;
  /** Good inputs, from which mutations begin. */
  readonly seeds: readonly (string | Buffer)[];
  /** Words that mean something to it: chance alone would never hit them. */
  readonly words: readonly string[];
  /** The largest input that is tried, in bytes. Default: more than any that is taken. */
  readonly mostBytes?: number;
  /** Reads them. It throws when the parser does what it promised not to, whatever the bytes. */
  read(bytes: Buffer): void | Promise<void>;
}

/** A promise that was not kept. */
export function broken(what: string): never {
  throw new Error(`the parser broke its promise: ${what}`);
}
