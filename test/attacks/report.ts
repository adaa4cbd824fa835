import type { Holding } from './server-process.ts';

/**
 * Heap and buffers after an attack may be above those before it by this, in bytes: code that was compiled, and tables
 * that have grown.
 */
export const SLACK_BYTES = 4 * 1024 * 1024;

export interface Attack {
  readonly name: string;
  readonly times: number;
  readonly tookMs: number;
  readonly before: Holding;
  readonly after: Holding;
}

/** What is left of it that should not be. */
export function tracesOf({ before, after }: Attack): string[] {
  const grown = after.heapBytes + after.externalBytes - before.heapBytes - before.externalBytes;
  return [
    ...after.unhandled,
    ...(after.descriptors > before.descriptors
      ? [`${after.descriptors - before.descriptors} descriptors`]
      : []),
    ...(after.handles > before.handles ? [`${after.handles - before.handles} handles`] : []),
    ...(grown > SLACK_BYTES ? [`${grown} bytes`] : []),
  ];
}

const mb = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);

export function line(attack: Attack): string {
  const { name, times, tookMs, before, after } = attack;
  const heap = `heap and buffers ${mb(before.heapBytes + before.externalBytes)} → ${mb(after.heapBytes + after.externalBytes)} MB`;
  const rest = `descriptors ${before.descriptors} → ${after.descriptors}, handles ${before.handles} → ${after.handles}`;
  const left = tracesOf(attack).join(', ') || 'nothing';
  return `${name}: ${times} in ${(tookMs / 1_000).toFixed(1)} s; ${heap}, ${rest}; unhandled ${after.unhandled.length}; left: ${left}`;
}
