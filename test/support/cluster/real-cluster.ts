import { NatsNetwork } from '../../../server/src/cluster/nats/network.ts';
import { connectNats } from '../../../server/src/logs/jetstream/nats/connect.ts';
import type { NetworkUnderTest } from '../../contract/network.contract.ts';
import type { NatsServer } from '../jetstream/nats-server.ts';
import { until } from '../until.ts';

/** Three nodes over a real server. */
export async function realNetworks(
  server: NatsServer,
  prefix: string,
  onFault: (reason: string) => void = () => undefined,
): Promise<NetworkUnderTest> {
  const settings = { servers: [server.address], credentials: undefined, tls: undefined };
  const ids = ['node1', 'node2', 'node3'];
  const connections = await Promise.all(ids.map(() => connectNats(settings, 'test')));
  let disconnects = 0;
  for (const nats of connections)
    void (async () => {
      for await (const { type } of nats.status()) if (type === 'disconnect') disconnects++;
    })();
  const [first, second, third] = connections.map(
    (nats, i) => new NatsNetwork(nats, prefix, ids[i] as string, onFault),
  );
  return {
    nodes: [first as NatsNetwork, second as NatsNetwork, third as NatsNetwork],
    async leave() {
      disconnects = 0;
      await server.kill();
      await until('all know it', () => disconnects === ids.length);
    },
    rejoin: () => server.again(),
    async close() {
      for (const nats of connections) await nats.close();
    },
  };
}
