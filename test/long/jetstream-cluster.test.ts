import { afterEach, describe, expect, it } from 'vitest';
import type { StoreRecord } from '../../server/src/core/log/store.ts';
import { findNatsServer, NatsServer } from '../support/jetstream/nats-server.ts';
import { RealNode } from '../support/jetstream/real-node.ts';
import { available } from '../support/required.ts';
import { until } from '../support/until.ts';

const path = findNatsServer();

describe.runIf(available('nats-server', path))('a log on three real servers', () => {
  let servers: NatsServer[] = [];
  const nodes: RealNode[] = [];

  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.store.close();
    for (const server of servers) await server.stop();
  });

  it('loses nothing, has nothing twice and in order, when each of them is killed, and all', async () => {
    servers = await NatsServer.cluster(path as string, 3);
    for (let i = 0; i < 2; i++) nodes.push(await RealNode.open(servers, 3));
    const [node, other] = nodes as [RealNode, RealNode];
    const texts: string[] = [];
    const records: StoreRecord[] = [];
    const put = async (what: string): Promise<void> => {
      for (let i = 0; i < 100; i++) {
        const text = `${what} ${i}`;
        texts.push(text);
        records.push(node.append(text));
        if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    for (const [i, server] of servers.entries()) {
      await put(`before ${i}`);
      await server.kill();
      await put(`without ${i}`);
      await server.again();
      await until('answers', () => records.every((record) => node.answers.has(record)), 60_000);
    }
    await Promise.all(servers.map((server) => server.kill()));
    await put('without all');
    await Promise.all(servers.map((server) => server.again()));
    await until('answers', () => records.every((record) => node.answers.has(record)), 60_000);
    // An election may take longer than a put may wait: of the others nothing is missing.
    const isLost = (record: StoreRecord): boolean => node.answers.get(record) instanceof Error;
    const accepted = texts.filter((_, i) => !isLost(records[i] as StoreRecord));
    expect(accepted.length).toBeGreaterThan(600);
    await until('the last', () =>
      [node, other].every(({ texts: all }) => all.includes(accepted.at(-1) as string)),
    );
    const all = await node.scanned();
    expect(all.filter((text) => accepted.includes(text))).toEqual(accepted);
    expect(new Set(all).size).toBe(all.length);
    expect(node.texts).toEqual(all);
    expect(other.texts).toEqual(all);
    expect([node.epochs, other.epochs]).toEqual([[], []]);
  });
});
