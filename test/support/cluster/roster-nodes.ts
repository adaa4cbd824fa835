import { NODE_MS, Nodes } from '../../../server/src/core/cluster/nodes.ts';
import { Roster } from '../../../server/src/core/cluster/roster/roster.ts';
import { Clients } from '../../../server/src/core/conversation/clients.ts';
import { ManualClock } from '../manual-clock.ts';
import { type FakeNetwork, FakeNetworks, turns } from './fake-network.ts';

/** A client's connection to a node. */
export class FakeConnection {
  readonly session = undefined;
  isOver = false;
  readonly #node: RosterNode;
  readonly #client: string;

  constructor(node: RosterNode, client: string) {
    this.#node = node;
    this.#client = client;
  }

  replaced(): void {
    this.#node.replaced++;
    this.end();
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#node.clients.leave(this.#client, this);
  }
}

/** One node: its clients, and what it knows of those of others. */
export class RosterNode {
  readonly clock: ManualClock;
  readonly network: FakeNetwork;
  readonly roster: Roster;
  readonly clients: Clients;
  readonly nodes: Nodes;
  /** How many connections have ended here for a newer one. */
  replaced = 0;

  constructor(networks: FakeNetworks, clock: ManualClock) {
    this.clock = clock;
    this.network = networks.node();
    const { network } = this;
    this.roster = new Roster({ network, clock, endOfTurn: (action) => void setImmediate(action) });
    this.clients = new Clients(this.roster);
    const news = { name: '', version: '', uptimeMs: 0, sessions: 0, epoch: '', head: 0 };
    this.nodes = new Nodes({ network, clock, own: () => news });
  }

  start(): void {
    this.roster.start(this.clients, this.nodes);
    this.nodes.start();
  }

  /** A client says hello. @returns its connection; undefined: it has a newer one */
  hello(client: string, nth = 0): FakeConnection | undefined {
    const connection = new FakeConnection(this, client);
    return this.clients.enter(client, connection, nth) ? connection : undefined;
  }
}

/** Nodes in memory, each with a clock of its own, all of which run alike. */
export class RosterNodes {
  readonly networks = new FakeNetworks();
  readonly all: RosterNode[] = [];

  /** @param aheadMs by how much its time of day differs */
  async node(aheadMs = 0): Promise<RosterNode> {
    const clock = new ManualClock();
    const [first] = this.all;
    clock.set((first?.clock.now() ?? clock.now()) + aheadMs);
    const node = new RosterNode(this.networks, clock);
    this.all.push(node);
    node.start();
    await this.pass(0);
    return node;
  }

  async pass(ms: number): Promise<void> {
    await turns(10);
    for (let passed = 0; passed < ms; passed += 25) {
      for (const { clock } of this.all) clock.advance(25);
      await turns(3);
    }
  }

  /** Nobody hears anybody for so long that all are away. */
  async part(): Promise<void> {
    for (const { network } of this.all) network.leave();
    await this.pass(NODE_MS.away + NODE_MS.say);
  }

  async meet(): Promise<void> {
    for (const { network } of this.all) network.rejoin();
    await this.pass(2_000);
  }

  /** Which nodes have a client. */
  placesOf(client: string): number[] {
    return this.all.flatMap(({ clients }, i) => (clients.has(client) ? [i] : []));
  }
}
