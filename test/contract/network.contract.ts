import { describe, expect, it } from 'vitest';
import type { Heard, Network } from '../../server/src/core/cluster/network.ts';
import { until } from '../support/until.ts';

export interface NetworkUnderTest {
  /** Three nodes of one bus. */
  readonly nodes: readonly [Network, Network, Network];
  /** Takes all of them out of reach; resolves when they know it. */
  readonly leave: () => Promise<void> | void;
  readonly rejoin: () => Promise<void> | void;
  readonly close: () => Promise<void> | void;
}

/** The sentences of the `Network` port, for any implementation. */
export function networkContract(
  name: string,
  make: () => Promise<NetworkUnderTest> | NetworkUnderTest,
): void {
  describe(`Network: ${name}`, () => {
    const opened = async (): Promise<NetworkUnderTest & { readonly heard: Heard[][] }> => {
      const made = await make();
      const heard = made.nodes.map((node) => {
        const all: Heard[] = [];
        node.hear('nodes', (each) => all.push(each));
        return all;
      });
      // A subscription may be under way: what is said before it has come is lost.
      await until('all in reach', () => {
        for (const node of made.nodes) node.say('nodes', 'there?');
        return heard.every((all) => new Set(all.map(({ from }) => from)).size === 2);
      });
      return { ...made, heard };
    };
    const bodies = (heard: readonly Heard[] | undefined): unknown[] =>
      (heard ?? []).map(({ body }) => body).filter((body) => body !== 'there?');

    it('brings what a node says to all others, and not to itself', async () => {
      const { nodes, heard, close } = await opened();
      const body = { a: [1, 'ä', null], b: { c: true } };
      nodes[0].say('nodes', body);
      await until('both', () => bodies(heard[1]).length === 1 && bodies(heard[2]).length === 1);
      expect(heard[1]?.at(-1)).toEqual({ from: nodes[0].id, body });
      nodes[1].say('nodes', 'back');
      await until('back', () => bodies(heard[0]).length === 1);
      expect(bodies(heard[0])).toEqual(['back']);
      await close();
    });

    it('keeps the order of one node, and topics apart', async () => {
      const { nodes, heard, close } = await opened();
      const clients: unknown[] = [];
      nodes[1].hear('clients', ({ body }) => clients.push(body));
      await until('its topic', () => {
        nodes[0].say('clients', 0);
        return clients.length > 0;
      });
      const numbers = Array.from({ length: 500 }, (_, i) => i);
      for (const number of numbers) nodes[0].say('nodes', number);
      await until('all', () => bodies(heard[1]).length === 500 && bodies(heard[2]).length === 500);
      expect([bodies(heard[1]), bodies(heard[2])]).toEqual([numbers, numbers]);
      expect(new Set(clients)).toEqual(new Set([0]));
      await close();
    });

    it('calls nobody before it has returned', async () => {
      const { nodes, heard, close } = await opened();
      nodes[0].say('nodes', 1);
      expect(bodies(heard[1])).toEqual([]);
      await until('it came', () => bodies(heard[1]).length === 1);
      await close();
    });

    it('loses what is said out of reach, and says when others can be reached again', async () => {
      const { nodes, heard, leave, rejoin, close } = await opened();
      let contacts = 0;
      for (const node of nodes) node.onContact(() => contacts++);
      await leave();
      nodes[0].say('nodes', 'lost');
      expect(contacts).toBe(0);
      await rejoin();
      await until('contact', () => contacts === 3);
      await until('again', () => {
        nodes[0].say('nodes', 'found');
        return bodies(heard[1]).includes('found') && bodies(heard[2]).includes('found');
      });
      expect([bodies(heard[1]), bodies(heard[2])].flat()).not.toContain('lost');
      await close();
    });
  });
}
