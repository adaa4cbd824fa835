import { describe, expect, it } from 'vitest';
import { NODE_MS, type NodeNews, Nodes } from '../../../../server/src/core/cluster/nodes.ts';
import { type FakeNetwork, FakeNetworks, turns } from '../../../support/cluster/fake-network.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const NEWS: NodeNews = { name: 'host', version: '1', uptimeMs: 0, sessions: 0, epoch: 'epoch', head: 0 };

class Cluster {
  readonly clock = new ManualClock();
  readonly networks = new FakeNetworks();

  async node(more: Partial<NodeNews> = {}): Promise<{ nodes: Nodes; network: FakeNetwork; seen: string[] }> {
    const network = this.networks.node();
    const { clock } = this;
    const nodes = new Nodes({ network, clock, own: () => ({ ...NEWS, ...more }) });
    const seen: string[] = [];
    nodes.watch({
      here: (id) => void seen.push(`${id} here`),
      away: (id) => void seen.push(`${id} away`),
    });
    nodes.start();
    await turns();
    return { nodes, network, seen };
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      this.clock.advance(100);
      await turns(2);
    }
  }
}

describe('nodes', () => {
  it('know each other at once, with what each says of itself', async () => {
    const cluster = new Cluster();
    const first = await cluster.node({ name: 'a', sessions: 3 });
    const second = await cluster.node({ name: 'b', head: 7, uptimeMs: 5 });
    expect(first.nodes.count).toBe(2);
    expect(second.nodes.count).toBe(2);
    expect(first.nodes.read()).toEqual([
      { id: 'node1', ...NEWS, name: 'a', sessions: 3, heardMs: 0, isAway: false },
      { id: 'node2', ...NEWS, name: 'b', head: 7, uptimeMs: 5, heardMs: 0, isAway: false },
    ]);
    expect(second.nodes.read().map(({ id }) => id)).toEqual(['node2', 'node1']);
    cluster.clock.advance(400);
    expect(first.nodes.read()[1]).toMatchObject({ uptimeMs: 405, heardMs: 400 });
    expect([first.seen, second.seen]).toEqual([['node2 here'], ['node1 here']]);
  });

  it('stay for as long as they are heard, and are away after three seconds of silence', async () => {
    const cluster = new Cluster();
    const first = await cluster.node();
    const second = await cluster.node();
    await cluster.pass(10_000);
    expect(first.nodes.count).toBe(2);
    second.network.leave();
    await cluster.pass(NODE_MS.away - 1_100);
    expect(first.nodes.count).toBe(2);
    await cluster.pass(2_100);
    expect([first.nodes.count, second.nodes.count]).toEqual([1, 1]);
    expect(first.nodes.read()[1]).toMatchObject({ id: 'node2', isAway: true });
    second.network.rejoin();
    await turns();
    expect([first.nodes.count, second.nodes.count]).toEqual([2, 2]);
    expect(first.seen).toEqual(['node2 here', 'node2 away', 'node2 here']);
    expect(second.seen).toEqual(['node1 here', 'node1 away', 'node1 here']);
  });

  it('are shown for five minutes when they are away, and forgotten then', async () => {
    const cluster = new Cluster();
    const first = await cluster.node();
    const second = await cluster.node();
    second.network.leave();
    cluster.clock.advance(NODE_MS.shown - 1_000);
    expect(first.nodes.read()).toHaveLength(2);
    cluster.clock.advance(2_000);
    expect(first.nodes.read()).toHaveLength(1);
  });

  it('are gone at once when they end', async () => {
    const cluster = new Cluster();
    const first = await cluster.node();
    const second = await cluster.node();
    second.nodes.stop();
    await turns();
    expect(first.nodes.read()).toHaveLength(1);
    expect(first.seen).toEqual(['node2 here', 'node2 away']);
    await cluster.pass(5_000);
    expect(first.nodes.read()).toHaveLength(1);
    expect(cluster.networks.said.filter(({ from }) => from === 'node2').at(-1)?.body).toEqual({ ends: true });
  });

  it('ignore what they do not understand, and what is more than they can keep', async () => {
    const cluster = new Cluster();
    const first = await cluster.node();
    const stranger = cluster.networks.node('stranger');
    for (const body of [
      null,
      'x',
      [],
      {},
      { ...NEWS, head: -1 },
      { ...NEWS, name: 'x'.repeat(1_000) },
      { ...NEWS, sessions: '1' },
    ])
      stranger.say('nodes', body);
    await turns();
    expect(first.nodes.count).toBe(1);
    stranger.say('nodes', { ...NEWS, more: 'of a newer version' });
    await turns();
    expect(first.nodes.read()[1]).toEqual({ id: 'stranger', ...NEWS, heardMs: 0, isAway: false });
    for (let i = 0; i < 400; i++) cluster.networks.node(`x${i}`).say('nodes', NEWS);
    await turns();
    expect(first.nodes.count).toBeLessThan(300);
  });
});
