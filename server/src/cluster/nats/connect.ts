import { connectNats, type NatsSettings } from '../../logs/jetstream/nats/connect.ts';
import { NatsNetwork } from './network.ts';

export interface ClusterOpening {
  readonly nats: NatsSettings;
  /** Name of the stream of the log: it is that of the bus as well. */
  readonly stream: string;
  /** Of this node. */
  readonly id: string;
}

/** The way of one node to the others. */
export interface NatsCluster {
  readonly network: NatsNetwork;
  close(): Promise<void>;
}

/**
 * Connects once more to the servers of the log: what nodes say to each other is not to wait behind packs of a MiB, and
 * goes on while the log is closed.
 * @throws StreamStartFault
 */
export async function openNatsCluster({ nats: settings, stream, id }: ClusterOpening): Promise<NatsCluster> {
  const nats = await connectNats(settings, 'zerospan nodes');
  return {
    // No stream takes these subjects: no name of one has a plus.
    network: new NatsNetwork(nats, `${stream}+nodes`, id),
    async close() {
      // What was said last is sent, unless nobody takes it.
      if (!nats.isClosed()) await nats.close();
    },
  };
}
