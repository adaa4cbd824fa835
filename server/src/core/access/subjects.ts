/** Who has which connections open. Nobody is kept here who has none. */
export class Subjects<Connection> {
  readonly #open = new Map<string, Set<Connection>>();

  enter(subject: string, connection: Connection): void {
    const others = this.#open.get(subject);
    if (others) others.add(connection);
    else this.#open.set(subject, new Set([connection]));
  }

  leave(subject: string, connection: Connection): void {
    const all = this.#open.get(subject);
    if (all?.delete(connection) && all.size === 0) this.#open.delete(subject);
  }

  count(subject: string): number {
    return this.#open.get(subject)?.size ?? 0;
  }

  of(subject: string): Iterable<Connection> {
    return this.#open.get(subject) ?? [];
  }
}
