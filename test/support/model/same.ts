import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { Gap } from '../../../client/src/types.ts';
import type { Line } from './server.ts';

/** What is not so is a failure of the bus; any other error is one of the test. */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  assert.fail(`${what}: ${inspect(actual, { depth: 6 })}, not ${inspect(expected, { depth: 6 })}`);
}

export function keyOf({ epoch, offset }: { readonly epoch: string; readonly offset: number }): string {
  return `${epoch}:${offset}`;
}

/** Whether an entry lies within a gap. */
export function covers({ epoch, from, to }: Gap, line: Line): boolean {
  return (
    epoch === line.epoch && (from ?? 0) <= line.offset && line.offset <= (to ?? Number.POSITIVE_INFINITY)
  );
}

export function add(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
