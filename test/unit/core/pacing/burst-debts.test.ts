import { describe, expect, it } from 'vitest';
import { BurstDebts } from '../../../../server/src/core/pacing/burst-debts.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const RATE = { perS: 100, burst: 1_000 };

function scene() {
  const clock = new ManualClock();
  const debts = new BurstDebts(RATE, clock);
  const leaves = (key: string, taken: number): void => {
    const bucket = new BurstDebts(RATE, clock).take(key);
    bucket.take(taken);
    debts.leave(key, bucket);
  };
  return { clock, debts, leaves };
}

describe('what closed sessions lack of their burst (W14)', () => {
  it('is handed on once each, the largest first, as fast where thousands have left', () => {
    const { debts, leaves } = scene();
    const taken = Array.from({ length: 2_000 }, (_, i) => ((i * 7_919) % 900) + 1);
    for (const puts of taken) leaves('alice', puts);
    const handedOn = taken.map(() => 1_000 - debts.take('alice').left);
    expect(handedOn).toEqual(taken.toSorted((a, b) => b - a));
    expect([debts.take('alice').left, debts.size]).toEqual([1_000, 0]);
  });

  it('comes in again meanwhile, and is no other key’s', () => {
    const { clock, debts, leaves } = scene();
    leaves('alice', 900);
    leaves('alice', 100);
    clock.advance(1_000);
    expect([debts.leftOf('alice'), debts.leftOf('bob')]).toEqual([200, 1_000]);
    expect(debts.take('bob').left).toBe(1_000);
    expect(debts.take('alice').left).toBe(200);
    expect(debts.leftOf('alice')).toBe(1_000);
  });

  it('is nothing where all of the burst is there', () => {
    const { debts, leaves } = scene();
    leaves('alice', 0);
    expect(debts.size).toBe(0);
  });
});
