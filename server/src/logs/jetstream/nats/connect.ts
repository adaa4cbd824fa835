import { jetstreamManager } from '@nats-io/jetstream';
import {
  AuthorizationError,
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';
import type { Clock } from '@zerospan/shared';
import { configure, requireStream, type StreamSettings } from './configure.ts';
import { ANSWER_MS } from './faults.ts';
import { NatsStream } from './nats-stream.ts';
import { StreamStartFault } from './start-fault.ts';

/** From this version on servers have all that a log needs: pulled batches bounded by bytes, named consumers. */
const OLDEST = [2, 9] as const;

const CONNECT_MS = 5_000;
const RECONNECT_MS = 250;
/** A connection that answers no ping within two of these is taken for lost. */
const PING_MS = 2_000;
/** Between two tries of a start. */
const PAUSE_MS = ANSWER_MS;

/** Which servers a log is on, and how they are reached. */
export interface NatsSettings {
  /** Such as `nats://127.0.0.1:4222`; at least one. */
  readonly servers: readonly string[];
  /** Credentials as `nsc` writes them; undefined: none. */
  readonly credentials: Uint8Array | undefined;
  readonly tls: TlsParts | undefined;
}

/** In PEM; undefined: the system's authorities, no certificate of our own. */
export interface TlsParts {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface StreamOpening {
  readonly nats: NatsSettings;
  readonly stream: StreamSettings;
  readonly clock: Clock;
  /** Most bytes of a put, with all that a pack adds to it. */
  readonly putBytesMost: number;
  /** Called with what was changed of a stream that was there. */
  readonly onChange: (text: string) => void;
  /** Opens a stream that is there as it is. Default: false. */
  readonly isReadOnly?: boolean | undefined;
}

/**
 * Connects to the servers, and to the stream of a log there, which is created where it is not.
 * @throws StreamStartFault
 */
export async function connectStream(opening: StreamOpening): Promise<NatsStream> {
  const { stream, clock, putBytesMost, onChange } = opening;
  const nats = await connectNats(opening.nats, 'zerospan');
  try {
    checkVersion(nats.info?.version ?? '');
    const manager = await jetstreamManager(nats, { timeout: ANSWER_MS, checkAPI: false });
    const pause = (): Promise<void> => new Promise((resolve) => void clock.later(PAUSE_MS, resolve));
    const opened = new NatsStream({ nats, manager, stream: stream.name, clock });
    if (opened.dataBytesMost < putBytesMost)
      throw new StreamStartFault('too-small', String(nats.info?.max_payload ?? 0));
    const change = opening.isReadOnly
      ? await requireStream(manager, stream.name, pause)
      : await configure(manager, stream, pause);
    if (change !== undefined) onChange(change);
    return opened;
  } catch (error) {
    await nats.close();
    throw error;
  }
}

/**
 * Connects to the servers, and again whenever the connection is lost.
 * @param name by which operators of the servers know the connection
 * @throws StreamStartFault
 */
export async function connectNats(
  { servers, credentials, tls }: NatsSettings,
  name: string,
): Promise<NatsConnection> {
  const options: NodeConnectionOptions = {
    servers: [...servers],
    name,
    timeout: CONNECT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    // A server that rejects the user while its own are being changed may take it later.
    ignoreAuthErrorAbort: true,
    pingInterval: PING_MS,
    maxPingOut: 2,
  };
  if (credentials) options.authenticator = authenticatorOf(credentials);
  if (tls) options.tls = tlsOf(tls);
  try {
    return await connect(options);
  } catch (error) {
    const { message } = error as Error;
    throw new StreamStartFault(faultIn(error), message, error);
  }
}

function authenticatorOf(credentials: Uint8Array): NonNullable<NodeConnectionOptions['authenticator']> {
  // The library finds out only when it connects, and takes it for a server that is not there.
  if (!Buffer.from(credentials).includes('-----BEGIN NATS USER JWT-----'))
    throw new StreamStartFault('credentials', 'it has no user as nsc writes them');
  return credsAuthenticator(credentials);
}

function tlsOf({ ca, cert, key }: TlsParts): NonNullable<NodeConnectionOptions['tls']> {
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

/** Codes of what OpenSSL and Node find wrong with certificates. */
const OF_TLS = /^(?:ERR_(?:TLS|SSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO$)/;

function faultIn(error: unknown): 'rejected' | 'tls' | 'unreachable' {
  if (error instanceof AuthorizationError) return 'rejected';
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } };
  return [code, cause?.code].some((one) => typeof one === 'string' && OF_TLS.test(one))
    ? 'tls'
    : 'unreachable';
}

function checkVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    throw new StreamStartFault('too-old', version === '' ? 'unknown' : version);
}
