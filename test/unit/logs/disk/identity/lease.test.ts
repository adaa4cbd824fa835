import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEASE_LEAST, LEASE_MOST, Lease } from '../../../../../server/src/logs/disk/identity/lease.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';

/** A lease, and a `meta` that takes its marks when the test lets it. */
function makeLease(head = 0) {
  const clock = new ManualClock();
  const raises: { readonly upTo: number; resolve(): void; reject(error: Error): void }[] = [];
  let [safe, writes] = [head + LEASE_LEAST, 0];
  const lease = new Lease({
    clock,
    head,
    upTo: safe,
    raise: (upTo) =>
      new Promise<void>((resolve, reject) => {
        expect(raises).toEqual([]);
        writes++;
        const settle = (action: () => void): void => {
          raises.pop();
          action();
        };
        raises.push({
          upTo,
          resolve: () => {
            safe = upTo;
            settle(resolve);
          },
          reject: (error) => settle(() => reject(error)),
        });
      }),
  });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { lease, clock, raises, settled, safe: () => safe, writes: () => writes };
}

describe('a lease', () => {
  it('is raised when half of it is used, and counts when that is safe', async () => {
    const { lease, raises, settled } = makeLease(100);
    expect(lease.upTo).toBe(100 + LEASE_LEAST);
    lease.given(100 + LEASE_LEAST / 2);
    expect(raises).toHaveLength(0);
    lease.given(101 + LEASE_LEAST / 2);
    lease.given(102 + LEASE_LEAST / 2);
    expect(raises).toHaveLength(1);
    expect(lease.upTo).toBe(100 + LEASE_LEAST);
    raises.at(0)?.resolve();
    await settled();
    expect(lease.upTo).toBeGreaterThan(100 + 1.5 * LEASE_LEAST);
  });

  it('makes a caller wait that needs more, however much that is', async () => {
    const { lease, raises, settled } = makeLease();
    await lease.reach(LEASE_LEAST);
    const far = LEASE_LEAST + 2 * LEASE_MOST;
    let reached = false;
    const reaching = lease.reach(far).then(() => {
      reached = true;
    });
    while (raises[0]) {
      expect([reached, raises[0].upTo - lease.upTo <= LEASE_MOST]).toEqual([false, true]);
      raises[0].resolve();
      await settled();
    }
    await reaching;
    expect(lease.upTo).toBeGreaterThanOrEqual(far);
  });

  it('gives the error to those that need more, and tries again when it is asked again', async () => {
    const { lease, raises, settled } = makeLease();
    lease.given(LEASE_LEAST);
    const waiting = lease.reach(LEASE_LEAST + 1);
    raises.at(0)?.reject(new Error('full'));
    await expect(waiting).rejects.toThrow('full');
    lease.given(LEASE_LEAST);
    raises.at(0)?.reject(new Error('full'));
    await settled();
    const again = lease.reach(LEASE_LEAST + 1);
    raises.at(0)?.resolve();
    await again;
  });

  it.each([100, 20_000, 300_000])('of %i a second is raised about once a second at most', async (rate) => {
    const { lease, clock, raises, settled, writes } = makeLease();
    let head = 0;
    const run = async (seconds: number): Promise<number> => {
      const before = writes();
      for (let ms = 0; ms < seconds * 1_000; ms += 10) {
        clock.advance(10);
        head += rate / 100;
        if (head > lease.upTo) {
          const reaching = lease.reach(head);
          raises.at(0)?.resolve();
          await reaching;
        }
        lease.given(head);
        raises.at(0)?.resolve();
        await settled();
      }
      return writes() - before;
    };
    // It has to learn the rate first.
    expect(await run(2)).toBeLessThanOrEqual(8);
    expect(await run(20)).toBeLessThanOrEqual(20);
    // What a power loss takes is a few seconds of it.
    expect(lease.upTo - head).toBeLessThanOrEqual(Math.max(5 * rate, 2 * LEASE_LEAST));
  });

  it('never says more than is safe, and lags behind no caller', async () => {
    const step = fc.record({
      ms: fc.integer({ min: 0, max: 3_000 }),
      count: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2_000_000 })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { lease, clock, raises, settled, safe } = makeLease();
        let head = 0;
        for (const { ms, count } of steps) {
          clock.advance(ms);
          const reaching = lease.reach(head + count);
          while (raises[0]) {
            raises[0].resolve();
            await settled();
          }
          await reaching;
          head += count;
          expect(lease.upTo).toBeLessThanOrEqual(safe());
          expect(head).toBeLessThanOrEqual(lease.upTo);
          lease.given(head);
          raises.at(0)?.resolve();
          await settled();
        }
      }),
      { numRuns: 30 },
    );
  });
});
