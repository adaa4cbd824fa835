import './compose/process/runtime-check.ts';
import { systemClock } from '@zerospan/shared';
import type { FastifyBaseLogger } from 'fastify';
import fastify, { LogController } from 'fastify';
import type { Secrets } from './compose/access.ts';
import type { LogKeeping } from './compose/bus.ts';
import type { BusLog } from './compose/bus-log.ts';
import { addBus } from './compose/guarded-bus.ts';
import { loggingOf } from './compose/process/logging.ts';
import { openHttp, proxiesOf } from './compose/serving/http.ts';
import { listen } from './compose/serving/listening.ts';
import type { Gate } from './core/access/gate.ts';
import type { Meter } from './core/meter.ts';
import { SecurityEvents } from './security-events.ts';
import { readTls } from './settings/files/tls.ts';
import type { GivenSettings } from './settings/read.ts';
import type { Settings } from './settings/settings.ts';
import { refuse } from './web/entry/refusals.ts';
import { answerClientError } from './web/http/client-errors.ts';
import { BODY_BYTES, type HttpServer } from './web/http/http-server.ts';
import { BUS_PATH } from './web/plugin.ts';

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
  readonly log: StartedLog;
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

/** What a server has of its log when it is ready. */
export interface StartedLog {
  /** As the setting names it. */
  readonly kind: string;
  /** Where it is on disk; null: it is not. */
  readonly directory: string | null;
  /** How many publications and upstream gaps it holds from before. */
  readonly entries: number;
  /** Time of the oldest entry, in ms since 1970; null: there is none. */
  readonly oldestTime: number | null;
}

export interface StartOptions extends LogKeeping {
  /** Left out: the log of warnings on stderr. */
  readonly logger?: FastifyBaseLogger;
  /** What became of that log's lines. */
  readonly meter?: Meter;
  /** The application's own gate, in place of the settings' keys. */
  readonly gate?: Gate | undefined;
  readonly secrets?: Secrets;
  /** What gave each setting, as `readSettings` answers it. Left out: what is no default counts as an option. */
  readonly given?: GivenSettings;
}

/**
 * Starts a server of its own.
 * @throws StartError naming the setting, the address and the remedy when it cannot; SettingsError when others could
 * reach it, and it is not guarded
 */
export async function startServer(settings: Settings, options: StartOptions = {}): Promise<RunningServer> {
  const { meter: logMeter, gate, given, openLog, isNewEpoch, onFatal } = options;
  const { logger, secrets, meters: logMeters } = await loggingOf(options.logger, options.secrets ?? {});
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
      given,
      openLog,
      isNewEpoch,
      onFatal,
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
      log: startedLogOf(settings.log, log),
      requiresToken: access.gate !== undefined,
      reload: reloadOf(tls && (() => renew(http, settings, events)), access.reload),
      stop: () => app.close(),
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

function startedLogOf({ kind, directory }: Settings['log'], { disk }: BusLog): StartedLog {
  return {
    kind,
    directory: disk ? directory : null,
    entries: disk?.entries ?? 0,
    oldestTime: disk?.oldestTime ?? null,
  };
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
