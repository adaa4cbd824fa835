import './compose/runtime-check.ts';
import { systemClock } from '@zerospan/shared';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import fastify, { LogController } from 'fastify';
import { busAccess, endSessions, type OpenAccess, openAccess, type Secrets } from './compose/access.ts';
import { type OpenBus, openBus } from './compose/bus.ts';
import { hostProcess, processNotes } from './compose/host-process.ts';
import { limitsOf, openHttp } from './compose/http.ts';
import { listen } from './compose/listening.ts';
import { LOGS, type OpenLog } from './compose/log.ts';
import { loggingOf } from './compose/logging.ts';
import { Watch } from './compose/watch.ts';
import type { Gate } from './core/access/gate.ts';
import { heldMeters } from './core/log/meters.ts';
import type { Meter } from './core/meter.ts';
import { coreMeters } from './core/meters.ts';
import { isLoopback } from './loopback.ts';
import { SecurityEvents } from './security-events.ts';
import { readTls } from './settings/files/tls.ts';
import { SettingsError } from './settings/read.ts';
import { busLacks, checkSafety, hintsOf, isReachable, lacks, lineOf } from './settings/safety.ts';
import type { Settings } from './settings/settings.ts';
import { AddressRanges } from './web/entry/address-ranges.ts';
import { refuse } from './web/entry/refusals.ts';
import { addAdmin } from './web/http/admin.ts';
import { answerClientError } from './web/http/client-errors.ts';
import { BODY_BYTES, type HttpServer } from './web/http/http-server.ts';
import { addWeb, BUS_PATH } from './web/plugin.ts';
import { zeroMqMeters, zeroMqNotes } from './zeromq/meters.ts';
import { zeroMqStatus } from './zeromq/status.ts';

export type { OpenBus } from './compose/bus.ts';

/**
 * No route of this server has a schema for Fastify: what comes is checked by the rooms themselves. So Fastify is not to
 * load its compilers, which took 1.2 MB of heap and some 2 MB of resident memory.
 */
const WITHOUT_SCHEMAS = { buildValidator: noCompiler, buildSerializer: noCompiler };

function noCompiler(): never {
  throw new Error(
    'This server has no compilers for schemas of routes: check what comes in the route itself.',
  );
}

/** How often it is said again that a server lacks what it needs, in ms. */
const INSECURE_AGAIN_MS = 600_000;

/** How a bus stands to those who use it, beside its settings. */
export interface BusOptions {
  /** Whether the live page is served at `/`. */
  readonly page: boolean;
  /** The application's own gate, in place of the settings' keys. */
  readonly gate?: Gate | undefined;
  readonly secrets?: Secrets;
  /** Whether the server is this bus's own, with host, TLS and proxies by its settings; left out: an application's. */
  readonly ownServer?: boolean;
  readonly meters?: readonly Meter[];
  /** What keeps the log. Default: memory. */
  readonly openLog?: OpenLog | undefined;
  /** Log of security events, if one was opened before the bus. */
  readonly events?: SecurityEvents;
}

/** A bus, and the gate that admits its clients. */
export interface GuardedBus extends OpenBus {
  readonly access: OpenAccess;
}

/**
 * Adds a bus to a Fastify server: routes, and its end with the server's.
 * @throws StartError; SettingsError where it would be reached by others, and is not guarded
 */
export async function addBus(
  app: FastifyInstance,
  settings: Settings,
  options: BusOptions,
): Promise<GuardedBus> {
  const { page, ownServer = false, meters = [] } = options;
  const { logger, secrets, meters: logMeters } = await loggingOf(app.log, options.secrets ?? {});
  const { events = new SecurityEvents(logger, systemClock) } = options;
  const access = await openAccess(settings, options.gate, { logger, events }, secrets);
  app.addHook('onClose', async () => access.close());
  const watch = new Watch(events);
  const gate = access.gate && watch.over(access.gate);
  const hasAuthentication = gate !== undefined;
  const found = ownServer ? lacks(settings, hasAuthentication) : busLacks(settings);
  checkSafety(settings, found);
  const bus = await openBus(
    settings,
    logger,
    busAccess(settings, gate, ownServer, (fault, sender) => watch.refused(fault, sender)),
    options.openLog ?? LOGS.memory,
  );
  endSessions(access, bus.hub, events);
  const insecure = hintsOf(found);
  const notes = processNotes(hostProcess());
  for (const { event, text, remedy } of notes) logger.warn({ event, remedy }, text);
  let draining = false;
  const readiness = {
    waiting: () => [...(draining ? ['draining'] : []), ...bus.hub.unready],
    notes: () => [
      ...insecure.map((lack) => `insecure: ${lack}`),
      ...notes.map(({ note }) => note),
      // Anybody may ask; which one it is, and the address, is in the log.
      ...zeroMqNotes(bus.native),
    ],
  };
  const warn = (): void => {
    if (found.length > 0) events.report('started-insecure', { lacks: found.map(lineOf).join('; ') });
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
  const { origins, tls } = settings;
  // What is sent to a server bound to loopback cannot be read on the network, whatever proxy stands before it.
  const isBeyond = ownServer && !isLoopback(settings.host);
  const hasTls = ownServer && tls.key !== '';
  const proxies = proxiesOf(settings);
  await addWeb(app, {
    hub: bus.hub,
    history: bus.log,
    clock: systemClock,
    readiness,
    meters: [
      ...coreMeters(bus.hub),
      ...heldMeters(bus.log.counts),
      ...zeroMqMeters(bus.native),
      ...access.meters,
      events.meter,
      ...logMeters,
      ...meters,
    ],
    events,
    entrance: {
      origins: {
        listed: origins,
        ownLoopback: !ownServer || !isReachable(settings),
        own: isBeyond && settings.insecure,
      },
      given: ownServer ? 'flag' : 'option',
      isDraining: () => draining,
      loopbackHost: ownServer && !isBeyond,
      // Also with a left-over --insecure: where there are proxies, TLS is not what is missing.
      onlyThrough: isBeyond && !hasTls && !proxies.isEmpty ? proxies : undefined,
    },
    limits: limitsOf(settings, ownServer),
    goesByAddress: gate !== undefined || !ownServer || isReachable(settings),
    proxies,
    hasGate: hasAuthentication,
    overview: bus.overview,
    zeromq: () => zeroMqStatus(bus.native),
    metricsReaders: ownServer ? (gate ?? 'nobody') : 'everybody',
    page: page ? { authentication: hasAuthentication, insecure } : undefined,
    strictTransport: isBeyond && hasTls,
  });
  if (gate && access.revocations)
    await addAdmin(app, {
      doorkeeper: { gate, clock: systemClock, events },
      revocations: access.revocations,
    });
  return { ...bus, access };
}

export interface RunningServer {
  /** Of the page: `http://127.0.0.1:8080/`. */
  readonly url: string;
  /** Where it listens, such as `127.0.0.1:8080`; more than one for `localhost`. */
  readonly addresses: readonly string[];
  /** Of the WebSocket: `ws://127.0.0.1:8080/bus`. */
  readonly ws: string;
  readonly busAddress: string;
  readonly busIngress: string | null;
  readonly busSources: string[];
  readonly epoch: string;
  /** Whether every client needs a token. */
  readonly requiresToken: boolean;
  /**
   * Reads again what its files say: key and certificate, keys of tokens, revocations. undefined: there is nothing that
   * could be read again.
   */
  readonly reload: (() => void) | undefined;
  /** Drains and closes everything; may be called again. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Left out: the log of warnings on stderr. */
  readonly logger?: FastifyBaseLogger;
  /** What became of that log's lines. */
  readonly meter?: Meter;
  /** The application's own gate, in place of the settings' keys. */
  readonly gate?: Gate | undefined;
  readonly secrets?: Secrets;
  /** What keeps the log. Default: memory. */
  readonly openLog?: OpenLog | undefined;
}

/**
 * Starts a server of its own.
 * @throws StartError naming the setting, the address and the remedy when it cannot; SettingsError when others could
 * reach it, and it is not guarded
 */
export async function startServer(
  settings: Settings,
  { logger: given, meter: logMeter, gate, secrets: givenSecrets = {}, openLog }: StartOptions = {},
): Promise<RunningServer> {
  const { logger, secrets, meters: logMeters } = await loggingOf(given, givenSecrets);
  const proxies = proxiesOf(settings);
  const tls = readTls(settings.tls);
  const events = new SecurityEvents(logger, systemClock);
  const http = openHttp(settings, { tls, proxies, events });
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    serverFactory: (handler) => http.create(handler),
    bodyLimit: BODY_BYTES,
    clientErrorHandler: answerClientError,
    // While it drains, readiness says so, and a WebSocket is refused in words of its own.
    return503OnClosing: false,
    schemaController: { compilersFactory: WITHOUT_SCHEMAS },
    trustProxy: proxies.isEmpty ? false : (address) => proxies.has(address),
    forceCloseConnections: true,
  });
  try {
    const { native, log, access } = await addBus(app, settings, {
      page: true,
      gate,
      secrets,
      openLog,
      ownServer: true,
      meters: [...http.meters, ...logMeters, ...(logMeter ? [logMeter] : [])],
      events,
    });
    app.addHook('preClose', () => http.closeOthers());
    // Fastify's own answer says the address back, with all that stands in it.
    app.setNotFoundHandler((request, reply) => refuse(request, reply, 'not-found'));
    // A global hook: without it an upgrade to a plain HTTP route is answered with 101.
    app.addHook('onRequest', (request, reply, done) => {
      const upgrades = request.headers.upgrade?.toLowerCase() === 'websocket';
      if (!upgrades || request.routeOptions.url === BUS_PATH) done();
      else refuse(request, reply, 'no-websocket');
    });
    const { url, addresses } = await listen(app, http, settings);
    return {
      url: `${url}/`,
      addresses,
      ws: `${url.replace(/^http/, 'ws')}${BUS_PATH}`,
      busAddress: native.busAddress,
      busIngress: native.busIngress,
      busSources: native.busSources,
      epoch: log.epoch,
      requiresToken: access.gate !== undefined,
      reload: reloadOf(tls && (() => renew(http, settings, events)), access.reload),
      stop: () => app.close(),
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** All of these, one after another; undefined if there are none. */
function reloadOf(...all: ((() => void) | undefined)[]): (() => void) | undefined {
  const some = all.filter((each) => each !== undefined);
  if (some.length === 0) return undefined;
  return () => {
    for (const each of some) each();
  };
}

function renew(http: HttpServer, { tls }: Settings, events: SecurityEvents): void {
  try {
    const renewed = readTls(tls);
    if (renewed) http.renew(renewed);
    events.report('keys-reloaded', { setting: 'tls', files: `${tls.key}, ${tls.cert}` });
  } catch (error) {
    events.report('keys-not-reloaded', { setting: 'tls', reason: (error as Error).message });
  }
}

function proxiesOf({ behindProxy }: Settings): AddressRanges {
  try {
    return new AddressRanges(behindProxy);
  } catch (cause) {
    throw new SettingsError(`behindProxy: ${(cause as Error).message}`, { cause });
  }
}
