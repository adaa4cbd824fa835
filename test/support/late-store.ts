import { Random } from './random.ts';

/** Takes up to `turns` turns of the queue of promises, by its own numbers: late, and the same each time. */
export function lateBy(turns: number, seed = 7): () => Promise<void> {
  const random = new Random(seed);
  return async () => {
    for (let left = Math.floor(random.next() * (turns + 1)); left > 0; left--) await Promise.resolve();
  };
}

/** Offsets as on many machines: a sequence × 4096, here with one record each. */
export function inSteps(head: number): number {
  return (Math.floor(head / 4_096) + 1) * 4_096;
}
