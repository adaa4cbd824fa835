import { FakeServer } from '../support/jetstream/fake-server.ts';
import { FakeStream } from '../support/jetstream/fake-stream.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { streamContract } from './stream.contract.ts';

streamContract('in memory', () => {
  const server = new FakeServer(new ManualClock());
  return {
    stream: new FakeStream(server),
    prefix: 'test',
    dropBelow: (sequence) => server.dropBelow(sequence),
    recreate: () => server.recreate(),
    remove: () => {
      server.isGone = true;
    },
  };
});
