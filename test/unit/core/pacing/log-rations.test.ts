import { describe, expect, it } from 'vitest';
import { LogRations } from '../../../../server/src/core/pacing/log-rations.ts';
import { uncaught } from '../../../../server/src/core/reports.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

describe('rations of the log', () => {
  it('keep nothing of a user that lacks nothing', () => {
    const clock = new ManualClock();
    const rations = new LogRations({ perS: 1_000, burst: 1_000 }, clock, uncaught);
    for (let user = 0; user < 500; user++) rations.take(`u${user}`, 1_000, () => undefined);
    expect(rations.size).toBe(500);
    clock.advance(1_000);
    for (let i = 0; i < 500; i++) rations.take('alice', 1, () => undefined);
    expect(rations.size).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('of 0 a second are none', () => {
    const rations = new LogRations({ perS: 0, burst: 1_000 }, new ManualClock(), uncaught);
    for (let i = 0; i < 100; i++) expect(rations.take('mallory', 1_000, () => undefined)).toBeUndefined();
    expect([rations.size, rations.leftOf('mallory')]).toEqual([0, 1_000]);
  });

  it('go to puts in the order in which they came, whatever called off between', () => {
    const clock = new ManualClock();
    const rations = new LogRations({ perS: 1_000, burst: 1_000 }, clock, uncaught);
    const gone: string[] = [];
    rations.take('mallory', 1_000, () => undefined);
    const [first] = ['a', 'b', 'c'].map((name) => rations.take('mallory', 500, () => gone.push(name)));
    first?.();
    clock.advance(500);
    expect(gone).toEqual(['b']);
    clock.advance(500);
    expect(gone).toEqual(['b', 'c']);
    expect(clock.pending).toBe(0);
  });

  it('go to the next put after its own wait once the first one is called off', () => {
    const clock = new ManualClock();
    const rations = new LogRations({ perS: 1_000, burst: 1_000 }, clock, uncaught);
    const gone: string[] = [];
    rations.take('mallory', 1_000, () => undefined);
    const [first] = ([1_000, 100, 200] as const).map((bytes) =>
      rations.take('mallory', bytes, () => gone.push(`${bytes}`)),
    );
    clock.advance(50);
    first?.();
    clock.advance(49);
    expect(gone).toEqual([]);
    clock.advance(1);
    expect(gone).toEqual(['100']);
    clock.advance(200);
    expect(gone).toEqual(['100', '200']);
    expect(clock.pending).toBe(0);
  });

  it('go on for those behind one that throws, which is reported', () => {
    const clock = new ManualClock();
    const failures: unknown[] = [];
    const rations = new LogRations({ perS: 1_000, burst: 1_000 }, clock, (error) => failures.push(error));
    const fault = new Error('of one put');
    const gone: number[] = [];
    rations.take('alice', 1_000, () => undefined);
    rations.take('alice', 100, () => {
      throw fault;
    });
    for (const bytes of [0, 100]) rations.take('alice', bytes, () => gone.push(bytes));
    clock.advance(100);
    expect([gone, failures]).toEqual([[0], [fault]]);
    clock.advance(100);
    expect([gone, failures.length, clock.pending]).toEqual([[0, 100], 1, 0]);
  });
});
