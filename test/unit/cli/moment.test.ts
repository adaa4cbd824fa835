import { describe, expect, it } from 'vitest';
import { momentText } from '../../../cli/src/terminal/moment.ts';

const at = (day: number, hour: number, minute: number): number =>
  new Date(2026, 11, day, hour, minute).getTime();

describe('a moment for people', () => {
  it('has its date only where that is not today', () => {
    const now = at(2, 0, 5);
    expect(momentText(at(2, 0, 1), now)).toBe('00:01');
    expect(momentText(at(1, 23, 59), now)).toBe('2026-12-01 23:59');
  });
});
