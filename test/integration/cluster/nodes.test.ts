import type { ServerStatus } from '@zerospan/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../server/src/compose.ts';
import { busOver } from '../../support/cluster/servers.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { available } from '../../support/required.ts';
import { openServer, testServer } from '../../support/server.ts';
import { cli } from '../../support/terminal.ts';
import { until } from '../../support/until.ts';

const path = findNatsServer();

describe.runIf(available('nats-server', path))('nodes of one bus', () => {
  let nats: NatsServer;

  beforeAll(async () => {
    nats = await NatsServer.start(path as string);
  });
  afterAll(() => nats.stop());

  const nodesOf = async ({ url }: RunningServer): Promise<ServerStatus['nodes']> =>
    ((await (await fetch(`${url}v1/status`)).json()) as ServerStatus).nodes;

  it('are listed by each of them, until they end', async () => {
    const first = await testServer(busOver(nats, 'listed'));
    const second = await openServer(busOver(nats, 'listed'));
    await until('both', async () => {
      const all = await Promise.all([first, second].map(nodesOf));
      return all.every((nodes) => nodes.length === 2);
    });
    const nodes = await nodesOf(first);
    const others = await nodesOf(second);
    expect(nodes.map(({ id }) => id)).toEqual(others.map(({ id }) => id).reverse());
    expect(nodes[1]).toMatchObject({ epoch: first.epoch, sessions: 0, isAway: false });
    expect(await (await fetch(`${first.url}metrics`)).text()).toMatch(/^zerospan_cluster_nodes 2$/m);
    const { out } = await cli(['status', '--url', first.url]);
    expect(out.match(/^Node {8}/gm)).toHaveLength(2);
    await second.stop();
    await until('one', async () => (await nodesOf(first)).length === 1);
  });

  it('of another bus are not listed, and a server with a log of its own has none', async () => {
    const first = await testServer(busOver(nats, 'one'));
    await testServer(busOver(nats, 'another'));
    const alone = await testServer();
    expect([(await nodesOf(first)).length, (await nodesOf(alone)).length]).toEqual([1, 0]);
    expect(await (await fetch(`${alone.url}metrics`)).text()).not.toContain('zerospan_cluster');
  });
});
