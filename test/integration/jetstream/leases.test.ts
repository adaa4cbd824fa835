import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { systemClock } from '@zerospan/shared';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OpenSourceLeases, openSourceLeases } from '../../../server/src/cluster/nats/source-leases.ts';
import { connectNats } from '../../../server/src/logs/jetstream/index.ts';
import { sourceLeasesContract } from '../../contract/source-leases.contract.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { available } from '../../support/required.ts';
import { until } from '../../support/until.ts';

const path = findNatsServer();

describe.runIf(available('nats-server', path))('leases on a real server', () => {
  let server: NatsServer;
  let count = 0;
  const opened: OpenSourceLeases[] = [];

  beforeAll(async () => {
    server = await NatsServer.start(path as string);
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });
  afterAll(() => server.stop());

  const open = async (stream: string): Promise<OpenSourceLeases> => {
    const nats = await connectNats(
      { servers: [server.address], credentials: undefined, tls: undefined },
      'test',
    );
    const each = await openSourceLeases(nats, { stream, replicas: 1 }, systemClock);
    opened.push(each);
    return each;
  };

  sourceLeasesContract('keys of a bucket of nats-server', () => {
    const stream = `bus${++count}`;
    return {
      node: async () => {
        const { leases, close } = await open(stream);
        return { leases, vanish: close };
      },
      clock: systemClock,
      isManual: false,
      // On a busy machine all of it takes longer; what hangs is found.
      until: async (what, holds) => {
        await until(what, holds, 60_000);
      },
    };
  });

  it('are refused where the bucket cannot be made', async () => {
    const nats = await connect({ servers: server.address });
    const manager = await jetstreamManager(nats);
    await manager.streams.add({ name: 'other', subjects: ['$KV.refused-leases.>'] });
    await nats.close();
    await expect(open('refused')).rejects.toThrow(/subjects overlap/);
  });

  it('have a bucket that was made with another age', async () => {
    const nats = await connect({ servers: server.address });
    const manager = await jetstreamManager(nats);
    await manager.streams.add({
      name: 'KV_aged-leases',
      subjects: ['$KV.aged-leases.>'],
      max_msgs_per_subject: 1,
    });
    await open('aged');
    const { config } = await manager.streams.info('KV_aged-leases');
    expect(config.max_age).toBe(3_000_000_000);
    await nats.close();
  });
});
