import { systemClock } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { Admission } from '../../../server/src/web/entry/admission.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

/** Holds the event loop. */
function hold(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

describe('letting clients in', () => {
  it('happens in the order in which they came, in a later turn', async () => {
    const admission = new Admission(0, systemClock);
    const admitted: number[] = [];
    for (let i = 0; i < 100; i++) admission.enter(() => admitted.push(i));
    expect(admitted).toEqual([]);
    await until('all of them', () => admitted.length === 100);
    expect(admitted).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('gives others a turn in between, however many wait, and takes in those that connect meanwhile', async () => {
    const admission = new Admission(0, systemClock);
    let admitted = 0;
    const one = (): void => {
      hold(1);
      admitted++;
      if (admitted === 10) admission.enter(one);
    };
    for (let i = 0; i < 60; i++) admission.enter(one);
    const seen = new Set<number>();
    const check = (): void => {
      seen.add(admitted);
      if (admitted < 61) setImmediate(check);
    };
    check();
    await until('all of them', () => admitted === 61);
    // Of one in a ms, a turn has four or five.
    expect(seen.size).toBeGreaterThan(10);
  });

  it('holds a rate: four seconds of it come at once, five seconds wait, and the next one is rejected', async () => {
    const clock = new ManualClock();
    const admission = new Admission(10, clock);
    let admitted = 0;
    const enter = (): boolean => admission.enter(() => admitted++);
    const entered = Array.from({ length: 91 }, enter);
    expect(entered.filter((each) => each)).toHaveLength(90);
    expect(entered.at(-1)).toBe(false);
    await until('the first', () => admitted === 40);
    const turns = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) await new Promise(setImmediate);
    };
    await turns();
    expect([admitted, admission.waiting]).toEqual([40, 50]);
    clock.advance(1_000);
    await turns();
    expect(admitted).toBe(50);
    for (let i = 0; i < 400; i++) {
      clock.advance(10);
      await turns();
    }
    expect([admitted, admission.waiting]).toEqual([90, 0]);
    expect(clock.pending).toBe(0);
    expect(enter()).toBe(true);
  });

  it('admits all connections where the rate is 0', async () => {
    const admission = new Admission(0, new ManualClock());
    let admitted = 0;
    for (let i = 0; i < 20_000; i++) expect(admission.enter(() => admitted++)).toBe(true);
    await until('all of them', () => admitted === 20_000);
  });

  it('is not held up by a clock that is set back', async () => {
    const clock = new ManualClock();
    const admission = new Admission(10, clock);
    let admitted = 0;
    for (let i = 0; i < 41; i++) admission.enter(() => admitted++);
    await until('the first', () => admitted === 40);
    clock.set(clock.now() - 3_600_000);
    clock.advance(200);
    await until('the last', () => {
      clock.advance(100);
      return admitted === 41;
    });
  });
});
