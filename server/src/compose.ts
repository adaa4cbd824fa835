import { randomUUID } from 'node:crypto';
import { systemClock } from '@zerospan/shared';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import fastify, { LogController } from 'fastify';
import type { AccessBounds } from './core/access/bounds.ts';
import type { Gate } from './core/access/gate.ts';
import { Hub } from './core/hub.ts';
import { coreMeters } from './core/meters.ts';
import { MemoryLog } from './logs/memory/index.ts';
import { memoryLogMeters } from './logs/memory/meters.ts';
import type { Settings } from './settings.ts';
import { addWeb, BUS_PATH } from './web/plugin.ts';
import { refuseUpgrade } from './web/upgrades.ts';
import { nativeMeters } from './zeromq/meters.ts';
import { Native } from './zeromq/native.ts';
import { StartError } from './zeromq/start-error.ts';

/** Bounds of the tail through which cursors close on the head: never more than a part of what the log itself holds. */
const TAIL = { entries: 1_024, logShare: 1 / 8 } as const;

/** A bus that nobody uses still drops what is too old, this often. */
const EXPIRE_MS = 5_000;

/** How long sessions that are behind have to take what was accepted before the server stops, while they go on taking it. */
const DRAIN_MS = 5_000;

/** How long native subscribers have to take what waits for them when the server stops. */
const NATIVE_CLOSE_MS = 1_000;

/** Timers know whole ms only: a shorter rest is none. */
function endOfTurn(action: () => void, restMs = 0): void {
  if (restMs >= 1) setTimeout(action, restMs);
  else setImmediate(action);
}

/** Who may come in to a bus, and how much they may have of it. Left out: everybody, and all. */
export interface BusAccess {
  readonly gate?: Gate;
  readonly bounds?: Partial<AccessBounds>;
  /** Most distinct channels that the log holds something of. 0: no bound. */
  readonly channels?: number;
}

/** A bus with its log and its ZeroMQ sockets, before anything of the web is put to it. */
export interface OpenBus {
  readonly hub: Hub;
  readonly native: Native;
  readonly log: MemoryLog;
  /** Takes nothing more in, delivers what was accepted, and closes every client, each with a slot to come back in. */
  drain(): Promise<void>;
  /** Closes the ZeroMQ sockets. */
  close(): Promise<void>;
}

/** @throws StartError naming the setting, the address and the remedy */
export async function openBus(
  settings: Settings,
  logger: FastifyBaseLogger,
  { gate, bounds, channels = 0 }: BusAccess = {},
): Promise<OpenBus> {
  const log = new MemoryLog({ clock: systemClock, ...settings.log, channels });
  let native: Native | undefined;
  const hub = new Hub({
    log,
    clock: systemClock,
    endOfTurn,
    gate,
    bounds,
    native: { nativeSubscriptions: (channel) => native?.nativeSubscriptions(channel) ?? 0 },
    tail: { entries: TAIL.entries, bytes: settings.log.bytes * TAIL.logShare },
    newId: randomUUID,
    onFailure: (error) => logger.error({ err: error }, 'a session failed'),
  });
  // Before the sockets are open: what comes in with the first breath goes out as well.
  log.follow((entry) => native?.send(entry));
  try {
    native = await Native.open({
      settings: settings.bus,
      clock: systemClock,
      logger,
      intake: {
        take(channel, payload, republish) {
          log.append({ channels: [channel], payload, republish });
          return undefined;
        },
        lost(channels, missed) {
          log.appendGap({ channels, missed });
          return undefined;
        },
      },
    });
  } catch (error) {
    await hub.stop();
    throw error;
  }
  const expiring = setInterval(() => log.expire(), EXPIRE_MS);
  expiring.unref();
  const opened = native;
  return {
    hub,
    native,
    log,
    async drain() {
      hub.puts.drain();
      await opened.stopTaking();
      await hub.drain();
      await hub.settled(DRAIN_MS);
      await hub.stop();
    },
    async close() {
      clearInterval(expiring);
      await opened.close(NATIVE_CLOSE_MS);
    },
  };
}

/** Adds a bus to a Fastify server: routes, and its end with the server's. */
export async function addBus(
  app: FastifyInstance,
  settings: Settings,
  page: boolean,
  access?: BusAccess,
): Promise<OpenBus> {
  const bus = await openBus(settings, app.log, access);
  let draining = false;
  const readiness = {
    waiting: () => (draining ? ['draining'] : []),
    notes: () =>
      bus.native.loops.map(
        (address) => `${address}: what comes in there comes from this server, so it is not republished`,
      ),
  };
  const meters = [...coreMeters(bus.hub), ...memoryLogMeters(bus.log), ...nativeMeters(bus.native)];
  app.addHook('preClose', async () => {
    draining = true;
    await bus.drain();
  });
  app.addHook('onClose', () => bus.close());
  await addWeb(app, { hub: bus.hub, readiness, meters, page });
  return bus;
}

export interface RunningServer {
  /** Of the page: `http://127.0.0.1:8080/`. */
  readonly url: string;
  /** Of the WebSocket: `ws://127.0.0.1:8080/bus`. */
  readonly ws: string;
  readonly busAddress: string;
  readonly busIngress: string | null;
  readonly busSources: string[];
  readonly epoch: string;
  /** Drains and closes everything; may be called again. */
  stop(): Promise<void>;
}

/**
 * Starts a server of its own.
 * @throws StartError naming the setting, the address and the remedy when it cannot
 */
export async function startServer(
  settings: Settings,
  options: { logger?: FastifyBaseLogger; access?: BusAccess } = {},
): Promise<RunningServer> {
  const app = fastify({
    ...(options.logger ? { loggerInstance: options.logger } : { logger: false }),
    logController: new LogController({ disableRequestLogging: true }),
    // A half-sent request would keep `close` waiting for ever.
    requestTimeout: 10_000,
    forceCloseConnections: true,
  });
  // A global hook: without it an upgrade to a plain HTTP route is answered with 101.
  app.addHook('onRequest', async (request, reply) => {
    const upgrades = request.headers.upgrade?.toLowerCase() === 'websocket';
    if (!upgrades || request.routeOptions.url === BUS_PATH) return;
    await refuseUpgrade(request, reply, `There is no WebSocket here; it is at ${BUS_PATH}.`);
  });
  try {
    const { native, log } = await addBus(app, settings, true, options.access);
    const url = await listen(app, settings);
    return {
      url: `${url}/`,
      ws: `${url.replace(/^http/, 'ws')}${BUS_PATH}`,
      busAddress: native.busAddress,
      busIngress: native.busIngress,
      busSources: native.busSources,
      epoch: log.epoch,
      stop: () => app.close(),
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function listen(app: FastifyInstance, { host, port }: Settings): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const inUse = code === 'EADDRINUSE';
    throw new StartError({
      setting: inUse || code === 'EACCES' ? 'port' : 'host',
      address: `${host}:${port}`,
      reason: inUse ? 'the address is in use' : message,
      remedy: inUse
        ? 'Stop the program that holds it, or start with "--port 8081"; 0 takes any free port.'
        : 'Use a host name or an IP address of this machine, and a port from 1024 on.',
      cause,
    });
  }
}
