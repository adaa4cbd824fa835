import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { RunningServer } from '../../../server/src/compose.ts';
import { busOver } from '../../support/cluster/servers.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

const path = findNatsServer();

/** A client that never comes back by itself. */
async function greet({ ws }: RunningServer, client: string): Promise<{ closedWith: () => number | undefined }> {
  const socket = new WebSocket(ws, 'zerospan.v1');
  onTestFinished(() => socket.terminate());
  let closedWith: number | undefined;
  let isWelcome = false;
  socket.on('open', () => socket.send(JSON.stringify({ hello: { protocol: 'zerospan.v1', client } })));
  socket.on('message', (data: Buffer) => {
    isWelcome ||= data.toString().startsWith('{"welcome"');
  });
  socket.on('close', (code) => {
    closedWith = code;
  });
  await until('welcome', () => isWelcome || closedWith !== undefined);
  return { closedWith: () => closedWith };
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
      const beganMs = performance.now();
      const after = await greet(server, client);
      await until('the end of the former', () => before.closedWith() === 4_002);
      expect(performance.now() - beganMs).toBeLessThan(2_000);
      expect(after.closedWith()).toBeUndefined();
      before = after;
    }
    expect(other.closedWith()).toBeUndefined();
  });
});
