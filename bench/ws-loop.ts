/** The plain way, to be measured against: one ZeroMQ SUB, and for each message a loop of `ws.send` over all sockets. */
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { Subscriber } from 'zeromq';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
async function relay(): Promise<void> {
  const socket = new Subscriber({ receiveHighWaterMark: 100_000 });
  await socket.bind('tcp://127.0.0.1:*');
  socket.subscribe('');
  process.stdout.write(
    `${JSON.stringify({ port: (server.address() as AddressInfo).port, ingress: socket.lastEndpoint })}\n`,
  );
  for await (const [message] of socket) {
    for (const client of server.clients) client.send(message as Buffer, { binary: false });
  }
}

server.on('listening', () => void relay());
process.on('SIGTERM', () => process.exit(0));
