import { StoredLog } from '../core/log/stored-log.ts';
import type { OpeningStreamLog, StartFaultKind } from '../logs/jetstream/index.ts';
import type { JetStreamStore } from '../logs/jetstream/jetstream-store.ts';
import { readPublicFile, readSecretFile } from '../settings/files/secret-file.ts';
import type { Settings } from '../settings/settings.ts';
import { StartError } from '../zeromq/sockets/start-error.ts';
import type { BusLog, LogBounds } from './bus-log.ts';

const ELSEWHERE =
  'Or keep the log on one machine, --log disk, or in memory, which a restart loses: --log memory (log.kind).';

/** A stream that cannot hold a few packs would take none. */
const LEAST_BYTES = 16 * 1024 * 1024;

interface Words {
  readonly setting: string;
  readonly reason: string;
  readonly remedy: string;
  readonly isMisset?: boolean;
}

/** What is wrong with the servers or the stream, and what can be done about it there. */
const FAULTS: Readonly<Record<StartFaultKind, (detail: string) => Words>> = {
  unreachable: (detail) => ({
    setting: 'nats.servers',
    reason: `no NATS server answers there: ${detail}`,
    remedy: 'Start one with JetStream, "nats-server -js", or set the addresses of those that run.',
  }),
  rejected: (detail) => ({
    setting: 'nats.servers',
    reason: `the server rejects this one: ${detail}`,
    remedy: 'Name a file with credentials that it takes, in nats.credentials.',
  }),
  credentials: (detail) => ({
    setting: 'nats.credentials',
    reason: `it holds no credentials: ${detail}`,
    remedy: 'Write it with "nsc generate creds", and set its name.',
    isMisset: true,
  }),
  tls: (detail) => ({
    setting: 'nats.servers',
    reason: `TLS with the server failed: ${detail}`,
    remedy:
      'Set in nats.tlsCa the authorities that certify it, and in nats.tlsCert and nats.tlsKey what it asks for.',
  }),
  'too-old': (version) => ({
    setting: 'nats.servers',
    reason: `the server is nats-server ${version}, and the log requires 2.9 or newer`,
    remedy: 'Start a newer nats-server.',
  }),
  'no-jetstream': (detail) => ({
    setting: 'nats.servers',
    reason: `the servers have no JetStream, or no leader of it: ${detail}`,
    remedy: 'Start them with JetStream, "nats-server -js", more than half of a cluster.',
  }),
  'too-small': (most) => ({
    setting: 'nats.servers',
    reason: `their messages have at most ${most} bytes (max_payload), less than a put may have`,
    remedy:
      'Raise max_payload in the configuration of the NATS servers, or lower limits.payloadBytes and bus.maxPayloadBytes.',
  }),
  stream: (detail) => ({
    setting: 'nats.stream',
    reason: `the stream cannot be used: ${detail}`,
    remedy: 'Set another name, or remove that stream if nobody needs it.',
  }),
  missing: () => ({
    setting: 'nats.stream',
    reason: 'there is no such stream on these servers',
    remedy: 'Name one that is there, "nats stream ls" lists them, or servers that have it.',
  }),
  foreign: (detail) => ({
    setting: 'nats.stream',
    reason: `the stream holds something else than a log: ${detail}; it was left as it is`,
    remedy: 'Set another name, or remove that stream if nobody needs it.',
  }),
  newer: (detail) => ({
    setting: 'nats.stream',
    reason: `a newer version of Zerospan has written the stream: ${detail}; it was left as it is`,
    remedy: 'Start that version, or a newer one.',
  }),
};

/**
 * A log on JetStream, with its newest part in memory.
 * @param open opens the store beneath it
 * @throws StartError when the servers or the stream cannot be used
 */
export async function openJetStreamLog(bounds: LogBounds, open = openStore): Promise<BusLog> {
  const { clock, hotBytes, channels, puts, onFailure, nats } = bounds;
  try {
    const store = await open(openingOf(bounds));
    try {
      const log = await StoredLog.open(store, {
        clock,
        bytes: hotBytes,
        ageMs: bounds.ageMs,
        channels,
        puts,
        onFailure,
      });
      return Object.assign(log, { stream: store });
    } catch (error) {
      // It may have been opened, and not read. Why it failed matters more.
      await store.close().catch(() => undefined);
      throw error;
    }
  } catch (cause) {
    throw startErrorOf(nats, cause);
  }
}

async function openStore(opening: OpeningStreamLog): Promise<JetStreamStore> {
  // Loaded only where it is needed.
  const { openStreamStore } = await import('../logs/jetstream/index.ts');
  return openStreamStore(opening);
}

/** What of its bounds a log on a stream is opened with. */
export type StreamBounds = Pick<
  LogBounds,
  'nats' | 'clock' | 'bytes' | 'ageMs' | 'lastBytes' | 'putBytesMost' | 'onNotice'
>;

/** @throws StartError where a file cannot be read */
export function openingOf({
  nats,
  clock,
  bytes,
  ageMs,
  lastBytes,
  putBytesMost,
  onNotice,
}: StreamBounds): OpeningStreamLog {
  const { stream, replicas } = nats;
  return {
    nats: natsSettingsOf(nats),
    stream: { name: stream, subjects: `${stream}.>`, replicas, bytes: Math.max(bytes, LEAST_BYTES), ageMs },
    clock,
    lastBytes,
    putBytesMost,
    onNotice,
  };
}

/** How the servers are reached, with what the files say. */
export function natsSettingsOf({
  servers,
  credentials,
  tlsCa: ca,
  tlsCert: cert,
  tlsKey: key,
}: Settings['nats']): OpeningStreamLog['nats'] {
  const hasTls = ca + cert + key !== '' || servers.some((server) => server.startsWith('tls://'));
  return {
    servers,
    credentials: credentials === '' ? undefined : readSecretFile('nats.credentials', credentials),
    tls: hasTls
      ? {
          ca: ca === '' ? undefined : readPublicFile('nats.tlsCa', ca).toString(),
          cert: cert === '' ? undefined : readPublicFile('nats.tlsCert', cert).toString(),
          key: key === '' ? undefined : readSecretFile('nats.tlsKey', key).toString(),
        }
      : undefined,
  };
}

/** Why a server with such a log does not start. @see streamErrorOf */
export function startErrorOf(nats: Settings['nats'], cause: unknown): unknown {
  return streamErrorOf(nats, cause, ELSEWHERE);
}

/**
 * What is no fault of the servers or the stream, is one of this program, and shown as such.
 * @param elsewhere what else can be done; '': nothing
 */
export function streamErrorOf(
  { servers, stream, credentials }: Settings['nats'],
  cause: unknown,
  elsewhere: string,
): unknown {
  const fault = faultIn(cause);
  if (!fault) return cause;
  const { setting, reason, remedy, isMisset = false } = FAULTS[fault.kind](fault.detail);
  const addresses = { 'nats.stream': stream, 'nats.credentials': credentials };
  const address = addresses[setting as keyof typeof addresses] ?? servers.join(', ');
  const todo = elsewhere === '' ? remedy : `${remedy} ${elsewhere}`;
  return new StartError({ setting, address, reason, remedy: todo, cause, isMisset });
}

/** By their names: their classes are loaded only where they are needed. */
function faultIn(cause: unknown): { kind: StartFaultKind; detail: string } | undefined {
  const { name, kind, detail, why, message } = cause as Partial<Record<string, string>>;
  if (name === 'StreamStartFault') return { kind: kind as StartFaultKind, detail: detail ?? '' };
  if (name === 'ForeignStream') return { kind: why === 'newer' ? 'newer' : 'foreign', detail: message ?? '' };
  if (name === 'StreamFault') return { kind: 'no-jetstream', detail: message ?? '' };
  return undefined;
}
