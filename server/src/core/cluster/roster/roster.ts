import { createHash } from 'node:crypto';
import type { Clock } from '@zerospan/shared';
import type { OtherConnections } from '../../access/connection-index.ts';
import type { Elsewhere } from '../../conversation/clients.ts';
import type { EndOfTurn } from '../../time-slicer.ts';
import type { Heard, Network } from '../network.ts';
import type { NodeWatcher } from '../nodes.ts';
import { Feed } from './feed.ts';
import { type Change, type Entered, type RosterMessage, readRosterMessage } from './message.ts';
import { type Claim, OtherRoster } from './other-roster.ts';

/** How often nodes compare what they know of each other. */
const COMPARE_MS = 1_000;

/**
 * Most clients of all other nodes, and subjects with connections there, that are known here. Of more, only that a
 * client comes in is heard: a takeover needs nothing that is kept.
 */
const KNOWN_MOST = 500_000;

export interface RosterParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly endOfTurn: EndOfTurn;
}

interface Own extends Claim {
  readonly client: string;
}

/** What the roster needs of the bus, once there is one. */
export interface RosterBus {
  /** A client has come in on another node: its connection here is to end. */
  takenOver(client: string): void;
}

/**
 * Which clients are on which node, so that each has one session on all of them, and how many connections each subject
 * has there. A node says what changes in numbered
 * messages; one that has missed some asks for all of it. Of two connections of one client the newer one stays, by an
 * order that all nodes agree on: the client's own count, then the stamp of the hello, then the id of the node. So two
 * nodes never end each other's.
 */
export class Roster implements Elsewhere, OtherConnections {
  readonly #parts: RosterParts;
  readonly #feed: Feed;
  readonly #own = new Map<string, Own>();
  /** Connections of subjects here. */
  readonly #counts = new Map<string, number>();
  readonly #others = new Map<string, OtherRoster>();
  #known = 0;
  #stamp = 0;
  #bus: RosterBus | undefined;
  #stop: () => void = () => undefined;

  constructor(parts: RosterParts) {
    this.#parts = parts;
    const { network, clock, endOfTurn } = parts;
    this.#feed = new Feed({
      ...{ clock, endOfTurn },
      say: (message) => network.say('clients', message),
      all: () => this.#all(),
    });
  }

  /** From then on it speaks with the other nodes. */
  start(bus: RosterBus, nodes: { watch(watcher: NodeWatcher): void }): void {
    this.#bus = bus;
    this.#parts.network.hear('clients', (heard) => this.#heard(heard));
    nodes.watch({
      here: (id) => this.#here(id),
      away: (id) => this.#away(id),
    });
    this.#tick();
  }

  stop(): void {
    this.#stop();
    this.#feed.stop();
  }

  /** How many clients of other nodes are known, and subjects with connections there. */
  get known(): number {
    return this.#known;
  }

  enter(client: string, nth: number): boolean {
    const key = keyOf(client);
    if (this.#any((other) => (other.claimOf(key)?.nth ?? 0) > nth)) return false;
    // Above all that was heard of: clocks of two nodes may differ.
    this.#stamp = Math.max(this.#parts.clock.now(), this.#stamp + 1);
    this.#own.set(key, { client, nth, stamp: this.#stamp });
    this.#feed.add(['enter', key, nth, this.#stamp]);
    return true;
  }

  leave(client: string): void {
    const key = keyOf(client);
    if (this.#own.delete(key)) this.#feed.add(['leave', key]);
  }

  has(client: string): boolean {
    const key = keyOf(client);
    return this.#any((other) => other.claimOf(key) !== undefined);
  }

  counted(subject: string, connections: number): void {
    const key = keyOf(subject);
    if (connections === 0) this.#counts.delete(key);
    else this.#counts.set(key, connections);
    this.#feed.add(['count', key, connections]);
  }

  countOf(subject: string): number {
    const key = keyOf(subject);
    let count = 0;
    for (const other of this.#others.values()) count += other.countOf(key);
    return count;
  }

  #any(holds: (other: OtherRoster) => boolean): boolean {
    for (const other of this.#others.values()) if (holds(other)) return true;
    return false;
  }

  *#all(): Iterable<Change> {
    for (const [key, { nth, stamp }] of this.#own) yield ['enter', key, nth, stamp];
    for (const [key, connections] of this.#counts) yield ['count', key, connections];
  }

  #tick(): void {
    this.#stop = this.#parts.clock.later(COMPARE_MS, () => this.#tick());
    this.#feed.at();
    for (const [id, other] of this.#others) if (!other.isWhole) this.#ask(id);
  }

  #ask(id: string): void {
    const question: RosterMessage = { kind: 'ask', of: id };
    this.#parts.network.say('clients', question);
  }

  #here(id: string): void {
    const room = {
      take: () => this.#known < KNOWN_MOST && ++this.#known > 0,
      give: (count: number) => {
        this.#known -= count;
      },
    };
    this.#others.set(id, new OtherRoster(room));
    this.#ask(id);
  }

  #away(id: string): void {
    this.#others.get(id)?.end();
    this.#others.delete(id);
  }

  #heard({ from, body }: Heard): void {
    const message = readRosterMessage(body);
    if (!message) return;
    if (message.kind === 'ask') {
      if (message.of === this.#parts.network.id) this.#feed.sayAll();
      return;
    }
    // Of one that is not known to be there only what is said now counts.
    const other = this.#others.get(from);
    const wasWhole = other?.isWhole;
    if (message.kind === 'at') other?.at(message.number);
    else {
      other?.take(message);
      for (const change of message.changes) if (change[0] === 'enter') this.#entered(from, change);
    }
    // Something was lost.
    if (wasWhole && !other?.isWhole) this.#ask(from);
  }

  #entered(from: string, [, key, nth, stamp]: Entered): void {
    this.#stamp = Math.max(this.#stamp, stamp);
    const own = this.#own.get(key);
    // Where this one's is the newer one, the other node finds the same when it hears of it.
    if (own && isNewer({ nth, stamp }, from, own, this.#parts.network.id)) this.#bus?.takenOver(own.client);
  }
}

function isNewer(one: Claim, oneNode: string, other: Claim, otherNode: string): boolean {
  if (one.nth !== other.nth) return one.nth > other.nth;
  if (one.stamp !== other.stamp) return one.stamp > other.stamp;
  return oneNode > otherNode;
}

/** What a client or a subject is called before other nodes: 128 bits, from which nobody finds the id of a client. */
function keyOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}
