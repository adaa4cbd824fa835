import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Bus } from '@zerospan/client';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { RunningServer } from '../../server/src/compose.ts';
import { range, testBus } from '../support/buses.ts';
import { openServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { TestSubscriber } from '../support/zeromq.ts';

/** How long a stop may take, whoever holds on to the server. */
const DEADLINE_MS = 5_000;

/** Stops a server; fails when that takes too long. */
async function stops(server: RunningServer): Promise<void> {
  let isStopped = false;
  void server.stop().then(() => {
    isStopped = true;
  });
  await until('the stop', () => isStopped, DEADLINE_MS);
}

/** Puts 20 MB: more than any buffer on the way holds. */
async function flood(bus: Bus): Promise<void> {
  for (let i = 0; i < 10; i++)
    await Promise.all(range(1, 100).map(() => bus.put('room', 'x'.repeat(20_000))));
}

/** A TCP connection to a server that has said something, and then does nothing of its own. */
async function speaking(
  server: RunningServer,
  text: string,
): Promise<{ socket: Socket; heard: () => string }> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  let heard = '';
  socket.on('data', (data: Buffer) => {
    heard += data.toString('latin1');
  });
  await once(socket, 'connect');
  socket.write(text);
  return { socket, heard: () => heard };
}

const upgrade = (host: string, path = '/bus', key = 'dGhlIHNhbXBsZSBub25jZQ=='): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Protocol: zerospan.v1',
    '\r\n',
  ].join('\r\n');

it('stops within 5 s although a client ignores the close frame', async () => {
  const server = await openServer();
  const { socket, heard } = await speaking(server, upgrade(new URL(server.url).host));
  await until('the upgrade', () => heard().includes('101 Switching Protocols'));
  const ended = once(socket, 'close');
  await stops(server);
  await ended;
  // 0x88: a close frame, of 2 bytes and a reason; 4000 says to come back.
  const frame = heard().slice(heard().indexOf('\x88'));
  expect(frame.charCodeAt(2) * 256 + frame.charCodeAt(3)).toBe(4000);
});

it('stops within 5 s although a request is half sent, and a connection idle', async () => {
  const server = await openServer();
  const { host } = new URL(server.url);
  const head = `POST /bus HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n`;
  await speaking(server, `${head}{"half":`);
  await speaking(server, `GET /health/live HTTP/1.1\r\nHost: ${host}\r\n`);
  const idle = await speaking(server, `GET /health/live HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await until('an answer', () => idle.heard().includes('{"live":true}'));
  await stops(server);
});

it.each([
  ['elsewhere', '/nowhere', undefined],
  ['on the page', '/', undefined],
  ['with a bad key', '/bus', 'bad'],
])(
  'stops within 5 s although a client whose upgrade %s was refused keeps its connection',
  async (_, path, key) => {
    const server = await openServer();
    const refused = await speaking(server, upgrade(new URL(server.url).host, path, key));
    await until('the refusal', () => refused.heard().includes('HTTP/1.1 4'));
    await stops(server);
  },
);

it('stops within 5 s although a native subscriber is frozen', async () => {
  const server = await openServer();
  const frozen = new TestSubscriber(server.busAddress, [''], { receiveHighWaterMark: 1 });
  onTestFinished(() => frozen.socket.close());
  const bus = testBus(server.ws);
  await until(
    'its subscription',
    async () => (await bus.put('room', 0)).channels[0]?.nativeSubscriptions === 1,
  );
  await flood(bus);
  await stops(server);
});

it('stops within 5 s with all of these at once, and a client that reads nothing', async () => {
  const server = await openServer();
  const { host } = new URL(server.url);
  const frozen = new TestSubscriber(server.busAddress, [''], { receiveHighWaterMark: 1 });
  onTestFinished(() => frozen.socket.close());
  const ignoring = await speaking(server, upgrade(host));
  await until('the upgrade', () => ignoring.heard().includes('101'));
  await speaking(server, `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100\r\n\r\n{`);
  const slow = new WebSocket(server.ws, 'zerospan.v1');
  onTestFinished(() => slow.terminate());
  await once(slow, 'open');
  const subscriptions = [{ id: 1, prefixes: [''] }];
  slow.send(JSON.stringify({ hello: { protocol: 'zerospan.v1', client: 'slow-one', subscriptions } }));
  await once(slow, 'message');
  slow.pause();
  const bus = testBus(server.ws);
  await flood(bus);
  await stops(server);
});

it('may be stopped more than once, and frees its port', async () => {
  const server = await openServer();
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
  const again = await openServer({ port: Number(new URL(server.url).port) });
  expect(again.url).toBe(server.url);
  expect(again.epoch).not.toBe(server.epoch);
  await again.stop();
});
