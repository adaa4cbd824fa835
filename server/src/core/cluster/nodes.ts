import type { Clock, NodeStatus } from '@zerospan/shared';
import { fieldsOf, type Heard, isCount, isText, type Network } from './network.ts';

/** When nodes speak, and what their silence means. */
export const NODE_MS = {
  /** A node says this often that it is there. */
  say: 1_000,
  /** One that was not heard for so long is away. */
  away: 3_000,
  /** One that is away is shown for so long, so that operators see that it was there. */
  shown: 300_000,
} as const;

/** Most other nodes that are known at a time: each life of a node counts. */
const NODES_MOST = 256;

/** What a node says of itself, beside its id. */
export type NodeNews = Omit<NodeStatus, 'id' | 'heardMs' | 'isAway'>;

interface Other {
  news: NodeNews;
  heardMs: number;
  isAway: boolean;
}

export interface NodesParts {
  readonly network: Network;
  readonly clock: Clock;
  /** This node, as it is now. */
  readonly own: () => NodeNews;
}

/** Who learns which other nodes are there. */
export interface NodeWatcher {
  /** It was not known before, or was away. */
  here?(id: string): void;
  /** It has ended, or is not heard any more. */
  away?(id: string): void;
}

/** The nodes of the bus: each says about once a second that it is there. */
export class Nodes {
  readonly #parts: NodesParts;
  readonly #others = new Map<string, Other>();
  readonly #watchers = new Set<NodeWatcher>();
  #stop: () => void = () => undefined;
  #isStopped = false;

  constructor(parts: NodesParts) {
    this.#parts = parts;
    parts.network.hear('nodes', (heard) => this.#heard(heard));
  }

  /** From then on this node is known to the others. */
  start(): void {
    // At once when it is back as well: the others may count it away.
    this.#parts.network.onContact(() => this.#say());
    this.#tick();
  }

  watch(watcher: NodeWatcher): void {
    this.#watchers.add(watcher);
  }

  /** How many are there, this one among them. */
  get count(): number {
    return 1 + this.#here.length;
  }

  /** This one first, then the others as they came. */
  read(): NodeStatus[] {
    const { network, clock, own } = this.#parts;
    const others = [...this.#others].map(([id, { news, heardMs, isAway }]) => {
      const agoMs = Math.round(clock.elapsed() - heardMs);
      return { id, ...news, uptimeMs: news.uptimeMs + (isAway ? 0 : agoMs), heardMs: agoMs, isAway };
    });
    return [{ id: network.id, ...own(), heardMs: 0, isAway: false }, ...others];
  }

  /** The others need not wait until they miss it. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#stop();
    this.#parts.network.say('nodes', { ends: true });
  }

  get #here(): Other[] {
    return [...this.#others.values()].filter(({ isAway }) => !isAway);
  }

  #tick(): void {
    const { clock } = this.#parts;
    this.#stop = clock.later(NODE_MS.say, () => this.#tick());
    this.#say();
    const nowMs = clock.elapsed();
    for (const [id, other] of this.#others) {
      const silentMs = nowMs - other.heardMs;
      if (silentMs >= NODE_MS.shown) this.#others.delete(id);
      else if (silentMs >= NODE_MS.away) this.#left(id, other);
    }
  }

  #say(): void {
    if (!this.#isStopped) this.#parts.network.say('nodes', this.#parts.own());
  }

  #heard({ from, body }: Heard): void {
    if (this.#isStopped) return;
    const known = this.#others.get(from);
    if (fieldsOf(body)?.ends === true) {
      if (known) this.#left(from, known);
      this.#others.delete(from);
      return;
    }
    const news = newsIn(body);
    if (!news) return;
    const heardMs = this.#parts.clock.elapsed();
    if (known && !known.isAway) {
      known.news = news;
      known.heardMs = heardMs;
      return;
    }
    if (!known && !this.#hasRoom()) return;
    this.#others.set(from, { news, heardMs, isAway: false });
    for (const watcher of this.#watchers) watcher.here?.(from);
    // It has just come, and does not know this one.
    this.#say();
  }

  #left(id: string, other: Other): void {
    if (other.isAway) return;
    other.isAway = true;
    for (const watcher of this.#watchers) watcher.away?.(id);
  }

  /** The one that has been away for longest makes room. */
  #hasRoom(): boolean {
    if (this.#others.size < NODES_MOST) return true;
    const away = [...this.#others].filter(([, { isAway }]) => isAway);
    const [oldest] = away.toSorted(([, a], [, b]) => a.heardMs - b.heardMs);
    return oldest !== undefined && this.#others.delete(oldest[0]);
  }
}

/** Undefined: it is none that this version understands. */
function newsIn(body: unknown): NodeNews | undefined {
  const fields = fieldsOf(body);
  if (!fields) return undefined;
  const { name, version, uptimeMs, sessions, epoch, head } = fields;
  if (!isText(name) || !isText(version) || !isText(epoch)) return undefined;
  if (!isCount(uptimeMs) || !isCount(sessions) || !isCount(head)) return undefined;
  return { name, version, uptimeMs, sessions, epoch, head };
}
