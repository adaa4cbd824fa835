/** A connection that can give way to a newer one. */
interface Replaceable {
  /** The client has another, newer connection. */
  replaced(): void;
  readonly session: { filtersOf(user: string): number } | undefined;
}

interface Holder {
  readonly connection: Replaceable;
  readonly nth: number;
}

/**
 * One connection for each client id: a client that comes back while the server has not yet noticed the loss of its old
 * connection takes that one's place, so that it counts once and nothing late is still heard from the old one.
 */
export class Clients {
  readonly #open = new Map<string, Holder>();

  /** How many clients have a connection open. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether a client has a connection open. */
  has(client: string): boolean {
    return this.#open.has(client);
  }

  /** How many filters of a user go when a client reconnects. */
  filtersOf(client: string, user: string): number {
    return this.#open.get(client)?.connection.session?.filtersOf(user) ?? 0;
  }

  /**
   * @param nth of the client's connections, as it counts them; 0 if it does not. The hello of an older one may come
   * later.
   * @returns whether it is the newest; else the client has another open
   */
  enter(client: string, connection: Replaceable, nth: number): boolean {
    const before = this.#open.get(client);
    if (before && before.nth > nth) return false;
    this.#open.set(client, { connection, nth });
    before?.connection.replaced();
    return true;
  }

  leave(client: string, connection: Replaceable): void {
    if (this.#open.get(client)?.connection === connection) this.#open.delete(client);
  }
}
