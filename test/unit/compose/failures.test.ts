import { describe, expect, it } from 'vitest';
import { Failures } from '../../../server/src/compose/process/failures.ts';
import { ManualClock } from '../../support/manual-clock.ts';

describe('notices of a log', () => {
  function scene() {
    const clock = new ManualClock();
    const lines: { about: object; text: string }[] = [];
    const warn = (about: object, text: string): void => void lines.push({ about, text });
    return { clock, lines, failures: new Failures({ warn, error: warn }, clock) };
  }

  it('are a few lines, however often something is found, and say how many were left out', () => {
    const { clock, lines, failures } = scene();
    for (let i = 0; i < 1_000; i++)
      failures.notice({ event: 'log-damaged', text: `message ${i} is no pack`, sequence: i });
    const { length } = lines;
    expect(length).toBeLessThan(8);
    expect(lines[0]).toEqual({ about: { event: 'log-damaged', sequence: 0 }, text: 'message 0 is no pack' });
    failures.notice({ event: 'log-epoch', text: 'another epoch begins' });
    expect(lines.at(-1)?.text).toBe('another epoch begins');
    clock.advance(10_000);
    failures.notice({ event: 'log-damaged', text: 'one more' });
    const left = lines.map(({ about }) => ('suppressed' in about ? (about.suppressed as number) : 0));
    expect(left.reduce((sum, each) => sum + each, 0)).toBe(1_000 - length);
  });
});
