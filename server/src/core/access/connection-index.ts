import type { Identity } from './gate.ts';
import type { Revocable } from './revocations.ts';

/**
 * PORT: connections of the same names on other nodes of the bus.
 *
 * - `counted` is called with each change of how many a name has here.
 * - `countOf` MUST answer how many it has on the others, as they said within the last two seconds.
 */
export interface OtherConnections {
  counted(name: string, connections: number): void;
  countOf(name: string): number;
}

/** Which connections were opened by each name. Nothing is kept of a name that has none open. */
export class ConnectionIndex {
  readonly #open = new Map<string, Set<Revocable>>();
  readonly #others: OtherConnections | undefined;

  /** @param others undefined: there are no other nodes, or nobody counts there */
  constructor(others?: OtherConnections) {
    this.#others = others;
  }

  /** How many names have connections open. */
  get size(): number {
    return this.#open.size;
  }

  enter(name: string, connection: Revocable): void {
    const others = this.#open.get(name);
    if (others) others.add(connection);
    else this.#open.set(name, new Set([connection]));
    this.#others?.counted(name, this.count(name));
  }

  leave(name: string, connection: Revocable): void {
    const all = this.#open.get(name);
    if (!all?.delete(connection)) return;
    if (all.size === 0) this.#open.delete(name);
    this.#others?.counted(name, all.size);
  }

  count(name: string): number {
    return this.#open.get(name)?.size ?? 0;
  }

  /**
   * Whether a name may have one connection more, here and on other nodes.
   * @param most 0: unlimited
   * @param freed how many of its own go as that one is admitted
   */
  hasRoom(name: string | undefined, most: number, freed: number): boolean {
    if (name === undefined || most === 0) return true;
    return this.count(name) + (this.#others?.countOf(name) ?? 0) - freed < most;
  }

  /** Those of all names. */
  *all(): Iterable<Revocable> {
    for (const each of this.#open.values()) yield* each;
  }

  of(name: string): Iterable<Revocable> {
    return this.#open.get(name) ?? [];
  }
}

/** All connections, by who and by what opened them. */
export interface ConnectionIndexes {
  readonly subjects: ConnectionIndex;
  /** By the ids of their tokens (`jti`). */
  readonly tokens: ConnectionIndex;
}

/** One connection in the indexes, from when its identity is known. */
export class IndexedConnection {
  readonly #connection: Revocable;
  readonly #indexes: ConnectionIndexes;
  #subject: string | undefined;
  #token: string | undefined;

  constructor(connection: Revocable, indexes: ConnectionIndexes) {
    this.#connection = connection;
    this.#indexes = indexes;
  }

  /** It was opened by this identity, or a fresh token of this one has taken the place of the last. */
  by({ subject, token }: Identity): void {
    this.end();
    const { subjects, tokens } = this.#indexes;
    this.#subject = subject;
    this.#token = token;
    if (subject !== undefined) subjects.enter(subject, this.#connection);
    if (token !== undefined) tokens.enter(token, this.#connection);
  }

  end(): void {
    const { subjects, tokens } = this.#indexes;
    if (this.#subject !== undefined) subjects.leave(this.#subject, this.#connection);
    if (this.#token !== undefined) tokens.leave(this.#token, this.#connection);
  }
}
