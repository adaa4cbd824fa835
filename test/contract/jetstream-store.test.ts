import { StoredLog } from '../../server/src/core/log/stored-log.ts';
import { JetStreamStore } from '../../server/src/logs/jetstream/jetstream-store.ts';
import { subjectsOf } from '../../server/src/logs/jetstream/places.ts';
import { FakeServer } from '../support/jetstream/fake-server.ts';
import { FakeStream } from '../support/jetstream/fake-stream.ts';
import { enforce, smallStream } from '../support/jetstream/small-stream.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { settledFirst } from '../support/small-disk.ts';
import { historyContract } from './history.contract.ts';
import { knownChannelsContract } from './known-channels.contract.ts';
import { type LogBounds, logContract } from './log.contract.ts';
import { type StoreUnderTest, storeContract } from './store.contract.ts';

function inMemory(bounds: LogBounds): StoreUnderTest & { readonly settled: () => Promise<void> } {
  const clock = new ManualClock();
  const server = new FakeServer(clock);
  const { epoch } = subjectsOf('test');
  const open = () => new JetStreamStore(smallStream(new FakeStream(server), clock, bounds));
  const store = open();
  const purged = {
    times: async () =>
      server.messages
        .filter(({ subject }) => subject !== epoch)
        .map(({ sequence }) => ({ sequence, time: server.storedMs.get(sequence) ?? 0 })),
    dropBelow: (sequence: number) => server.dropBelow(sequence),
  };
  const settled = async (): Promise<void> => {
    await enforce(purged, bounds, clock.elapsed());
    await store.settled();
  };
  return { store, clock, reopen: open, settled };
}

/** A log over it, of which memory holds a part: reads come from both. */
async function logOver(bounds: LogBounds): Promise<{ readonly log: StoredLog; readonly clock: ManualClock }> {
  const { store, clock, settled } = inMemory(bounds);
  const log = await StoredLog.open(store, { clock, bytes: bounds.entries * 100, ageMs: bounds.ageMs });
  return { log: settledFirst(log, { settled }), clock };
}

storeContract('a stream in memory', inMemory);
logContract('over a stream in memory', logOver);
historyContract('over a stream in memory', logOver);
knownChannelsContract('over a stream in memory', logOver);
