import websocket from '@fastify/websocket';
import { LIMITS, PROTOCOL } from '@zerospan/shared';
import type { FastifyInstance } from 'fastify';
import type { Hub } from '../core/hub.ts';
import type { Meter } from '../core/meter.ts';
import { Admission } from './admission.ts';
import { addHealth, type Readiness } from './health.ts';
import { addMetrics } from './metrics.ts';
import { addPage } from './page.ts';
import { cutUpgradedOnClose, Exchanges } from './upgrades.ts';
import { BusSockets } from './websocket.ts';

/** Where WebSocket clients connect, below the prefix under which the plugin is registered. */
export const BUS_PATH = '/bus';

export interface WebOptions {
  readonly hub: Hub;
  readonly readiness: Readiness;
  readonly meters: readonly Meter[];
  /** Whether the live page is served at `/`. */
  readonly page: boolean;
}

/** Adds the socket, health, metrics and the page to a Fastify server. */
export async function addWeb(
  app: FastifyInstance,
  { hub, readiness, meters, page }: WebOptions,
): Promise<void> {
  cutUpgradedOnClose(app);
  // An application may have it already, for sockets of its own.
  if (!app.hasDecorator('websocketServer')) {
    await app.register(websocket, {
      options: {
        maxPayload: LIMITS.messageBytes,
        // Compression would buffer for each socket, and frames of ours could not go between those of ws.
        perMessageDeflate: false,
        handleProtocols: (offered: Set<string>) => (offered.has(PROTOCOL) ? PROTOCOL : false),
      },
      // The default closes every client without a code; the hub closes them with one that says to come back.
      preClose: async () => app.websocketServer.close(),
      // The default ends the socket at once, with whatever still waits in it, and logs each bad frame as an error.
      errorHandler: (error, _socket, request) => request.log.debug({ err: error }, 'socket failed'),
    });
  }
  const admission = new Admission();
  const exchanges = new Exchanges();
  const sockets = new BusSockets(hub, app.log);
  app.route({
    method: 'GET',
    url: BUS_PATH,
    onRequest: (request, reply, done) => {
      if (request.headers.upgrade === undefined) {
        done();
        return;
      }
      exchanges.began(request.raw, reply.raw);
      admission.enter(done);
    },
    handler: async (_request, reply) =>
      reply
        .code(426)
        .header('upgrade', 'websocket')
        .type('text/plain')
        .send(`Connect with a WebSocket that speaks ${PROTOCOL}.\n`),
    wsHandler: (ws, { raw }) => {
      exchanges.over(raw);
      sockets.open(ws, raw.socket);
    },
  });
  addHealth(app, readiness);
  addMetrics(app, meters);
  if (page) await addPage(app);
}
