import { describe, expect, it } from 'vitest';
import { BucketLeases } from '../../../server/src/cluster/nats/source-leases.ts';
import { MemoryBucketServer, type PutFault } from '../../support/cluster/memory-bucket.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { Random } from '../../support/random.ts';

const SOURCE = 'tcp://10.0.0.7:5555';

function world() {
  const clock = new ManualClock();
  const server = new MemoryBucketServer(clock);
  const node = () => {
    const bucket = server.client();
    const said: string[] = [];
    const lease = new BucketLeases(bucket, clock).hold(SOURCE, {
      taken: () => void said.push('taken'),
      lost: () => void said.push('lost'),
    });
    return { bucket, said, lease };
  };
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 25) {
      await turns();
      clock.advance(25);
    }
    await turns();
  };
  return { clock, server, node, pass, turns };
}

describe('a lease as a key of a bucket', () => {
  it('is over for a process that stood still, before anything has called it', async () => {
    const { clock, node, pass, turns } = world();
    const one = node();
    await pass(100);
    expect(one.lease.isMine).toBe(true);
    clock.freeze(2_400);
    expect(one.lease.isMine).toBe(false);
    expect(one.said).toEqual(['taken']);
    clock.advance(1);
    await turns();
    await pass(700);
    // Nobody else was there: it is the same one that goes on, and says that it was away.
    expect(one.said).toEqual(['taken', 'lost', 'taken']);
  });

  it('is another one when it is renewed after its time was over, while the key was still there', async () => {
    const { clock, node, pass } = world();
    const one = node();
    await pass(550);
    clock.freeze(2_050);
    expect([one.lease.isMine, one.said]).toEqual([false, ['taken']]);
    await pass(200);
    // Nothing was taken meanwhile: without a new beginning there would be no gap.
    expect([one.lease.isMine, one.said]).toEqual([true, ['taken', 'lost', 'taken']]);
  });

  it('is over before the key is gone where the server does not answer, and comes back with it', async () => {
    const { node, pass } = world();
    const one = node();
    await pass(100);
    one.bucket.isAway = true;
    await pass(1_700);
    expect([one.lease.isMine, one.said]).toEqual([true, ['taken']]);
    await pass(800);
    expect([one.lease.isMine, one.said]).toEqual([false, ['taken', 'lost']]);
    one.bucket.isAway = false;
    await pass(1_000);
    expect([one.lease.isMine, one.said]).toEqual([true, ['taken', 'lost', 'taken']]);
  });

  it.each<PutFault>(['lost', 'lost-answer', 'false-refusal'])(
    'survives an answer that goes wrong (%s), at the first write and at later ones',
    async (fault) => {
      const { server, node, pass } = world();
      server.faults.push(fault);
      const one = node();
      await pass(700);
      expect([one.lease.isMine, one.said]).toEqual([true, ['taken']]);
      server.faults.push(fault);
      await pass(5_000);
      expect([one.lease.isMine, one.said]).toEqual([true, ['taken']]);
    },
  );

  it('is gone from the server when it was given up, also while a write was under way', async () => {
    const { node, pass, turns, clock } = world();
    const one = node();
    clock.advance(1);
    const released = one.lease.release();
    await turns();
    await released;
    const other = node();
    await pass(100);
    expect([one.said, other.said]).toEqual([[], ['taken']]);
  });

  it.each(Array.from({ length: 50 }, (_, i) => i + 1))(
    'is never that of two nodes at a time: %i',
    async (seed) => {
      const random = new Random(seed);
      const { server, node, pass } = world();
      const nodes = [node(), node(), node()];
      for (let step = 0; step < 100; step++) {
        const one = random.one(nodes);
        switch (random.between(0, 4)) {
          case 0:
            one.bucket.isAway = !one.bucket.isAway;
            break;
          case 1:
            server.faults.push(random.one<PutFault>(['lost', 'lost-answer', 'false-refusal']));
            break;
          case 2: {
            await one.lease.release();
            nodes[nodes.indexOf(one)] = node();
            break;
          }
          default:
            await pass(random.one([25, 100, 500, 1_000]));
        }
        expect(nodes.filter(({ lease }) => lease.isMine).length).toBeLessThan(2);
      }
      server.faults.length = 0;
      for (const { bucket } of nodes) bucket.isAway = false;
      await pass(5_000);
      expect(nodes.filter(({ lease }) => lease.isMine)).toHaveLength(1);
      for (const { said } of nodes)
        expect(said.every((word, i) => word === (i % 2 === 0 ? 'taken' : 'lost'))).toBe(true);
    },
  );
});
