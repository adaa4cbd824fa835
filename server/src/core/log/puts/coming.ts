import { FairShare } from '../../sharing/fair-share.ts';

/**
 * Channels that something is on its way for and nothing was held of, each counted for the user that brings it: for the
 * first one, where several do.
 */
export class Coming {
  /** By channel, who brings it, in the order in which they came. */
  readonly #byChannel = new Map<string, string[]>();
  readonly #counted = new FairShare(0);

  /** The number of these channels. */
  get size(): number {
    return this.#byChannel.size;
  }

  /** How many of them count for a user. */
  of(user: string): number {
    return this.#counted.of(user);
  }

  has(channel: string): boolean {
    return this.#byChannel.has(channel);
  }

  add(channel: string, user: string): void {
    const users = this.#byChannel.get(channel);
    if (users) users.push(user);
    else {
      this.#byChannel.set(channel, [user]);
      this.#counted.take(user);
    }
  }

  /** Something is held of it. */
  clear(channel: string): void {
    const [first] = this.#byChannel.get(channel) ?? [];
    if (first === undefined) return;
    this.#byChannel.delete(channel);
    this.#counted.release(first);
  }

  /** What this user was about to bring does not come. */
  remove(channel: string, user: string): void {
    const users = this.#byChannel.get(channel) ?? [];
    const at = users.indexOf(user);
    if (at < 0) return;
    users.splice(at, 1);
    if (at > 0) return;
    const [next] = users;
    this.#counted.release(user);
    if (next === undefined) this.#byChannel.delete(channel);
    else this.#counted.take(next);
  }
}
