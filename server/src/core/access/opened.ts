import type { Identity } from './gate.ts';

/** Which connections were opened by each name. Nothing is kept of a name that has none open. */
export class Opened<Connection> {
  readonly #open = new Map<string, Set<Connection>>();

  /** How many names have connections open. */
  get size(): number {
    return this.#open.size;
  }

  enter(name: string, connection: Connection): void {
    const others = this.#open.get(name);
    if (others) others.add(connection);
    else this.#open.set(name, new Set([connection]));
  }

  leave(name: string, connection: Connection): void {
    const all = this.#open.get(name);
    if (all?.delete(connection) && all.size === 0) this.#open.delete(name);
  }

  count(name: string): number {
    return this.#open.get(name)?.size ?? 0;
  }

  of(name: string): Iterable<Connection> {
    return this.#open.get(name) ?? [];
  }
}

/** All connections, by who and by what opened them. */
export interface Openers<Connection> {
  readonly subjects: Opened<Connection>;
  /** By the ids of their tokens (`jti`). */
  readonly tokens: Opened<Connection>;
}

/** One connection among the others, from when it is known whose it is. */
export class Opening<Connection> {
  readonly #connection: Connection;
  readonly #openers: Openers<Connection>;
  #subject: string | undefined;
  #token: string | undefined;

  constructor(connection: Connection, openers: Openers<Connection>) {
    this.#connection = connection;
    this.#openers = openers;
  }

  /** It was opened by this one, or a fresh token of this one has taken the place of the last. */
  by({ subject, token }: Identity): void {
    this.end();
    const { subjects, tokens } = this.#openers;
    this.#subject = subject;
    this.#token = token;
    if (subject !== undefined) subjects.enter(subject, this.#connection);
    if (token !== undefined) tokens.enter(token, this.#connection);
  }

  end(): void {
    const { subjects, tokens } = this.#openers;
    if (this.#subject !== undefined) subjects.leave(this.#subject, this.#connection);
    if (this.#token !== undefined) tokens.leave(this.#token, this.#connection);
  }
}
