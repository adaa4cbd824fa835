import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkContract } from '../../contract/network.contract.ts';
import { realNetworks } from '../../support/cluster/real-cluster.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { available } from '../../support/required.ts';
import { testFolder } from '../../support/tokens.ts';
import { until } from '../../support/until.ts';

const path = findNatsServer();

/** Of all that nodes say to each other a user may hear one topic. */
const RIGHTS = `
  authorization { users: [{
    user: node, password: node, permissions: { publish: "_INBOX.>", subscribe: ["_INBOX.>", "bus+nodes.nodes.*"] }
  }] }
  no_auth_user: node
`;

describe.runIf(available('nats-server', path))('nodes over NATS', () => {
  let server: NatsServer;
  let count = 0;

  beforeAll(async () => {
    server = await NatsServer.start(path as string);
  });
  afterAll(() => server.stop());

  networkContract('NATS', () => realNetworks(server, `bus${++count}+nodes`));

  it('of a user that lacks a right report it, once', async () => {
    const folder = await testFolder();
    const config = await folder.put('rights.conf', RIGHTS);
    const closed = await NatsServer.start(path as string, ['-c', config]);
    const faults: string[] = [];
    const { nodes, close } = await realNetworks(closed, 'bus+nodes', (reason) => faults.push(reason));
    nodes[0].hear('clients', () => undefined);
    await until('a refused subscription', () => faults.some((each) => /subscription/i.test(each)));
    for (let i = 0; i < 10; i++) nodes[0].say('nodes', i);
    await until('a refused publication', () => faults.some((each) => /publish/i.test(each)));
    nodes[0].say('nodes', 'again');
    await close();
    expect(faults).toHaveLength(2);
    await closed.stop();
  });

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
