import { readSettings } from '../../../server/src/settings/read.ts';
import type { NatsServer } from '../jetstream/nats-server.ts';
import type { TestSettings } from '../server.ts';

/** Settings of a server that is a node of the bus of this stream. */
export function busOver(nats: NatsServer, stream: string): TestSettings {
  const { settings } = readSettings({ env: { ZEROSPAN_LOG_KIND: 'jetstream' } });
  return { log: settings.log, nats: { ...settings.nats, servers: [nats.address], stream } };
}
