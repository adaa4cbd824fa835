import { systemClock } from '@zerospan/shared';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

describe("the system's clock", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('runs an action once, after its delay', () => {
    const action = vi.fn();
    systemClock.later(50, action);
    vi.advanceTimersByTime(49);
    expect(action).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(action).toHaveBeenCalledOnce();
  });

  it('calls an action off', () => {
    const action = vi.fn();
    systemClock.later(50, action)();
    vi.advanceTimersByTime(1_000);
    expect(action).not.toHaveBeenCalled();
  });

  it('does not fire at once when the delay is longer than a timer takes', () => {
    const action = vi.fn();
    systemClock.later(Number.MAX_SAFE_INTEGER, action);
    vi.advanceTimersByTime(60_000);
    expect(action).not.toHaveBeenCalled();
    vi.clearAllTimers();
  });

  it('tells the time', () => {
    vi.setSystemTime(1_795_458_000_123);
    expect(systemClock.now()).toBe(1_795_458_000_123);
  });
});
