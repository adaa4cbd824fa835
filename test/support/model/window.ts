import { LIMITS } from '@zerospan/shared';

/** Window sizes are constants of the protocol: here they are what the run says. */
export function setWindow(windowBytes: number): () => void {
  const before = LIMITS.windowBytes;
  Object.assign(LIMITS, { windowBytes });
  return () => Object.assign(LIMITS, { windowBytes: before });
}
