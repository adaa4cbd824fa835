import type { Clock } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import type { Lease, LeaseHolder, SourceLeases } from '../../server/src/zeromq/ingress/source-leases.ts';

/** A node of a test. */
export interface LeasingNode {
  readonly leases: SourceLeases;
  /** It is gone without a word, as far as the others can see. */
  readonly vanish: () => Promise<void> | void;
}

export interface LeasesUnderTest {
  readonly node: () => Promise<LeasingNode> | LeasingNode;
  readonly clock: Pick<Clock, 'elapsed'>;
  /**
   * Whether time passes only as the test lets it. On a real clock a machine that stalls may cost a node its lease,
   * which another one takes: that is no fault, and no time is a measure.
   */
  readonly isManual: boolean;
  /** Waits until something holds; fails after that time of the clock of the leases, or later if it is a real one. */
  readonly until: (what: string, holds: () => boolean, mostMs: number) => Promise<void>;
}

/** Most ms until a source has another node. */
const TAKEOVER_MS = 5_000;

/** Twice as long as a lease holds that is not renewed. */
const HELD_MS = 6_000;

/** Keeps what it hears. */
class Heard implements LeaseHolder {
  readonly said: ('taken' | 'lost')[] = [];
  /** Called with each. */
  onTaken: () => void = () => undefined;

  taken(): void {
    this.said.push('taken');
    this.onTaken();
  }

  lost(): void {
    this.said.push('lost');
  }
}

/** The sentences of the `SourceLeases` port, for any implementation. */
export function sourceLeasesContract(
  name: string,
  make: () => Promise<LeasesUnderTest> | LeasesUnderTest,
): void {
  const hold = ({ leases }: LeasingNode, source: string): { heard: Heard; lease: Lease } => {
    const heard = new Heard();
    const lease = leases.hold(source, heard);
    expect([heard.said, lease.isMine]).toEqual([[], false]);
    return { heard, lease };
  };

  describe(`SourceLeases: ${name}`, () => {
    it('give a source to one node, and to another one when that gives it up', async () => {
      const { node, until, isManual } = await make();
      const held = await Promise.all([1, 2, 3].map(async () => hold(await node(), 'tcp://a:1')));
      for (let left = 3; left > 0; left--) {
        await until('an owner', () => held.some(({ lease }) => lease.isMine), TAKEOVER_MS);
        const owner = held.findIndex(({ lease }) => lease.isMine);
        expect(held.filter(({ lease }) => lease.isMine)).toHaveLength(1);
        expect(held.map(({ heard }) => heard.said.at(-1) === 'taken')).toEqual(
          held.map((_, i) => i === owner),
        );
        if (isManual)
          expect(held.map(({ heard }) => heard.said)).toEqual(
            held.map((_, i) => (i === owner ? ['taken'] : [])),
          );
        const [{ lease, heard }] = held.splice(owner, 1) as [(typeof held)[number]];
        const said = [...heard.said];
        await lease.release();
        expect([lease.isMine, heard.said]).toEqual([false, said]);
      }
    });

    it('give each source for itself', async () => {
      const { node, until } = await make();
      const [first, second] = [await node(), await node()];
      const one = hold(first, 'tcp://a:1');
      const other = hold(second, 'tcp://a:2');
      await until('both', () => one.lease.isMine && other.lease.isMine, TAKEOVER_MS);
    });

    it('take a source from a node that is gone without a word, which knows it before the other has it', async () => {
      const { node, until, isManual } = await make();
      const [first, second] = [await node(), await node()];
      const one = hold(first, 'tcp://a:1');
      await until('an owner', () => one.lease.isMine, TAKEOVER_MS);
      const other = hold(second, 'tcp://a:1');
      const wereBoth: boolean[] = [];
      other.heard.onTaken = () => wereBoth.push(one.lease.isMine);
      await first.vanish();
      await until('another owner', () => other.lease.isMine, TAKEOVER_MS);
      expect(new Set(wereBoth)).toEqual(new Set([false]));
      await until('the news', () => one.heard.said.at(-1) === 'lost', TAKEOVER_MS);
      if (isManual) expect([wereBoth, one.heard.said]).toEqual([[false], ['taken', 'lost']]);
    });

    it('leave a source with its node for as long as that is there', async () => {
      const { node, until, clock, isManual } = await make();
      const [first, second] = [await node(), await node()];
      const one = hold(first, 'tcp://a:1');
      await until('an owner', () => one.lease.isMine, TAKEOVER_MS);
      const other = hold(second, 'tcp://a:1');
      let heard = 0;
      let sinceMs = clock.elapsed();
      const isKept = (): boolean => {
        const now = one.heard.said.length + other.heard.said.length;
        if (now !== heard) sinceMs = clock.elapsed();
        heard = now;
        expect(one.lease.isMine && other.lease.isMine).toBe(false);
        return clock.elapsed() - sinceMs >= HELD_MS && (one.lease.isMine || other.lease.isMine);
      };
      await until('one owner for long', isKept, HELD_MS);
      if (isManual) expect([one.heard.said, other.heard.said]).toEqual([['taken'], []]);
    });

    it('call nobody who has given it up before it came', async () => {
      const { node, until } = await make();
      const first = await node();
      const one = hold(first, 'tcp://a:1');
      await one.lease.release();
      const other = hold(await node(), 'tcp://a:1');
      await until('the other', () => other.lease.isMine, TAKEOVER_MS);
      expect([one.lease.isMine, one.heard.said.filter((said) => said === 'lost')]).toEqual([false, []]);
    });
  });
}
