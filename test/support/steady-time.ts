import { onTestFinished, vi } from 'vitest';

/**
 * Until the test has finished, work takes no time unless the test lets it: how long it takes decides where the core
 * goes on in another turn, and on a busy machine a few ms pass between any two lines.
 */
export function steadyTime(): void {
  const now = vi.spyOn(performance, 'now').mockReturnValue(1_000);
  onTestFinished(() => now.mockRestore());
}
