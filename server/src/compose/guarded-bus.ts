import './process/runtime-check.ts';
import { join } from 'node:path';
import { systemClock } from '@zerospan/shared';
import type { FastifyInstance } from 'fastify';
import type { KeptRevocations } from '../auth/index.ts';
import type { SharedRevocations } from '../cluster/nats/revocations/shared-revocations.ts';
import { EndedSessions } from '../core/access/ended-sessions.ts';
import { allowAll, type Gate } from '../core/access/gate.ts';
import { heldMeters } from '../core/log/meters.ts';
import type { Meter } from '../core/meter.ts';
import { coreMeters } from '../core/meters.ts';
import { diskMeters } from '../logs/disk/figures.ts';
import { streamMeters } from '../logs/jetstream/figures.ts';
import { isLoopback } from '../loopback.ts';
import { SecurityEvents } from '../security-events.ts';
import { effectiveSettings } from '../settings/effective.ts';
import type { GivenSettings } from '../settings/read.ts';
import { busLacks, checkSafety, hintsOf, isReachable, lacks, lineOf } from '../settings/safety.ts';
import type { Settings } from '../settings/settings.ts';
import { Callers } from '../web/entry/caller.ts';
import { addAdmin } from '../web/http/admin.ts';
import { addWeb } from '../web/plugin.ts';
import { zeroMqMeters, zeroMqNotes } from '../zeromq/meters.ts';
import { zeroMqStatus } from '../zeromq/status.ts';
import {
  blindness,
  busAccess,
  endSession,
  endSessions,
  type OpenAccess,
  openAccess,
  type Secrets,
  unlessBlind,
} from './access.ts';
import { type LogKeeping, type OpenBus, openBus } from './bus.ts';
import { shareRevocations } from './cluster.ts';
import { hostProcess, processNotes } from './process/host-process.ts';
import { loggingOf } from './process/logging.ts';
import { limitsOf, proxiesOf } from './serving/http.ts';
import { Watch } from './watch.ts';

/** How often it is said again that a server lacks what it needs, in ms. */
const INSECURE_AGAIN_MS = 600_000;

/** Where in its directory a log on disk has the revocations that were made over HTTP. */
const REVOCATIONS_FILE = 'revocations.json';

/** What the id of a session looks like: only other nodes know whether they have had it. */
const SESSION_ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** How a bus stands to those who use it, beside its settings. */
export interface BusOptions extends LogKeeping {
  /** Whether the console is served at `/`. */
  readonly page: boolean;
  /** The application's own gate, in place of the settings' keys. */
  readonly gate?: Gate | undefined;
  readonly secrets?: Secrets;
  /** What gave each setting. Left out: an application made them. */
  readonly given?: GivenSettings | undefined;
  /** Whether the server is this bus's own, with host, TLS and proxies by its settings; left out: an application's. */
  readonly ownServer?: boolean;
  readonly meters?: readonly Meter[];
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
  const { page, given, ownServer = false, meters = [] } = options;
  const { logger, secrets, meters: logMeters } = await loggingOf(app.log, options.secrets ?? {});
  const { events = new SecurityEvents(logger, systemClock) } = options;
  const access = await openAccess(settings, options.gate, { logger, events }, secrets);
  app.addHook('onClose', async () => access.close());
  const watch = new Watch(events);
  let shared: SharedRevocations | undefined;
  const gate = access.gate && watch.over(unlessBlind(access.gate, () => shared?.isBlind ?? false));
  const hasAuthentication = gate !== undefined;
  const found = ownServer ? lacks(settings, hasAuthentication) : busLacks(settings);
  checkSafety(settings, found);
  const bus = await openBus(
    settings,
    logger,
    busAccess(settings, gate, ownServer, (fault, sender) => watch.refused(fault, sender)),
    options,
  );
  const { disk, stream } = bus.log;
  const kept = await keptRevocations(access, bus, settings.log.directory);
  shared = await sharedRevocations(access, bus, settings, events);
  const revocations = shared ?? access.revocations;
  endSessions(revocations, bus.hub, events);
  const insecure = hintsOf(found);
  const notes = processNotes(hostProcess());
  for (const { event, text, remedy } of notes) logger.warn({ event, remedy }, text);
  let draining = false;
  const readiness = {
    waiting: () => [
      ...(draining ? ['draining'] : []),
      ...bus.hub.unready,
      ...(shared?.isBlind ? ['revocations'] : []),
    ],
    notes: () => [
      ...insecure.map((lack) => `insecure: ${lack}`),
      ...notes.map(({ note }) => note),
      // Anybody may ask; which one it is, and the address, is in the log.
      ...zeroMqNotes(bus.native),
      ...(disk?.notes ?? []).map((note) => `log: ${note}`),
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
  app.addHook('onClose', async () => {
    // The directory is another server's as soon as the log is closed.
    await kept?.close();
    await shared?.close();
    await bus.close();
  });
  const { origins, tls } = settings;
  // What is sent to a server bound to loopback cannot be read on the network, whatever proxy stands before it.
  const isBeyond = ownServer && !isLoopback(settings.host);
  const hasTls = ownServer && tls.key !== '';
  const proxies = proxiesOf(settings);
  const status = await addWeb(app, {
    hub: bus.hub,
    history: bus.log,
    clock: systemClock,
    readiness,
    meters: [
      ...coreMeters(bus.hub),
      ...heldMeters(bus.log.counts),
      ...(disk ? diskMeters(disk, () => bus.log.now()) : []),
      ...(stream ? streamMeters(() => stream.figures) : []),
      ...zeroMqMeters(bus.native),
      ...(bus.cluster?.meters ?? []),
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
    callers: new Callers(proxies, gate !== undefined || !ownServer || isReachable(settings)),
    observing: {
      ...bus.observing,
      zeromq: () => zeroMqStatus(bus.native),
      nodes: () => bus.cluster?.nodes.read() ?? [],
      settings: () =>
        effectiveSettings(settings, { given, ownServer, secretVariable: access.secretVariable }),
      endSession: (session) => endSession(session, revocations, bus.hub, events),
      endElsewhere: (session) => {
        const mayBe = bus.cluster !== undefined && bus.cluster.nodes.count > 1 && SESSION_ID.test(session);
        if (mayBe) endSession(session, revocations, bus.hub, events);
        return mayBe;
      },
    },
    metricsReaders: ownServer ? (gate ?? allowAll) : 'everybody',
    page: page ? { authentication: hasAuthentication, insecure } : undefined,
    strictTransport: isBeyond && hasTls,
  });
  bus.observing.publish(status);
  const keeper = shared ?? kept;
  if (gate && access.revocations)
    await addAdmin(app, {
      doorkeeper: { gate, clock: systemClock, events },
      revocations: revocations ?? access.revocations,
      settled: keeper && (() => keeper.settled()),
    });
  return { ...bus, access };
}

/** Reads what was revoked before: once the directory is this server's, and before anybody is admitted. */
async function keptRevocations(
  { keepRevocations }: OpenAccess,
  bus: OpenBus,
  directory: string,
): Promise<KeptRevocations | undefined> {
  const { disk } = bus.log;
  try {
    return disk && (await keepRevocations?.(join(directory, REVOCATIONS_FILE)));
  } catch (error) {
    await bus.hub.stop();
    await bus.close();
    throw error;
  }
}

/** What other nodes revoke holds here, and outlives this one; undefined where there are none. */
async function sharedRevocations(
  { revocations }: OpenAccess,
  bus: OpenBus,
  { nats, auth }: Settings,
  events: SecurityEvents,
): Promise<SharedRevocations | undefined> {
  if (!bus.cluster) return undefined;
  try {
    const shared = await shareRevocations(bus.cluster, nats, {
      own: revocations ?? new EndedSessions(systemClock),
      // Without tokens there is nothing that is to be heard in time.
      blindMs: revocations ? auth.blindMs : 0,
      clock: systemClock,
      log: events,
    });
    shared.onBlind(() => void bus.hub.connections.rejectAdmitted(blindness()));
    return shared;
  } catch (error) {
    await bus.hub.stop();
    await bus.close();
    throw error;
  }
}
