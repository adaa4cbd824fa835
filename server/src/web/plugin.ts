import websocket from '@fastify/websocket';
import { type Clock, LIMITS, PROTOCOL, type ServerStatus } from '@zerospan/shared';
import type { FastifyInstance } from 'fastify';
import type { Gate } from '../core/access/gate.ts';
import type { Hub } from '../core/hub.ts';
import type { History } from '../core/log/history.ts';
import type { Meter } from '../core/meter.ts';
import type { SecurityEvents } from '../security-events.ts';
import { addressOf, type Callers } from './entry/caller.ts';
import { Doorway, type DoorwayLimits } from './entry/doorway.ts';
import { addGuard, type Entrance } from './entry/guard.ts';
import { REFUSALS, refuse } from './entry/refusals.ts';
import { addApi } from './http/api/api.ts';
import type { ObservingSources } from './http/api/observing/observing.ts';
import { type StatusSources, statusOf } from './http/api/observing/status.ts';
import { hideRoutes } from './http/api/openapi/openapi.ts';
import { addHeaders } from './http/headers.ts';
import { addHealth, type Readiness } from './http/health.ts';
import { addMetrics } from './http/metrics.ts';
import { type About, addAbout, addPage } from './http/page.ts';
import { SocketFailures } from './socket/socket-failures.ts';
import { cutUpgradedOnClose, Exchanges } from './socket/upgrades.ts';
import { BusSockets } from './socket/websocket.ts';

/** Where WebSocket clients connect, below the prefix under which the plugin is registered. */
export const BUS_PATH = '/bus';

/** What holds for WebSockets of the bus. */
export interface WebLimits extends DoorwayLimits {
  /** Pieces of one message. */
  readonly fragments: number;
  /**
   * Chunks of TCP that wait to become one piece: a message is to be put together of few. Beyond either, `ws` closes
   * with 1008.
   */
  readonly chunks: number;
  /** How long nothing may come of a body that is streamed, in ms. */
  readonly bodyMs: number;
}

export interface WebOptions {
  readonly hub: Hub;
  /** What the log of the hub held before. */
  readonly history: History;
  readonly observing: ObservingSources & Pick<StatusSources, 'overview' | 'zeromq' | 'nodes'>;
  readonly clock: Clock;
  readonly readiness: Readiness;
  readonly meters: readonly Meter[];
  readonly events: SecurityEvents;
  readonly entrance: Entrance;
  readonly limits: WebLimits;
  readonly callers: Callers;
  /** Who may read the metrics beside this machine: whom this gate gives the right `metrics`, or everybody. */
  readonly metricsReaders: Gate | 'everybody';
  /** What the console at `/` shows of the server. undefined: no console. */
  readonly page: About | undefined;
  /** Whether browsers receive `Strict-Transport-Security`. */
  readonly strictTransport: boolean;
}

/**
 * Adds the socket, the API, health, metrics and the page to a Fastify server.
 * @returns reads the state of the server
 */
export async function addWeb(app: FastifyInstance, options: WebOptions): Promise<() => ServerStatus> {
  const { hub, clock, readiness, meters, events, entrance, limits, callers } = options;
  const { metricsReaders, page, strictTransport } = options;
  cutUpgradedOnClose(app);
  addHeaders(app, strictTransport);
  hideRoutes(app);
  // An application may have it already, for sockets of its own.
  if (!app.hasDecorator('websocketServer')) {
    await app.register(websocket, {
      options: {
        maxPayload: LIMITS.messageBytes,
        maxFragments: limits.fragments,
        maxBufferedChunks: limits.chunks,
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
  // Behind the plugin's own hook, which says what is an upgrade.
  addGuard(app, entrance, events);
  const doorway = new Doorway(limits, clock, events, entrance.given);
  const exchanges = new Exchanges();
  const failures = new SocketFailures();
  const sockets = new BusSockets(hub, app.log, failures);
  app.route({
    method: 'GET',
    url: BUS_PATH,
    onRequest: (request, reply, done) => {
      // Not by the header: without "Connection: upgrade" it is an ordinary request, of which one connection brings any
      // number.
      if (!request.ws) {
        done();
        return;
      }
      exchanges.began(request.raw, reply.raw);
      doorway.enter(request, reply, done);
    },
    handler: (request, reply) => {
      // A proxy that removes Upgrade leaves the key. Without one it is no handshake: a page asks so why it was refused,
      // and a remedy for proxies in the log would hide the line that says why.
      if (request.headers['sec-websocket-key'] !== undefined) {
        const { reason, remedy } = REFUSALS['upgrade-required'];
        events.report('bad-handshake', { address: addressOf(request), reason, remedy });
      }
      reply.header('upgrade', 'websocket');
      refuse(request, reply, 'upgrade-required');
    },
    wsHandler: (ws, request) => {
      const { raw } = request;
      exchanges.over(raw);
      sockets.open(ws, raw.socket, callers.of(request));
    },
  });
  addHealth(app, readiness);
  const status = statusOf({
    ...options.observing,
    readiness,
    limits: () => [{ setting: 'limits.connections', used: doorway.taken, most: limits.connections }],
  });
  const api = await addApi(app, {
    bus: hub,
    history: options.history,
    events,
    doorway,
    callers,
    bodyMs: limits.bodyMs,
    isDraining: () => entrance.isDraining(),
    observing: { ...options.observing, status },
  });
  addMetrics(app, [...meters, ...doorway.meters, failures.meter, ...api], {
    clock,
    readers: metricsReaders === 'everybody' ? metricsReaders : { gate: metricsReaders, clock, events },
    isOfThisMachine: (request) => callers.isLocal(request),
  });
  if (page !== undefined) {
    addAbout(app, page);
    await addPage(app);
  }
  return status;
}
