import { BucketLeases } from '../../server/src/cluster/nats/source-leases.ts';
import { FakeLeaseServer } from '../support/cluster/fake-leases.ts';
import { MemoryBucketServer } from '../support/cluster/memory-bucket.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { sourceLeasesContract } from './source-leases.contract.ts';

/** Lets time pass until something holds. */
async function passing(
  clock: ManualClock,
  what: string,
  holds: () => boolean,
  mostMs: number,
): Promise<void> {
  for (let ms = 0; ; ms += 25) {
    for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
    if (holds()) return;
    if (ms > mostMs) throw new Error(`${what}: not within ${mostMs} ms`);
    clock.advance(25);
  }
}

sourceLeasesContract('the fake of tests', () => {
  const server = new FakeLeaseServer();
  const clock = new ManualClock();
  return {
    node: () => {
      const leases = server.node();
      return { leases, vanish: () => server.expire(leases) };
    },
    clock,
    isManual: true,
    until: (what, holds, mostMs) => passing(clock, what, holds, mostMs),
  };
});

sourceLeasesContract('keys of a bucket in memory', () => {
  const clock = new ManualClock();
  const server = new MemoryBucketServer(clock);
  return {
    node: () => {
      const bucket = server.client();
      return {
        leases: new BucketLeases(bucket, clock),
        vanish: () => {
          bucket.isAway = true;
        },
      };
    },
    clock,
    isManual: true,
    until: (what, holds, mostMs) => passing(clock, what, holds, mostMs),
  };
});
