import { describe, expect, it } from 'vitest';
import { Admission } from '../../../server/src/web/admission.ts';
import { until } from '../../support/until.ts';

/** Holds the event loop. */
function hold(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

describe('letting clients in', () => {
  it('happens in the order in which they came, in a later turn', async () => {
    const admission = new Admission();
    const admitted: number[] = [];
    for (let i = 0; i < 100; i++) admission.enter(() => admitted.push(i));
    expect(admitted).toEqual([]);
    await until('all of them', () => admitted.length === 100);
    expect(admitted).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('gives others a turn in between, however many there are, and takes in those who come meanwhile', async () => {
    const admission = new Admission();
    let admitted = 0;
    const one = (): void => {
      hold(1);
      admitted++;
      if (admitted === 10) admission.enter(one);
    };
    for (let i = 0; i < 60; i++) admission.enter(one);
    const seen = new Set<number>();
    const look = (): void => {
      seen.add(admitted);
      if (admitted < 61) setImmediate(look);
    };
    look();
    await until('all of them', () => admitted === 61);
    // Of one in a ms, a turn has four or five.
    expect(seen.size).toBeGreaterThan(10);
  });
});
