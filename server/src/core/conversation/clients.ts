/** A connection that can give way to a newer one. */
interface Replaceable {
  /** The client has another, newer connection. */
  replaced(): void;
  readonly session: { filtersOf(user: string): number } | undefined;
}

/**
 * PORT: the same clients on other nodes of the bus.
 *
 * - `enter` is called when a client's connection comes in here. It MUST answer false where another node is known to
 *   have a newer one; else that node MUST learn of it within a second or two, and ends its own.
 * - `has` MUST say whether another node is known to have a connection of a client.
 * - `leave` is called when the client has none here any more.
 */
export interface Elsewhere {
  enter(client: string, nth: number): boolean;
  has(client: string): boolean;
  leave(client: string): void;
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
  readonly #elsewhere: Elsewhere | undefined;

  /** @param elsewhere undefined: there are no other nodes */
  constructor(elsewhere?: Elsewhere) {
    this.#elsewhere = elsewhere;
  }

  /** How many clients have a connection open. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether a client has a connection open. */
  has(client: string): boolean {
    return this.#open.has(client);
  }

  /** How many connections of a client go when it comes in here. */
  freedBy(client: string): number {
    return (this.has(client) ? 1 : 0) + (this.#elsewhere?.has(client) ? 1 : 0);
  }

  /** How many filters of a user go when a client reconnects. */
  filtersOf(client: string, user: string): number {
    return this.#open.get(client)?.connection.session?.filtersOf(user) ?? 0;
  }

  /**
   * @param nth of the client's connections, as it counts them; 0 if it does not. The hello of an older one may come
   * later.
   * @returns whether it is the newest; else the client has another open, here or on another node
   */
  enter(client: string, connection: Replaceable, nth: number): boolean {
    const before = this.#open.get(client);
    if (before && before.nth > nth) return false;
    if (this.#elsewhere?.enter(client, nth) === false) return false;
    this.#open.set(client, { connection, nth });
    before?.connection.replaced();
    return true;
  }

  leave(client: string, connection: Replaceable): void {
    if (this.#open.get(client)?.connection !== connection) return;
    this.#open.delete(client);
    this.#elsewhere?.leave(client);
  }

  /** The client has a newer connection on another node. */
  takenOver(client: string): void {
    this.#open.get(client)?.connection.replaced();
  }
}
