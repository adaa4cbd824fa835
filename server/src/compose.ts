import { randomUUID } from 'node:crypto';
import { systemClock } from '@zerospan/shared';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import fastify, { LogController } from 'fastify';
import { Hub } from './core/hub.ts';
import type { Meter } from './core/meter.ts';
import { coreMeters } from './core/meters.ts';
import { MemoryLog } from './logs/memory/index.ts';
import { memoryLogMeters } from './logs/memory/meters.ts';
import { isLoopback } from './loopback.ts';
import { busLacks, checkSafety, lacks } from './safety.ts';
import { SecurityEvents } from './security-events.ts';
import type { Settings } from './settings.ts';
import { SettingsError } from './settings-read.ts';
import { readTls } from './tls.ts';
import { AddressRanges } from './web/address-ranges.ts';
import { BODY_BYTES, HttpServer } from './web/http-server.ts';
import { addWeb, BUS_PATH } from './web/plugin.ts';
import { refuse } from './web/refusals.ts';
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

/** How often it is said again that a server lacks what it needs, in ms. */
const INSECURE_AGAIN_MS = 600_000;

/** Timers know whole ms only: a shorter rest is none. */
function endOfTurn(action: () => void, restMs = 0): void {
  if (restMs >= 1) setTimeout(action, restMs);
  else setImmediate(action);
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
export async function openBus(settings: Settings, logger: FastifyBaseLogger): Promise<OpenBus> {
  const log = new MemoryLog({ clock: systemClock, ...settings.log });
  let native: Native | undefined;
  const hub = new Hub({
    log,
    clock: systemClock,
    endOfTurn,
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
        take: (channel, payload, republish) => log.append({ channels: [channel], payload, republish }),
        lost: (channels, missed) => log.appendGap({ channels, missed }),
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

/** How a bus stands to those who use it, beside its settings. */
export interface Standing {
  /** Whether the live page is served at `/`. */
  readonly page: boolean;
  /** Whether nobody comes in without a token. */
  readonly hasAuthentication?: boolean;
  /** Whether the server is this bus's own, with host, TLS and proxies by its settings; left out: an application's. */
  readonly ownServer?: boolean;
  readonly meters?: readonly Meter[];
}

/**
 * Adds a bus to a Fastify server: routes, and its end with the server's.
 * @throws StartError; SettingsError where it would be reached by others, and is not guarded
 */
export async function addBus(
  app: FastifyInstance,
  settings: Settings,
  { page, hasAuthentication = false, ownServer = false, meters = [] }: Standing,
): Promise<OpenBus> {
  const found = ownServer ? lacks(settings, hasAuthentication) : busLacks(settings);
  const insecure = checkSafety(settings, found);
  const bus = await openBus(settings, app.log);
  let draining = false;
  const readiness = {
    waiting: () => (draining ? ['draining'] : []),
    notes: () => [
      ...insecure.map((lack) => `insecure: ${lack}`),
      ...bus.native.loops.map(
        (address) => `${address}: what comes in there comes from this server, so it is not republished`,
      ),
    ],
  };
  const events = new SecurityEvents(app.log, systemClock);
  const warn = (): void => {
    if (insecure.length > 0) events.tell('started-insecure', { lacks: insecure.join('; ') });
  };
  warn();
  const warning = setInterval(warn, INSECURE_AGAIN_MS);
  warning.unref();
  app.addHook('preClose', async () => {
    clearInterval(warning);
    draining = true;
    await bus.drain();
  });
  app.addHook('onClose', () => bus.close());
  const { limits, origins, tls } = settings;
  const isOpen = ownServer && !isLoopback(settings.host);
  const hasTls = ownServer && tls.key !== '';
  const onlyThrough = isOpen && !hasTls && !settings.insecure ? proxiesOf(settings) : undefined;
  await addWeb(app, {
    hub: bus.hub,
    clock: systemClock,
    readiness,
    meters: [
      ...coreMeters(bus.hub),
      ...memoryLogMeters(bus.log),
      ...nativeMeters(bus.native),
      events.meter,
      ...meters,
    ],
    events,
    entrance: {
      origins: { listed: origins, own: isOpen && settings.insecure },
      loopbackHost: ownServer && !isOpen,
      onlyThrough,
    },
    limits,
    page: page ? { authentication: hasAuthentication, insecure } : undefined,
    strictTransport: isOpen && hasTls,
  });
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
  /** Reads key and certificate again, for those who connect from now on. undefined: there is nothing that could be read again. */
  readonly reload: (() => void) | undefined;
  /** Drains and closes everything; may be called again. */
  stop(): Promise<void>;
}

/**
 * Starts a server of its own.
 * @param options.hasAuthentication whether nobody comes in without a token
 * @throws StartError naming the setting, the address and the remedy when it cannot; SettingsError when others could reach it, and it is not guarded
 */
export async function startServer(
  settings: Settings,
  { logger, hasAuthentication = false }: { logger?: FastifyBaseLogger; hasAuthentication?: boolean } = {},
): Promise<RunningServer> {
  const proxies = proxiesOf(settings);
  const tls = readTls(settings.tls);
  const http = new HttpServer(tls, settings.limits.connections);
  const app = fastify({
    ...(logger ? { loggerInstance: logger } : { logger: false }),
    logController: new LogController({ disableRequestLogging: true }),
    serverFactory: (handler) => http.create(handler),
    bodyLimit: BODY_BYTES,
    trustProxy: proxies.isEmpty ? false : (address) => proxies.has(address),
    forceCloseConnections: true,
  });
  try {
    const { native, log } = await addBus(app, settings, {
      page: true,
      hasAuthentication,
      ownServer: true,
      meters: [http.meter],
    });
    // A global hook: without it an upgrade to a plain HTTP route is answered with 101.
    app.addHook('onRequest', (request, reply, done) => {
      const upgrades = request.headers.upgrade?.toLowerCase() === 'websocket';
      if (!upgrades || request.routeOptions.url === BUS_PATH) done();
      else refuse(request, reply, 'no-websocket');
    });
    const listening = await listen(app, settings);
    const url = tls ? listening.replace(/^http:/, 'https:') : listening;
    return {
      url: `${url}/`,
      ws: `${url.replace(/^http/, 'ws')}${BUS_PATH}`,
      busAddress: native.busAddress,
      busIngress: native.busIngress,
      busSources: native.busSources,
      epoch: log.epoch,
      reload: tls && (() => renew(http, settings, app.log)),
      stop: () => app.close(),
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

function renew(http: HttpServer, { tls }: Settings, logger: FastifyBaseLogger): void {
  try {
    const renewed = readTls(tls);
    if (renewed) http.renew(renewed);
  } catch (error) {
    logger.error({ err: error }, 'the certificate could not be read again; the old one stays');
  }
}

function proxiesOf({ behindProxy }: Settings): AddressRanges {
  try {
    return new AddressRanges(behindProxy);
  } catch (cause) {
    throw new SettingsError(`behindProxy: ${(cause as Error).message}`, { cause });
  }
}

async function listen(app: FastifyInstance, { host, port }: Settings): Promise<string> {
  try {
    // Node takes IPv6 without the brackets that it has in an address.
    return await app.listen({ host: host.replace(/^\[(.*)\]$/, '$1'), port });
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
