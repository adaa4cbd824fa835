import type { Change, RosterMessage } from './message.ts';

/** Which connection of a client it is, so that of two the newer one can be known. */
export interface Claim {
  /** Of the client's connections, as it counts them; 0 if it does not. */
  readonly nth: number;
  /** Later ones have a higher stamp, where nodes have heard of each other: ms since 1970, or above. */
  readonly stamp: number;
}

/** What bounds all that is known of other nodes: clients, and subjects with connections. */
export interface RosterRoom {
  /** Takes room for one more; false: there is none. */
  take(): boolean;
  give(count: number): void;
}

/** What is known of the clients of one other node, and of the connections of subjects there. */
export class OtherRoster {
  readonly #room: RosterRoom;
  readonly #clients = new Map<string, Claim>();
  readonly #counts = new Map<string, number>();
  /** Number of the last message; undefined: not all is known that was there before it. */
  #number: number | undefined;
  /** The same while all that there is comes in parts. */
  #coming: number | undefined;

  constructor(room: RosterRoom) {
    this.#room = room;
  }

  /** Whether all is known, as far as this node can say. */
  get isWhole(): boolean {
    return this.#number !== undefined;
  }

  claimOf(client: string): Claim | undefined {
    return this.#clients.get(client);
  }

  /** How many connections a subject has there. */
  countOf(subject: string): number {
    return this.#counts.get(subject) ?? 0;
  }

  take({ number, changes, begins, ends }: RosterMessage & { kind: 'changes' }): void {
    if (this.#number !== undefined && number === this.#number + 1) this.#number = number;
    else {
      // One was lost, and nobody knows what it said: only all that there is helps.
      this.#number = undefined;
      if (begins) this.#forget();
      const isNext = begins || (this.#coming !== undefined && number === this.#coming + 1);
      this.#coming = isNext ? number : undefined;
    }
    for (const change of changes) this.#apply(change);
    if (ends && this.#coming !== undefined) {
      this.#number = this.#coming;
      this.#coming = undefined;
    }
  }

  /** The last message had this number. */
  at(number: number): void {
    if (this.#number !== number) this.#number = undefined;
    if (this.#coming !== number) this.#coming = undefined;
  }

  /** The node is away, or what is known of it is not true any more. */
  end(): void {
    this.#forget();
    this.#number = undefined;
    this.#coming = undefined;
  }

  #forget(): void {
    this.#room.give(this.#clients.size + this.#counts.size);
    this.#clients.clear();
    this.#counts.clear();
  }

  #apply(change: Change): void {
    switch (change[0]) {
      case 'enter': {
        const [, client, nth, stamp] = change;
        this.#set(this.#clients, client, { nth, stamp });
        return;
      }
      case 'leave':
        this.#delete(this.#clients, change[1]);
        return;
      case 'count': {
        const [, subject, connections] = change;
        if (connections === 0) this.#delete(this.#counts, subject);
        else this.#set(this.#counts, subject, connections);
      }
    }
  }

  #set<T>(all: Map<string, T>, name: string, value: T): void {
    if (all.has(name) || this.#room.take()) all.set(name, value);
  }

  #delete(all: Map<string, unknown>, name: string): void {
    if (all.delete(name)) this.#room.give(1);
  }
}
