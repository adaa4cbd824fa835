import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BOUND_ROWS, type BoundCase } from '../../support/bound-case.ts';
import { authBounds } from './auth.ts';
import { clientBounds } from './client.ts';
import { coreBounds } from './core.ts';
import { COVERED } from './covered.ts';
import { logBounds } from './log.ts';
import { sessionBounds } from './session.ts';
import { webBounds } from './web.ts';
import { zeromqBounds } from './zeromq.ts';

const cases: readonly BoundCase[] = [
  ...coreBounds,
  ...sessionBounds,
  ...logBounds,
  ...webBounds,
  ...zeromqBounds,
  ...authBounds,
  ...clientBounds,
];

describe('what can grow holds its bound, and is back where it was once everything is let go', () => {
  it.each(cases.map((one) => [`${one.row}: ${one.what}`, one] as const))('%s', async (_, one) => {
    const holder = await one.open();
    const before = holder.kept();
    // Twice: what is not let go of shows as a bound that is reached too early.
    for (const round of ['first', 'second']) {
      await holder.fill();
      expect(holder.kept(), `${round} time, filled`).toMatchObject(holder.atBound);
      await holder.more?.();
      expect(holder.kept(), `${round} time, asked for more`).toMatchObject(holder.atBound);
      if (!holder.letGo) continue;
      await holder.letGo();
      expect(holder.kept(), `${round} time, let go`).toEqual(before);
    }
  });
});

describe('the table of bounds in ARCHITECTURE.md', () => {
  it('has rows, each of its own', () => {
    expect(BOUND_ROWS.length).toBeGreaterThan(50);
    expect(new Set(BOUND_ROWS).size).toBe(BOUND_ROWS.length);
  });

  it('has no row that is not driven to its bound, but for those listed with a reason', () => {
    const named = new Set([...cases, ...COVERED].map(({ row }) => row));
    const unnamed = BOUND_ROWS.filter(
      (row) => !named.has(row) && !row.split('; ').some((part) => named.has(part)),
    );
    expect(unnamed).toEqual([]);
  });

  it('has every row that is named here', () => {
    const parts = new Set(BOUND_ROWS.flatMap((row) => [row, ...row.split('; ')]));
    expect([...cases, ...COVERED].map(({ row }) => row).filter((row) => !parts.has(row))).toEqual([]);
  });

  it('is covered by files that are there', () => {
    const files = COVERED.flatMap(({ tests }) => tests);
    expect(files.filter((file) => !existsSync(new URL(`../../../${file}`, import.meta.url)))).toEqual([]);
    expect(COVERED.filter(({ tests, why }) => tests.length === 0 || why === '')).toEqual([]);
  });
});
