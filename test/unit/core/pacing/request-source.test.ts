import { describe, expect, it } from 'vitest';
import { BurstDebts } from '../../../../server/src/core/pacing/burst-debts.ts';
import { RequestSource } from '../../../../server/src/core/pacing/request-source.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

function scene(perS = 10, burst = 10) {
  const clock = new ManualClock();
  const debts = perS === 0 ? undefined : new BurstDebts({ perS, burst }, clock);
  const valve = { isHeld: false, holds: 0, releases: 0, hold: () => {}, release: () => {} };
  valve.hold = () => {
    valve.isHeld = true;
    valve.holds++;
  };
  valve.release = () => {
    valve.isHeld = false;
    valve.releases++;
  };
  let held = 0;
  const bus = { clock, debts, reports: { held: () => void held++ } };
  const open = () => new RequestSource(valve, 'alice', bus);
  return { clock, debts, valve, bus, open, held: () => held };
}

describe('the source of one session’s requests', () => {
  it('is held while its pace is exceeded and while a request waits, and released after both (W14, S10)', () => {
    const { clock, valve, open, held } = scene();
    const source = open();
    const done: string[] = [];
    source.spend(11);
    let go = (): void => {};
    source.after(
      (later) => {
        go = later;
        return () => {};
      },
      () => done.push('waited'),
    );
    expect([valve.isHeld, valve.holds, held()]).toEqual([true, 1, 1]);
    clock.advance(100);
    expect([source.isHeld, valve.isHeld, done]).toEqual([true, true, []]);
    go();
    expect([source.isHeld, valve.isHeld, valve.releases, done]).toEqual([false, false, 1, ['waited']]);
  });

  it('does at once what need not wait', () => {
    const { valve, open } = scene(0);
    const source = open();
    let done = 0;
    source.after(
      () => undefined,
      () => done++,
    );
    source.spend(1_000_000);
    expect([done, valve.holds]).toEqual([1, 0]);
  });

  it('calls off what waits when it ends, and leaves its debt to the next one, held from the first moment', () => {
    const { clock, debts, valve, open } = scene();
    const source = open();
    source.spend(20);
    let calledOff = 0;
    source.after(
      () => () => calledOff++,
      () => undefined,
    );
    source.end();
    expect([calledOff, clock.pending, debts?.leftOf('alice')]).toEqual([1, 0, -10]);
    valve.isHeld = false;
    const next = open();
    expect([valve.isHeld, next.isHeld, debts?.size]).toEqual([true, true, 0]);
    clock.advance(1_000);
    expect(valve.isHeld).toBe(false);
  });

  it('is released where a request that waited throws', () => {
    const { valve, open } = scene(0);
    let go = (): void => {};
    open().after(
      (later) => {
        go = later;
        return () => {};
      },
      () => {
        throw new Error('of this request');
      },
    );
    expect(valve.isHeld).toBe(true);
    expect(go).toThrow('of this request');
    expect(valve.isHeld).toBe(false);
  });

  it('has one burst with all that share it, and leaves what was too much to the next one once (W14)', () => {
    const { clock, debts, valve, bus } = scene();
    const share = () => new RequestSource(valve, 'alice', bus, true);
    const sources = [share(), share(), share()];
    for (const source of sources) source.spend(5);
    expect(sources.map(({ isHeld }) => isHeld)).toEqual([false, false, true]);
    expect([new RequestSource(valve, 'alice', bus).isHeld, debts?.size]).toEqual([false, 0]);
    for (const source of sources) source.end();
    expect([debts?.leftOf('alice'), debts?.size, clock.pending]).toEqual([-5, 1, 0]);
    const next = share();
    expect(next.isHeld).toBe(true);
    clock.advance(500);
    expect([next.isHeld, debts?.size]).toEqual([false, 0]);
  });
});
