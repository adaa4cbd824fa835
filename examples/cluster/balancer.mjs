import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** How long a node may take to accept a connection, in ms: then it is the turn of the next one. */
const ACCEPT_MS = 1_000;

/**
 * A balancer of TCP on loopback: it gives each connection to the next node that accepts one. A balancer for real, such
 * as in compose.yaml, also asks each node whether it is ready.
 *
 * @param {number} port @param {readonly number[]} nodes their ports
 */
export async function startBalancer(port, nodes) {
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  let turn = 0;
  const server = createServer({ noDelay: true }, (client) => {
    sockets.add(client);
    client.once('close', () => sockets.delete(client));
    // A reset is an end like any other.
    client.on('error', () => {});
    const first = turn++;
    const order = nodes.map((_, i) => nodes[(first + i) % nodes.length] ?? 0);
    void join(client, order);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** @param {import('node:net').Socket} client @param {readonly number[]} nodes in the order in which to try them */
async function join(client, nodes) {
  for (const port of nodes) {
    const node = await accepted(port);
    if (!node) continue;
    node.on('error', () => {});
    node.once('close', () => client.destroy());
    client.once('close', () => node.destroy());
    // It may have gone while the node was asked.
    if (client.destroyed) node.destroy();
    client.pipe(node).pipe(client);
    return;
  }
  client.destroy();
}

/** @param {number} port @returns {Promise<import('node:net').Socket | undefined>} */
async function accepted(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(ACCEPT_MS) });
    return socket;
  } catch {
    socket.destroy();
    return undefined;
  }
}
