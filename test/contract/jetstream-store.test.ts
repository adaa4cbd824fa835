import { JetStreamStore } from '../../server/src/logs/jetstream/jetstream-store.ts';
import { subjectsOf } from '../../server/src/logs/jetstream/places.ts';
import { FakeServer } from '../support/jetstream/fake-server.ts';
import { FakeStream } from '../support/jetstream/fake-stream.ts';
import { enforce, smallStream } from '../support/jetstream/small-stream.ts';
import { ManualClock } from '../support/manual-clock.ts';
import type { LogBounds } from './log.contract.ts';
import { type StoreUnderTest, storeContract } from './store.contract.ts';

function inMemory(bounds: LogBounds): StoreUnderTest {
  const clock = new ManualClock();
  const server = new FakeServer(clock);
  const { epoch } = subjectsOf('test');
  const open = () => new JetStreamStore(smallStream(new FakeStream(server), clock, bounds));
  const store = open();
  const purged = {
    times: async () => server.messages.filter(({ subject }) => subject !== epoch),
    dropBelow: (sequence: number) => server.dropBelow(sequence),
  };
  const settled = async (): Promise<void> => {
    await enforce(purged, bounds, clock.now());
    await store.settled();
  };
  return { store, clock, reopen: open, settled };
}

storeContract('a stream in memory', inMemory);
