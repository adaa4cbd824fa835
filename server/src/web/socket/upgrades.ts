import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Sockets have this long to answer the close frame, or to take an answer, before the server cuts them when it stops.
 */
const GRACE_MS = 1_500;

/**
 * After an upgrade Node's server knows a connection no longer: `forceCloseConnections` does not reach it, and `close`
 * waits for it for ever. So those that have asked for an upgrade are remembered here, and cut when the server stops.
 */
export function cutUpgradedOnClose(app: FastifyInstance): void {
  const sockets = new Set<Socket>();
  // One function for all of them: there may be tens of thousands.
  function forget(this: Socket): void {
    sockets.delete(this);
  }
  app.server.on('upgrade', ({ socket }) => {
    sockets.add(socket);
    socket.on('close', forget);
  });
  app.addHook('preClose', async () => {
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, GRACE_MS);
    app.server.once('close', () => clearTimeout(cut));
  });
}

/**
 * Request and response of each upgrade that is under way. Once the WebSocket is open they are of no use, but the socket
 * would hold the response, and that the request with all its headers, for as long as the connection lasts: four
 * kilobytes each.
 */
export class Exchanges {
  readonly #responses = new WeakMap<IncomingMessage, ServerResponse>();

  began(request: IncomingMessage, response: ServerResponse): void {
    this.#responses.set(request, response);
  }

  /**
   * The socket lets go of the response. (Fastify calls no `onResponse` hooks for an exchange that was hijacked, with
   * this or without.)
   */
  over(request: IncomingMessage): void {
    this.#responses.get(request)?.detachSocket(request.socket);
    this.#responses.delete(request);
  }
}
