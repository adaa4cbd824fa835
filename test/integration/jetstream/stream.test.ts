import { afterAll, beforeAll, describe } from 'vitest';
import { streamContract } from '../../contract/stream.contract.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { RealStream } from '../../support/jetstream/real-stream.ts';
import { available } from '../../support/required.ts';

const path = findNatsServer();

describe.runIf(available('nats-server', path))('a stream of a real server', () => {
  let server: NatsServer;
  let count = 0;
  const streams: RealStream[] = [];

  beforeAll(async () => {
    server = await NatsServer.start(path as string);
  });
  afterAll(async () => {
    for (const stream of streams) await stream.close();
    await server.stop();
  });

  streamContract('of nats-server', async () => {
    const real = await RealStream.create(server.address, `log${++count}`);
    streams.push(real);
    return {
      stream: await real.client(),
      prefix: real.name,
      dropBelow: (sequence) => real.dropBelow(sequence),
      remove: () => real.remove(),
      recreate: async () => {
        await real.remove();
        await real.add();
      },
    };
  });
});
