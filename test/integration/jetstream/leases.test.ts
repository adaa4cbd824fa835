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

  const open = async (stream: string, replicas = 1): Promise<OpenSourceLeases> => {
    const nats = await connectNats(
      { servers: [server.address], credentials: undefined, tls: undefined },
      'test',
    );
    const each = await openSourceLeases(nats, { stream, replicas }, systemClock);
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
      until: async (what, holds, mostMs) => {
        await until(what, holds, mostMs);
      },
    };
  });

  it('are refused where the bucket cannot be as it is to be', async () => {
    await open('refused');
    await expect(open('refused', 3)).rejects.toThrow(/replicas/);
  });
});
