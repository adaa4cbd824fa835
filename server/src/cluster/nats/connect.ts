import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '@zerospan/shared';
import { configure } from '../../logs/jetstream/nats/configure.ts';
import { connectNats, type NatsSettings } from '../../logs/jetstream/nats/connect.ts';
import { ANSWER_MS } from '../../logs/jetstream/nats/faults.ts';
import { NatsStream } from '../../logs/jetstream/nats/nats-stream.ts';
import type { Stream } from '../../logs/jetstream/stream.ts';
import { NatsNetwork } from './network.ts';

export interface ClusterOpening {
  readonly nats: NatsSettings;
  /** Name of the stream of the log: it is that of the bus as well. */
  readonly stream: string;
  /** NATS servers that each keep what is to outlive nodes. */
  readonly replicas: number;
  /** Of this node. */
  readonly id: string;
  readonly clock: Clock;
  /** Called with what the servers refuse while it is open. */
  readonly onFault: (reason: string) => void;
}

/** Revocations are kept in a stream of their own: the log drops what is old or too much. */
export interface RevocationStream {
  readonly stream: Stream;
  readonly subject: string;
  /** Makes it, when somebody has removed it. */
  recreate(): Promise<void>;
}

/** Longer than any token lasts: 367 days. */
export const REVOCATIONS_AGE_MS = 367 * 24 * 3_600_000;

/** Half a million of usual length. */
const REVOCATIONS_BYTES = 64 * 1024 * 1024;

/** The way of one node to the others. */
export interface NatsCluster {
  readonly network: NatsNetwork;
  readonly revocations: RevocationStream;
  close(): Promise<void>;
}

/**
 * Connects once more to the servers of the log: what nodes say to each other is not to wait behind packs of a MiB, and
 * goes on while the log is closed.
 * @throws StreamStartFault
 */
export async function openNatsCluster(opening: ClusterOpening): Promise<NatsCluster> {
  const { nats: settings, stream, id, onFault } = opening;
  const nats = await connectNats(settings, 'zerospan nodes');
  try {
    const revocations = await openRevocations(nats, opening);
    return {
      // No stream takes these subjects: no name of one has a plus.
      network: new NatsNetwork(nats, `${stream}+nodes`, id, onFault),
      revocations,
      // It closes the connection. What was said last is sent, unless nobody takes it.
      close: () => revocations.stream.close(),
    };
  } catch (error) {
    await nats.close();
    throw error;
  }
}

async function openRevocations(
  nats: NatsConnection,
  { stream: bus, replicas, clock }: ClusterOpening,
): Promise<RevocationStream> {
  const manager = await jetstreamManager(nats, { timeout: ANSWER_MS, checkAPI: false });
  const name = `${bus}+revocations`;
  const pause = async (): Promise<void> => {
    // Nobody answers any more.
    if (nats.isClosed()) throw new Error('The connection is closed.');
    await new Promise<void>((resolve) => void clock.later(ANSWER_MS, resolve));
  };
  const settings = { name, subjects: name, replicas, bytes: REVOCATIONS_BYTES, ageMs: REVOCATIONS_AGE_MS };
  const recreate = async (): Promise<void> => void (await configure(manager, settings, pause));
  await recreate();
  return { stream: new NatsStream({ nats, manager, stream: name, clock }), subject: name, recreate };
}
