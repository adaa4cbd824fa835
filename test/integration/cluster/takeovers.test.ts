import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { RunningServer } from '../../../server/src/compose.ts';
import { busOver } from '../../support/cluster/servers.ts';
import { JUDGES, tokenOf } from '../../support/cluster/tokens.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

const path = findNatsServer();

/** A client that never comes back by itself. */
async function greet(
  { ws }: RunningServer,
  client: string,
  token?: string,
): Promise<{ closedWith: () => number | undefined; end: () => void }> {
  const socket = new WebSocket(ws, 'zerospan.v1');
  onTestFinished(() => socket.terminate());
  let closedWith: number | undefined;
  let isWelcome = false;
  const hello = { protocol: 'zerospan.v1', client, ...(token !== undefined && { token }) };
  socket.on('open', () => socket.send(JSON.stringify({ hello })));
  socket.on('message', (data: Buffer) => {
    isWelcome ||= data.toString().startsWith('{"welcome"');
  });
  socket.on('close', (code) => {
    closedWith = code;
  });
  await until('welcome', () => isWelcome || closedWith !== undefined);
  return { closedWith: () => closedWith, end: () => socket.terminate() };
}

describe.runIf(available('nats-server', path))('a client that moves between nodes', () => {
  let nats: NatsServer;

  beforeAll(async () => {
    nats = await NatsServer.start(path as string);
  });
  afterAll(() => nats.stop());

  it('has one session: its former one ends as on one node', async () => {
    const [first, second] = [
      await testServer(busOver(nats, 'moves')),
      await testServer(busOver(nats, 'moves')),
    ];
    await until('each other', async () => {
      const text = await (await fetch(`${second.url}metrics`)).text();
      return /^zerospan_cluster_nodes 2$/m.test(text);
    });
    const other = await greet(first, 'other-client');
    const client = 'moving-client';
    let before = await greet(first, client);
    for (const server of [second, first, second]) {
      const after = await greet(server, client);
      await until('the end of the former', () => before.closedWith() === 4_002);
      expect(after.closedWith()).toBeUndefined();
      before = after;
    }
    expect(other.closedWith()).toBeUndefined();
  });

  it('is counted once among the connections of its user, which are those of all nodes', async () => {
    const exposed = { behindProxy: ['127.0.0.0/8'], insecure: true, limits: { connectionsPerUser: 2 } };
    const settings = { ...busOver(nats, 'counted'), ...exposed };
    const [first, second] = [await testServer(settings, JUDGES), await testServer(settings, JUDGES)];
    const token = await tokenOf('alice');
    await greet(first, 'alice-client-1', token);
    const moving = await greet(second, 'alice-client-2', token);
    // Until the nodes have heard of each other one more is admitted: it goes again, or it would be one of two below.
    await until('too many', async () => {
      const more = await greet(first, 'alice-client-3', token);
      if (more.closedWith() === 4_006) return true;
      more.end();
      return false;
    });
    expect((await greet(second, 'bobs-client-1', await tokenOf('bob'))).closedWith()).toBeUndefined();
    // Its node may not have noticed yet that one went.
    const moved = await until('room for the one that moves', async () => {
      const again = await greet(first, 'alice-client-2', token);
      return again.closedWith() === undefined && again;
    });
    await until('the end of the former', () => moving.closedWith() === 4_002);
    expect(moved.closedWith()).toBeUndefined();
    expect((await greet(second, 'alice-client-4', token)).closedWith()).toBe(4_006);
  });
});
