// Put before the server's own code: answers its parent what a turn of the event loop took at most, and what is held.
import { readFileSync } from 'node:fs';

/** In ms of its own CPU time, so that a busy machine does not count; in bytes after garbage collection. */
export interface Metered {
  readonly longestTurnMs: number;
  readonly heldBytes: number;
}

const EVERY_MS = 5;

let longestTurnMs = 0;
let atMs = performance.now();
let cpuMs = ownCpuMs();

setInterval(() => {
  const nowMs = performance.now();
  const nowCpuMs = ownCpuMs();
  longestTurnMs = Math.max(longestTurnMs, Math.min(nowMs - atMs - EVERY_MS, nowCpuMs - cpuMs));
  [atMs, cpuMs] = [nowMs, nowCpuMs];
}, EVERY_MS).unref();

process.on('message', () => {
  const turnMs = longestTurnMs;
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  // The collection was ours.
  longestTurnMs = 0;
  [atMs, cpuMs] = [performance.now(), ownCpuMs()];
  process.send?.({ longestTurnMs: turnMs, heldBytes: heapUsed + external } satisfies Metered);
});
process.channel?.unref();

/** Of the thread that runs JavaScript: those of ZeroMQ and of the garbage collector hold nobody up. */
function ownCpuMs(): number {
  return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[0]) / 1e6;
}
