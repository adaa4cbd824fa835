/** Channels with one beginning in common, up to and with a separator. */
export interface Group {
  readonly prefix: string;
  channels: number;
  /** Of the newest publication on any of them; 0: there is none. */
  offset: number;
  /** How many publications they had lately. */
  count: number;
}

/** One level of a tree of names. */
export class Groups {
  readonly #prefix: string;
  readonly #separator: string;
  readonly #byPrefix = new Map<string, Group>();

  /** @param separator empty: there are no groups */
  constructor(prefix: string, separator: string) {
    this.#prefix = prefix;
    this.#separator = separator;
  }

  /** The group of a name that begins with the prefix; undefined: it is a row of its own. It counts the name. */
  of(name: string): Group | undefined {
    const end = this.#separator === '' ? -1 : name.indexOf(this.#separator, this.#prefix.length);
    if (end < 0) return undefined;
    const prefix = name.slice(0, end + this.#separator.length);
    let group = this.#byPrefix.get(prefix);
    if (!group) {
      group = { prefix, channels: 0, offset: 0, count: 0 };
      this.#byPrefix.set(prefix, group);
    }
    group.channels++;
    return group;
  }

  get count(): number {
    return this.#byPrefix.size;
  }

  all(): Iterable<Group> {
    return this.#byPrefix.values();
  }
}
