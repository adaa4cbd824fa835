import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkContract } from '../../contract/network.contract.ts';
import { realNetworks } from '../../support/cluster/real-cluster.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { available } from '../../support/required.ts';
import { until } from '../../support/until.ts';

const path = findNatsServer();

describe.runIf(available('nats-server', path))('nodes over NATS', () => {
  let server: NatsServer;
  let count = 0;

  beforeAll(async () => {
    server = await NatsServer.start(path as string);
  });
  afterAll(() => server.stop());

  networkContract('NATS', () => realNetworks(server, `bus${++count}+nodes`));

  it('of several buses hear nothing of each other', async () => {
    const one = await realNetworks(server, 'one+nodes');
    const other = await realNetworks(server, 'other+nodes');
    const heard: string[] = [];
    for (const node of one.nodes) node.hear('nodes', ({ body }) => heard.push(String(body)));
    await until('its own', () => {
      other.nodes[0].say('nodes', 'theirs');
      one.nodes[0].say('nodes', 'ours');
      return heard.length > 2;
    });
    expect(new Set(heard)).toEqual(new Set(['ours']));
    await one.close();
    await other.close();
  });
});
