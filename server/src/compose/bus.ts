import { randomUUID } from 'node:crypto';
import { type Limits, systemClock } from '@zerospan/shared';
import type { FastifyBaseLogger } from 'fastify';
import type { AccessBounds } from '../core/access/bounds.ts';
import type { Gate } from '../core/access/gate.ts';
import { Hub, type HubPorts } from '../core/hub.ts';
import { nodeEndOfTurn } from '../core/time-slicer.ts';
import type { Settings } from '../settings/settings.ts';
import { networkOf } from '../web/entry/connection-limiter.ts';
import { ZeroMqBridge } from '../zeromq/zeromq-bridge.ts';
import type { BusLog, LogReports, OpenLog } from './bus-log.ts';
import { type Cluster, joinCluster, reachOthers, rosterOf } from './cluster.ts';
import { kindOf, LOGS, logBoundsOf, memoryBytesOf } from './log.ts';
import { LogIntake } from './native/log-intake.ts';
import { type OpenSourceSharing, openSourceSharing } from './native/source-sharing.ts';
import { type Observing, openObserving } from './observing.ts';
import { Failures } from './process/failures.ts';
import { onThreadExit } from './process/host-process.ts';

/** Bounds of the tail through which cursors close on the head: never more than a part of what the log itself holds. */
const TAIL = { entries: 1_024, logShare: 1 / 8 } as const;

/** A bus that nobody uses still drops what is too old, this often. */
const EXPIRE_MS = 5_000;

/**
 * How long sessions that are behind have to take what was accepted before the server stops, while they go on taking it.
 */
const DRAIN_MS = 5_000;

/** How long native subscribers have to take what waits for them when the server stops. */
const NATIVE_CLOSE_MS = 1_000;

/** The process ends, unless somebody catches what nobody should. */
function uncaught(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}

/** Who may come in to a bus, and how much they may have of it. */
export interface BusAccess {
  /** undefined: everybody. */
  readonly gate: Gate | undefined;
  readonly bounds: AccessBounds;
  readonly limits: Partial<Limits>;
  /** Most distinct channels that the log holds something of. 0: no bound. */
  readonly channels: number;
  /** Called for each message that is refused, and for each client that is rejected. */
  readonly refused: NonNullable<HubPorts['onRefused']>;
}

/** A bus with its log and its ZeroMQ sockets, before anything of the web is put to it. */
export interface OpenBus {
  readonly hub: Hub;
  readonly native: ZeroMqBridge;
  readonly log: BusLog;
  readonly observing: Observing;
  /** The other nodes; undefined where its log is that of one server alone. */
  readonly cluster: Cluster | undefined;
  /** Takes nothing more in, delivers what was accepted, and closes every client, each with a slot to come back in. */
  drain(): Promise<void>;
  /** Closes the ZeroMQ sockets. */
  close(): Promise<void>;
}

/** What keeps the log of a bus. */
export interface LogKeeping {
  /** Left out: what the settings say. */
  readonly openLog?: OpenLog | undefined;
  /** Begins a new epoch of a log on disk at this start. Default: false. */
  readonly isNewEpoch?: boolean | undefined;
  /** Called once, with a failure after which the process must end. Default: it is an uncaught error. */
  readonly onFatal?: ((error: Error) => void) | undefined;
}

/** @throws StartError naming the setting, the address and the remedy */
export async function openBus(
  settings: Settings,
  logger: FastifyBaseLogger,
  { gate, bounds, limits, channels, refused }: BusAccess,
  { openLog = LOGS[settings.log.kind], isNewEpoch = false, onFatal = uncaught }: LogKeeping,
): Promise<OpenBus> {
  const failures = new Failures(logger);
  const reports: LogReports = {
    onFailure: (error) => failures.log(error),
    onNotice: (notice) => failures.notice(notice),
    onFatal,
  };
  const log = await openLog(logBoundsOf(settings, { channels, isNewEpoch, reports }));
  const reached = await reachOthers(log, settings, systemClock, reports.onNotice).catch(
    async (error: unknown) => {
      await log.close();
      throw error;
    },
  );
  const roster = reached && rosterOf(reached, systemClock, nodeEndOfTurn);
  let native: ZeroMqBridge | undefined;
  let shared: OpenSourceSharing | undefined;
  const hub = new Hub({
    log,
    clock: systemClock,
    endOfTurn: nodeEndOfTurn,
    gate,
    bounds,
    limits,
    native: { nativeSubscriptions: (channel) => native?.nativeSubscriptions(channel) ?? 0 },
    tail: { entries: TAIL.entries, bytes: memoryBytesOf(settings.log) * TAIL.logShare },
    networkOf,
    elsewhere: roster,
    newId: randomUUID,
    onRefused: refused,
    onFailure: (error, of) => failures.log(error, of),
  });
  // Before the sockets are open: what comes in with the first breath goes out as well.
  log.follow(
    (entry) => native?.send(entry),
    ({ kind }) => {
      if (kind === 'epoch') native?.claimAgain();
    },
  );
  const intake = new LogIntake(log, systemClock);
  try {
    shared = await openSourceSharing(settings, log, systemClock);
    native = await ZeroMqBridge.open({
      sharing: shared.sharing,
      settings: settings.bus,
      depth: settings.limits.depth,
      payloadBytes: settings.limits.payloadBytes,
      clock: systemClock,
      logger,
      intake,
    });
  } catch (error) {
    await hub.stop();
    await shared?.close();
    await log.close();
    await reached?.close();
    throw error;
  }
  const expiring = setInterval(() => log.expire(), EXPIRE_MS);
  expiring.unref();
  const [opened, sources] = [native, shared];
  const observing = openObserving(hub, {
    log: {
      kind: kindOf(openLog),
      directory: log.disk ? settings.log.directory : null,
      counts: log.counts,
      disk: log.disk,
      mostBytes: settings.log.bytes,
      mostAgeMs: settings.log.ageMs,
      mostChannels: channels,
      mostReceiptBytes: bounds.receiptBytes,
    },
    known: log.catalog,
    native: opened,
    entries: log,
    endOfTurn: nodeEndOfTurn,
  });
  const cluster = reached && roster && joinCluster(reached, roster, hub, systemClock);
  const forgetExit = onThreadExit(() => opened.abandon());
  return {
    hub,
    native,
    log,
    observing,
    cluster,
    async drain() {
      observing.stop();
      hub.puts.drain();
      // A log that does not answer for what came in must not keep the server from stopping.
      await Promise.race([
        opened.stopTaking(),
        new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref()),
      ]);
      await hub.drain();
      await hub.settled(DRAIN_MS);
      await hub.stop();
    },
    async close() {
      clearInterval(expiring);
      observing.stop();
      forgetExit();
      await opened.close(NATIVE_CLOSE_MS);
      await sources.close();
      intake.stop();
      await cluster?.close();
      await log.close();
    },
  };
}
