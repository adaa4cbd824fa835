import type { Heard, Network, Topic } from '../../../server/src/core/cluster/network.ts';

/** Nodes in memory. What one says comes to the others later in this turn, unless one of the two is out of reach. */
export class FakeNetworks {
  readonly #nodes: FakeNetwork[] = [];
  /** All that was said, also by nodes that nobody heard. */
  readonly said: { readonly from: string; readonly topic: Topic; readonly body: unknown }[] = [];
  /** Takes messages away: those for which it answers true. */
  isLost: (from: string, to: string, topic: Topic) => boolean = () => false;

  node(id = `node${this.#nodes.length + 1}`): FakeNetwork {
    const node = new FakeNetwork(id, this);
    this.#nodes.push(node);
    return node;
  }

  pass(from: FakeNetwork, topic: Topic, body: unknown): void {
    this.said.push({ from: from.id, topic, body });
    const text = JSON.stringify(body);
    for (const to of this.#nodes) {
      if (to === from || from.isAway || to.isAway || this.isLost(from.id, to.id, topic)) continue;
      queueMicrotask(() => {
        if (!to.isAway) to.heard(topic, { from: from.id, body: JSON.parse(text) });
      });
    }
  }
}

export class FakeNetwork implements Network {
  readonly id: string;
  readonly #others: FakeNetworks;
  readonly #listeners = new Map<Topic, ((heard: Heard) => void)[]>();
  readonly #contacts: (() => void)[] = [];
  #isAway = false;

  constructor(id: string, others: FakeNetworks) {
    this.id = id;
    this.#others = others;
  }

  /** Whether it is out of reach. */
  get isAway(): boolean {
    return this.#isAway;
  }

  leave(): void {
    this.#isAway = true;
  }

  rejoin(): void {
    this.#isAway = false;
    for (const listener of this.#contacts) listener();
  }

  say(topic: Topic, body: unknown): void {
    this.#others.pass(this, topic, body);
  }

  hear(topic: Topic, listener: (heard: Heard) => void): void {
    this.#listeners.set(topic, [...(this.#listeners.get(topic) ?? []), listener]);
  }

  onContact(listener: () => void): void {
    this.#contacts.push(listener);
  }

  heard(topic: Topic, heard: Heard): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener(heard);
  }
}

/** Lets everything happen that needs no time. */
export async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
