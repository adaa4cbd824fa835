import type { Publication } from '@zerospan/client';
import { type Path, valueAt } from '../../../data/json-path.ts';

/** Seconds since 1970, and a number at each: as uPlot takes them. */
export type Points = readonly [seconds: readonly number[], values: readonly number[]];

/** The number at a path of each message that has one, the oldest first. Of one moment the last counts. */
export function pointsOf(past: readonly Publication[], path: Path): Points {
  const seconds: number[] = [];
  const values: number[] = [];
  for (const publication of past) {
    const value = valueAt(publication.message, path);
    if (typeof value !== 'number') continue;
    // The server's clock may have been set back; a plot goes on to the right.
    const at = Math.max(publication.time / 1_000, seconds.at(-1) ?? 0);
    if (at === seconds.at(-1)) values[values.length - 1] = value;
    else {
      seconds.push(at);
      values.push(value);
    }
  }
  return [seconds, values];
}
