import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { channelsOf, LoadPublisher, Pace, Stamps } from '../../../../cli/src/load/index.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A pace, and how often it acted. */
function paced() {
  const acts = { count: 0 };
  return { acts, pace: new Pace(() => acts.count++) };
}

describe('a pace', () => {
  it.each([1, 10, 999, 1_000, 7_777, 50_000])('of %i a second acts so often', (rate) => {
    const { acts, pace } = paced();
    pace.start(rate);
    vi.advanceTimersByTime(3_000);
    expect(acts.count).toBeGreaterThanOrEqual(3 * rate - 1);
    expect(acts.count).toBeLessThanOrEqual(3 * rate);
  });

  it('makes up for timers that come late', () => {
    const { acts, pace } = paced();
    pace.start(1_000);
    vi.advanceTimersByTime(500);
    // The clock goes on and no timer fires: the process was held up.
    vi.setSystemTime(Date.now());
    const held = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => held + 400);
    vi.advanceTimersByTime(1);
    expect(acts.count).toBeGreaterThanOrEqual(899);
    vi.restoreAllMocks();
  });

  it('leaves out what is more than a second late, which would come as one burst', () => {
    const { acts, pace } = paced();
    pace.start(1_000);
    const held = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => held + 60_000);
    vi.advanceTimersByTime(1);
    expect(acts.count).toBe(1_000);
    vi.restoreAllMocks();
  });

  it('of 0 does nothing, and stops one that ran', () => {
    const { acts, pace } = paced();
    pace.start(100);
    pace.start(0);
    vi.advanceTimersByTime(1_000);
    expect(acts.count).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may be stopped by what it does', () => {
    const acts: number[] = [];
    const pace: Pace = new Pace(() => {
      acts.push(1);
      if (acts.length === 5) pace.stop();
    });
    pace.start(10_000);
    vi.advanceTimersByTime(1_000);
    expect(acts).toHaveLength(5);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes on from nothing when it is started again', () => {
    const { acts, pace } = paced();
    pace.start(1_000);
    vi.advanceTimersByTime(100);
    pace.stop();
    const before = acts.count;
    vi.advanceTimersByTime(10_000);
    pace.start(1_000);
    vi.advanceTimersByTime(100);
    expect(acts.count - before).toBeLessThanOrEqual(100);
  });
});

describe('a publisher', () => {
  it('puts on its channels in turn, a stamped payload each', () => {
    const sent: [string, number][] = [];
    const outlet = { send: (channel: string, payload: string) => void sent.push([channel, payload.length]) };
    const publisher = new LoadPublisher(outlet, channelsOf('load', 3), new Stamps(64));
    for (let i = 0; i < 4; i++) publisher.publish();
    expect(sent).toEqual([
      ['load.0', 64],
      ['load.1', 64],
      ['load.2', 64],
      ['load.0', 64],
    ]);
    expect(publisher.sent).toBe(4);
  });

  it('has one channel of just that name where none are counted', () => {
    expect(channelsOf('load', 0)).toEqual(['load']);
    expect(channelsOf('load', 1)).toEqual(['load.0']);
  });
});
