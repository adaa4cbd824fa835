import { afterAll, beforeAll, describe } from 'vitest';
import { JetStreamStore } from '../../../server/src/logs/jetstream/jetstream-store.ts';
import type { LogBounds } from '../../contract/log.contract.ts';
import { type StoreUnderTest, storeContract } from '../../contract/store.contract.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { RealStream } from '../../support/jetstream/real-stream.ts';
import { ShiftedStream, ShiftedTimes } from '../../support/jetstream/shifted-stream.ts';
import { enforce, smallStream } from '../../support/jetstream/small-stream.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { available } from '../../support/required.ts';

const path = findNatsServer();

/** Each has a stream of its own: fewer than in memory, where nothing takes time. */
const RUNS = 100;

describe.runIf(available('nats-server', path))('a log on a stream of a real server', () => {
  let server: NatsServer;
  let count = 0;
  let end: () => Promise<void> = async () => undefined;

  beforeAll(async () => {
    server = await NatsServer.start(path as string);
  });
  afterAll(async () => {
    await end();
    await server.stop();
  });

  async function onServer(bounds: LogBounds): Promise<StoreUnderTest> {
    await end();
    const clock = new ManualClock();
    const real = await RealStream.create(server.address, `log${++count}`);
    const times = new ShiftedTimes(clock);
    const stores: JetStreamStore[] = [];
    const open = async (): Promise<JetStreamStore> => {
      const stream = new ShiftedStream(await real.client(), times);
      const store = new JetStreamStore(smallStream(stream, clock, bounds, real.name));
      stores.push(store);
      return store;
    };
    const looker = await real.client();
    const purged = {
      times: async () => {
        const { first, last } = await looker.info();
        const held = first > last ? [] : await looker.fetch({ from: first, to: last, bytes: 1_000_000 });
        const packs = held.filter(({ subject }) => subject !== `${real.name}.epoch`);
        return packs.map(({ sequence }) => ({ sequence, time: times.of(sequence) }));
      },
      dropBelow: (sequence: number) => real.dropBelow(sequence),
    };
    end = async () => {
      for (const store of stores) await store.close();
      await looker.close();
      await real.remove();
      await real.close();
    };
    const store = await open();
    const settled = async (): Promise<void> => {
      await enforce(purged, bounds, clock.now());
      await store.settled();
    };
    return { store, clock, reopen: open, settled };
  }

  storeContract('a stream of nats-server', onServer, RUNS);
});
