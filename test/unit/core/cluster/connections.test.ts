import { describe, expect, it } from 'vitest';
import { NODE_MS, Nodes } from '../../../../server/src/core/cluster/nodes.ts';
import { Roster } from '../../../../server/src/core/cluster/roster/roster.ts';
import { type FakeNetwork, FakeNetworks, turns } from '../../../support/cluster/fake-network.ts';
import { type FakeClient, TestBus } from '../../../support/core.ts';
import { ALL, TestGate } from '../../../support/grants.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const NEWS = { name: '', version: '', uptimeMs: 0, sessions: 0, epoch: '', head: 0 };

/** Buses that are nodes of one, where a user may have two connections. */
class Buses {
  readonly #networks = new FakeNetworks();
  readonly #clock = new ManualClock();
  readonly #all: TestBus[] = [];

  async node(): Promise<{ bus: TestBus; network: FakeNetwork }> {
    const network = this.#networks.node();
    const clock = this.#clock;
    const roster = new Roster({ network, clock, endOfTurn: (action) => void setImmediate(action) });
    const gate = new TestGate().knows('a', 'alice', { subscribe: ALL }).knows('b', 'bob', { subscribe: ALL });
    const bus = new TestBus({ gate, bounds: { connectionsPerUser: 2 }, elsewhere: roster });
    const nodes = new Nodes({ network, clock, own: () => NEWS });
    roster.start(bus.hub.clients, nodes);
    nodes.start();
    this.#all.push(bus);
    await this.pass();
    return { bus, network };
  }

  async pass(ms = 100): Promise<void> {
    await turns(5);
    for (let passed = 0; passed < ms; passed += 50) {
      this.#clock.advance(50);
      await turns(5);
      for (const bus of this.#all) await bus.settle();
    }
  }

  async join(bus: TestBus, token = 'a', more: object = {}): Promise<FakeClient> {
    const client = await bus.join([], { token, ...more });
    await this.pass();
    return client;
  }
}

describe('connections of a user on several nodes', () => {
  it('are counted together', async () => {
    const buses = new Buses();
    const [{ bus: first }, { bus: second }] = [await buses.node(), await buses.node()];
    await buses.join(first);
    const other = await buses.join(second);
    const third = await buses.join(first);
    expect([third.link.closedWith, third.control('error')]).toMatchObject([
      4_006,
      [{ code: 'too-many-connections' }],
    ]);
    expect((await buses.join(second)).link.closedWith).toBe(4_006);
    expect((await buses.join(second, 'b')).link.closedWith).toBeUndefined();
    other.conversation.closed();
    await buses.pass();
    expect((await buses.join(first)).link.closedWith).toBeUndefined();
    expect((await buses.join(second)).link.closedWith).toBe(4_006);
  });

  it('are one where a client moves', async () => {
    const buses = new Buses();
    const [{ bus: first }, { bus: second }] = [await buses.node(), await buses.node()];
    await buses.join(first, 'a', { client: 'client-that-stays' });
    const before = await buses.join(first, 'a', { client: 'client-that-moves' });
    const after = await buses.join(second, 'a', { client: 'client-that-moves' });
    expect([before.link.closedWith, after.link.closedWith]).toEqual([4_002, undefined]);
    expect((await buses.join(first)).link.closedWith).toBe(4_006);
    // A client id of another user is another client.
    const bobs = await buses.join(first, 'b', { client: 'client-that-moves' });
    expect([bobs.link.closedWith, after.link.closedWith]).toEqual([undefined, undefined]);
  });

  it('do not count on a node that is away', async () => {
    const buses = new Buses();
    const [{ bus: first }, { bus: second, network }] = [await buses.node(), await buses.node()];
    await buses.join(second);
    await buses.join(second);
    expect((await buses.join(first)).link.closedWith).toBe(4_006);
    network.leave();
    await buses.pass(NODE_MS.away + NODE_MS.say);
    const here = await buses.join(first);
    expect(here.link.closedWith).toBeUndefined();
    network.rejoin();
    await buses.pass(2_000);
    expect((await buses.join(first)).link.closedWith).toBe(4_006);
    expect(here.link.closedWith).toBeUndefined();
  });
});
