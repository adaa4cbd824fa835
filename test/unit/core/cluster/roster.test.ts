import { describe, expect, it } from 'vitest';
import { RosterNodes } from '../../../support/cluster/roster-nodes.ts';
import { Random } from '../../../support/random.ts';

describe('a client of several nodes', () => {
  it('has one session: one that says hello on another node ends the former', async () => {
    const cluster = new RosterNodes();
    const [first, second] = [await cluster.node(), await cluster.node()];
    const before = first.hello('client');
    await cluster.pass(100);
    expect([before?.isOver, second.roster.known]).toEqual([false, 1]);
    const after = second.hello('client');
    await cluster.pass(100);
    expect([before?.isOver, after?.isOver]).toEqual([true, false]);
    const back = first.hello('client');
    await cluster.pass(100);
    expect([after?.isOver, back?.isOver, cluster.placesOf('client')]).toEqual([true, false, [0]]);
    expect([first.replaced, second.replaced, first.roster.known, second.roster.known]).toEqual([1, 1, 0, 1]);
  });

  it('that says hello on two nodes which do not hear each other keeps one, and neither ends the other', async () => {
    const cluster = new RosterNodes();
    const [first, second] = [await cluster.node(), await cluster.node()];
    for (const client of ['a', 'b']) {
      await cluster.part();
      const nodes = client === 'a' ? [first, second] : [second, first];
      for (const node of nodes) node.hello(client);
      await cluster.pass(1_000);
      expect(cluster.placesOf(client)).toEqual([0, 1]);
      await cluster.meet();
      await cluster.pass(5_000);
      expect(cluster.placesOf(client)).toHaveLength(1);
    }
    expect(first.replaced + second.replaced).toBe(2);
  });

  it('that says hello on two nodes in the same moment keeps one', async () => {
    const cluster = new RosterNodes();
    const [first, second] = [await cluster.node(), await cluster.node()];
    for (const client of ['a', 'b', 'c']) for (const node of [first, second]) node.hello(client);
    await cluster.pass(2_000);
    for (const client of ['a', 'b', 'c']) expect(cluster.placesOf(client)).toHaveLength(1);
    expect([first.replaced + second.replaced, first.roster.known + second.roster.known]).toEqual([3, 3]);
  });

  it('keeps the later one, whatever the clocks of the nodes say', async () => {
    const cluster = new RosterNodes();
    const [fast, slow] = [await cluster.node(3_600_000), await cluster.node(-3_600_000)];
    for (const [i, node] of [fast, slow, fast, slow, slow].entries()) {
      const connection = node.hello('client');
      await cluster.pass(100);
      expect([i, connection?.isOver, cluster.placesOf('client').length]).toEqual([i, false, 1]);
    }
  });

  it('keeps the later one where the nodes had not heard of each other, by their clocks', async () => {
    const cluster = new RosterNodes();
    const [first, second] = [await cluster.node(), await cluster.node()];
    await cluster.part();
    for (let i = 0; i < 100; i++) first.hello(`other${i}`);
    first.hello('client');
    await cluster.pass(1_000);
    second.hello('client');
    await cluster.meet();
    expect(cluster.placesOf('client')).toEqual([1]);
  });

  it('has its own count, by which an older hello may come later', async () => {
    const cluster = new RosterNodes();
    const [first, second] = [await cluster.node(), await cluster.node()];
    const newer = first.hello('client', 7);
    await cluster.pass(100);
    expect(second.hello('client', 6)).toBeUndefined();
    await cluster.pass(100);
    expect([newer?.isOver, cluster.placesOf('client')]).toEqual([false, [0]]);
    const older = second.hello('other', 1);
    const early = first.hello('other', 2);
    await cluster.pass(100);
    expect([older?.isOver, early?.isOver]).toEqual([true, false]);
  });

  it('is known although messages are lost, within two seconds', async () => {
    const cluster = new RosterNodes();
    const [first, second] = [await cluster.node(), await cluster.node()];
    first.hello('stays');
    await cluster.pass(100);
    const before = first.hello('client');
    const gone = first.hello('gone');
    await cluster.pass(100);
    cluster.networks.isLost = (_from, _to, topic) => topic === 'clients';
    gone?.end();
    const after = second.hello('client');
    await cluster.pass(100);
    cluster.networks.isLost = () => false;
    expect(before?.isOver).toBe(false);
    await cluster.pass(2_000);
    expect([before?.isOver, after?.isOver]).toEqual([true, false]);
    expect([first.roster.known, second.roster.known]).toEqual([1, 1]);
  });

  it('is known to a node that starts, with thousands of others, and by no id of its own', async () => {
    const cluster = new RosterNodes();
    const first = await cluster.node();
    for (let i = 0; i < 3_500; i++) first.hello(`client-id-${i}`);
    const second = await cluster.node();
    // While all of it is said, it changes.
    const late = first.hello('client-id-late');
    first.hello('client-id-0');
    await cluster.pass(1_000);
    expect(second.roster.known).toBe(3_501);
    late?.end();
    await cluster.pass(100);
    expect(second.roster.known).toBe(3_500);
    expect(JSON.stringify(cluster.networks.said)).not.toContain('client-id');
    expect(second.hello('client-id-3499')).toBeDefined();
    await cluster.pass(100);
    expect(first.replaced).toBe(2);
  });

  it('is forgotten with its node, and known again when that is back', async () => {
    const cluster = new RosterNodes();
    const [first, second] = [await cluster.node(), await cluster.node()];
    first.hello('client');
    await cluster.pass(100);
    await cluster.part();
    expect(second.roster.known).toBe(0);
    await cluster.meet();
    expect(second.roster.known).toBe(1);
    first.nodes.stop();
    await cluster.pass(100);
    expect(second.roster.known).toBe(0);
  });

  it('counts the connections of a subject on all nodes', async () => {
    const cluster = new RosterNodes();
    const [first, second] = [await cluster.node(), await cluster.node()];
    first.roster.counted('alice', 1);
    first.roster.counted('alice', 2);
    first.roster.counted('bob', 1);
    await cluster.pass(100);
    const counts = (roster: typeof first.roster): number[] =>
      ['alice', 'bob', 'carl'].map((name) => roster.countOf(name));
    expect([counts(first.roster), counts(second.roster)]).toEqual([
      [0, 0, 0],
      [2, 1, 0],
    ]);
    first.roster.counted('bob', 0);
    const third = await cluster.node();
    second.roster.counted('alice', 5);
    await cluster.pass(100);
    expect([counts(first.roster), counts(second.roster), counts(third.roster)]).toEqual([
      [5, 0, 0],
      [2, 0, 0],
      [7, 0, 0],
    ]);
    cluster.networks.isLost = (_from, _to, topic) => topic === 'clients';
    first.roster.counted('alice', 1);
    await cluster.pass(100);
    cluster.networks.isLost = () => false;
    await cluster.pass(2_000);
    expect(second.roster.countOf('alice')).toBe(1);
    await cluster.part();
    expect(counts(third.roster)).toEqual([0, 0, 0]);
  });

  it.each([1, 2, 3, 4, 5])('has one session in the end, the last, whatever was lost: %i', async (seed) => {
    const random = new Random(seed);
    const cluster = new RosterNodes();
    for (let i = 0; i < 3; i++) await cluster.node(random.between(-5_000, 5_000));
    cluster.networks.isLost = (_from, _to, topic) => topic === 'clients' && random.chance(0.3);
    const last = new Map<string, number>();
    for (let step = 0; step < 200; step++) {
      const client = `client${random.between(1, 5)}`;
      const at = random.between(0, 2);
      // A count decides where the clocks cannot.
      if (cluster.all[at]?.hello(client, step + 1)) last.set(client, at);
      if (random.chance(0.3)) await cluster.pass(random.between(0, 300));
    }
    cluster.networks.isLost = () => false;
    await cluster.pass(3_000);
    for (const [client, at] of last) expect([client, cluster.placesOf(client)]).toEqual([client, [at]]);
    const total = cluster.all.reduce((sum, { clients }) => sum + clients.size, 0);
    expect([total, last.size]).toEqual([5, 5]);
    for (const { roster, clients } of cluster.all) expect(roster.known).toBe(5 - clients.size);
  });
});
