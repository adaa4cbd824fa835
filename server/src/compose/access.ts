import type { FastifyBaseLogger } from 'fastify';
import type { KeptRevocations, TokenGate } from '../auth/index.ts';
import { SECRET_VARIABLE } from '../auth/keys/secrets.ts';
import { BOUNDS } from '../core/access/bounds.ts';
import type { Gate } from '../core/access/gate.ts';
import type { HeardRevocations, Revocations, Revoked } from '../core/access/revocations.ts';
import type { Hub } from '../core/hub.ts';
import type { Meter } from '../core/meter.ts';
import type { SecurityEvents } from '../security-events.ts';
import { isReachable } from '../settings/safety.ts';
import type { Settings } from '../settings/settings.ts';
import type { BusAccess } from './bus.ts';
import { memoryBytesOf } from './log.ts';

/** Puts a second of one session, once there is authentication and nothing else is said. */
const PUTS_PER_S = 100;

/**
 * Shares of the log: what one put may take, and one user at once and in a second. A client that is away for a minute so
 * finds a quarter of the log left by any one user: as long as a lost connection takes to be noticed, and the longest
 * wait for an attempt after it.
 */
const LOG_SHARES = { put: 1 / 8, burst: 1 / 2, perS: 1 / 256 } as const;

/** What these are shares of at least, in bytes: of a log that keeps next to nothing there is nothing to take. */
const LOG_LEAST_BYTES = 8 * 1024 * 1024;

/** Entries a second that replays of one session may scan, in the same case: all of a usual log in a few seconds. */
const REPLAY_ENTRIES_PER_S = 100_000;

/** Sources of secrets beside files, and the listener that hides them from the log. */
export interface Secrets {
  /** Where `ZEROSPAN_AUTH_SECRET` is looked for. Left out: nowhere. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Receives each secret before it is used, so that no log shows it. */
  readonly hide?: (secret: Uint8Array) => void;
}

/** Who is asked about tokens, and what comes with that. */
export interface OpenAccess {
  /** undefined: nobody is asked, and everybody may come in. */
  readonly gate: Gate | undefined;
  /** Where access can be ended at run time; undefined where nobody is asked, or an application answers. */
  readonly revocations: HeardRevocations | undefined;
  /** Keeps in a file what is revoked from now on, once what the file says is revoked again. Not with a gate's own. */
  readonly keepRevocations: ((file: string) => Promise<KeptRevocations>) | undefined;
  /** The variable whose secrets verify tokens; undefined: none does. */
  readonly secretVariable: string | undefined;
  readonly meters: readonly Meter[];
  /** Reads keys and revocations again; undefined where there are none. */
  readonly reload: (() => void) | undefined;
  close(): void;
}

/**
 * @param own an application's own gate; the settings' keys are ignored then
 * @param to log and security events, which receive what becomes of keys and revocations
 * @throws SettingsError when keys or revocations cannot be read
 */
export async function openAccess(
  settings: Settings,
  own: Gate | undefined,
  { logger, events }: { readonly logger: FastifyBaseLogger; readonly events: SecurityEvents },
  { env = {}, hide }: Secrets,
): Promise<OpenAccess> {
  const { keys, jwksUrl, revocations } = settings.auth;
  const hasSecret = env[SECRET_VARIABLE] !== undefined;
  const asks = keys.length > 0 || jwksUrl !== '' || revocations !== '' || hasSecret;
  if (own || !asks) {
    return {
      gate: own,
      revocations: undefined,
      keepRevocations: undefined,
      secretVariable: undefined,
      meters: [],
      reload: undefined,
      close: () => undefined,
    };
  }
  // Only where it is needed: it would stay in memory for as long as the server runs.
  const { authMeters, createTokenGate, KeptRevocations } = await import('../auth/index.ts');
  const tokens = await createTokenGate(settings, env, events, hide);
  return {
    gate: tokens,
    revocations: tokens?.revocations,
    keepRevocations: tokens && ((file) => KeptRevocations.open(file, tokens.revocations, events)),
    secretVariable: hasSecret ? SECRET_VARIABLE : undefined,
    meters: tokens ? authMeters(tokens) : [],
    reload: tokens && (() => void reload(tokens, logger)),
    close: () => tokens?.close(),
  };
}

async function reload(tokens: TokenGate, logger: FastifyBaseLogger): Promise<void> {
  try {
    await tokens.reload();
  } catch (error) {
    logger.error({ err: error }, 'keys and revocations could not be read again');
  }
}

/** @param gate who is asked; undefined: nobody */
export function busAccess(
  settings: Settings,
  gate: Gate | undefined,
  isOwnServer: boolean,
  refused: BusAccess['refused'],
): BusAccess {
  const { limits, auth } = settings;
  const logBytes = Math.max(settings.log.bytes, LOG_LEAST_BYTES);
  // A put is in memory whole, also where most of the log is not.
  const memoryBytes = Math.max(memoryBytesOf(settings.log), LOG_LEAST_BYTES);
  const guarded = (value: number | 'auto', whenAuto: number): number =>
    value === 'auto' ? (gate ? whenAuto : 0) : value;
  return {
    gate,
    bounds: {
      helloMs: limits.helloMs,
      connectionsPerUser: isOwnServer && !isReachable(settings) ? 0 : limits.connectionsPerUser,
      filtersPerUser: limits.filtersPerUser,
      putsPerS: guarded(limits.putsPerS, PUTS_PER_S),
      putBurst: limits.putBurst,
      putsInFlight: limits.putsInFlight,
      putBytesInFlight: BOUNDS.putBytesInFlight,
      putBurstBytes:
        limits.putBurstBytes === 'auto' ? Math.ceil(logBytes * LOG_SHARES.burst) : limits.putBurstBytes,
      putBytesPerS: guarded(limits.putBytesPerS, Math.ceil(logBytes * LOG_SHARES.perS)),
      receiptBytes: limits.receiptBytes,
      journalBytes: limits.journalBytes,
      replays: limits.replays,
      replayEntriesPerS: guarded(limits.replayEntriesPerS, REPLAY_ENTRIES_PER_S),
      resumeWindowMs: auth.resumeWindowMs,
    },
    limits: announcedOf(limits, Math.ceil(memoryBytes * LOG_SHARES.put)),
    channels: limits.channels,
    refused,
  };
}

/** The limits of the settings that `welcome` names. */
function announcedOf(limits: Settings['limits'], putBytesWhenAuto: number): BusAccess['limits'] {
  const { payloadBytes, depth, putChannels, confirms, subscriptions, filters, sessionFilters } = limits;
  const putBytes = limits.putBytes === 'auto' ? putBytesWhenAuto : limits.putBytes;
  return { payloadBytes, depth, putChannels, putBytes, confirms, subscriptions, filters, sessionFilters };
}

/** Access that ends at run time ends the sessions that have it. */
export function endSessions(
  revocations: Pick<Revocations, 'onRevoked'> | undefined,
  hub: Hub,
  events: SecurityEvents,
): void {
  revocations?.onRevoked((what) => {
    events.report('revoked', aboutOf(what));
    void hub.revoke(what);
  });
}

/** Ends one session for good. Its id is never used again: nobody has to remember it for longer than it takes. */
export function endSession(
  session: string,
  revocations: Pick<Revocations, 'revoke'> | undefined,
  hub: Hub,
  events: SecurityEvents,
): void {
  if (revocations) {
    revocations.revoke({ session });
    return;
  }
  events.report('revoked', { session });
  void hub.revoke({ session });
}

/** The same gate, but that it admits nobody while it is not known who is to be admitted. */
export function unlessBlind(gate: Gate, isBlind: () => boolean): Gate {
  const check = (): void => {
    if (isBlind()) throw blindness();
  };
  return {
    admit(token, visitor) {
      check();
      const answer = gate.admit(token, visitor);
      if (!('then' in answer)) return answer;
      return answer.then((identity) => {
        check();
        return identity;
      });
    },
  };
}

/** A failure of the gate's own: clients reconnect, to another node perhaps. */
export function blindness(): Error {
  return new Error('what other nodes have revoked has not been heard for longer than auth.blindMs');
}

/** By names that are shown: what is called a token is hidden in the log, and the id of one is no secret. */
function aboutOf(what: Revoked): Record<string, string> {
  return 'token' in what ? { jti: what.token } : { ...what };
}
