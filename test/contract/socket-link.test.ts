import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { LIMITS } from '@zerospan/shared';
import type { FastifyBaseLogger } from 'fastify';
import { afterEach } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Hub } from '../../server/src/core/hub.ts';
import type { Link } from '../../server/src/core/session/link.ts';
import type { SocketFailures } from '../../server/src/web/socket/socket-failures.ts';
import { BusSockets } from '../../server/src/web/socket/websocket.ts';
import { closing, OPCODE, RawWebSocket, text } from '../support/raw-websocket.ts';
import { until } from '../support/until.ts';
import { entryOf } from '../support/zeromq.ts';
import { type LinkUnderTest, linkContract, Recorder } from './link.contract.ts';

const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A server whose conversations only record. */
async function serve() {
  const links: Link[] = [];
  const recorders: Recorder[] = [];
  const hub = {
    limits: LIMITS,
    open(link: Link) {
      const recorder = new Recorder();
      links.push(link);
      recorders.push(recorder);
      return recorder;
    },
  };
  const log = { debug: () => undefined } as unknown as FastifyBaseLogger;
  const failures = { failed: () => undefined } as unknown as SocketFailures;
  const sockets = new BusSockets(hub as unknown as Hub, log, failures);
  const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const server = createServer();
  server.on('upgrade', (request, socket, head) =>
    upgrades.handleUpgrade(request, socket, head, (ws) =>
      sockets.open(ws, socket as Socket, { address: '127.0.0.1', isLocal: true }),
    ),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const connect = async () => {
    const client = await RawWebSocket.asking(`http://127.0.0.1:${port}`);
    ends.push(() => client.close());
    return client;
  };
  return { connect, links, recorders };
}

/** A link over a real socket, whose other end reads byte by byte: also what must not come behind a close frame. */
async function open(): Promise<LinkUnderTest> {
  const { connect, links, recorders } = await serve();
  const client = await connect();
  let answered = false;
  return {
    link: links[0] as Link,
    recorder: recorders[0] as Recorder,
    get texts() {
      return client.texts;
    },
    get isOver() {
      if (!answered && client.frames.some(({ opcode }) => opcode === OPCODE.close)) {
        answered = true;
        client.write(closing(1_000));
      }
      return client.ended;
    },
    // All in one chunk of TCP.
    pings: (...ids) => client.write(Buffer.concat(ids.map((id) => text(JSON.stringify({ ping: { id } }))))),
    // What another client asked for later has come.
    carried: async () => {
      await until('the system to take it', () => client.socket.writableLength === 0);
      const other = await connect();
      links.at(-1)?.say({ pong: { id: 0 } });
      await other.said('pong');
    },
    fill: () => {
      client.socket.pause();
      const large = entryOf('full', `"${'x'.repeat(100_000)}"`);
      const link = links[0] as Link;
      for (let i = 0; i < 1_000 && link.hasRoom; i++) link.sendNow(link.encoding.encode([large]));
    },
    drain: () => void client.socket.resume(),
    quiet: () => undefined,
    hangUp: () => client.write(closing(1_000)),
  };
}

linkContract('a WebSocket', open);
