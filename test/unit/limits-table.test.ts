import { existsSync, readFileSync } from 'node:fs';
import { CLOSE, CODES } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../server/src/settings/settings.ts';
import { DROP_REASONS } from '../../server/src/zeromq/framing.ts';
import { LIMITS_TABLE } from '../support/limits-table.ts';

const metrics = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
const closeCodes: readonly number[] = [1008, 1009, ...Object.values(CLOSE).map(({ code }) => code)];

describe('the table of limits in SECURITY.md', () => {
  it('has every setting of limits, once, in their order', () => {
    const named = LIMITS_TABLE.map(({ setting }) => setting).filter((path) => path.startsWith('limits.'));
    expect(named).toEqual(SETTINGS.map(({ path }) => path).filter((path) => path.startsWith('limits.')));
  });

  it.each(LIMITS_TABLE)('$setting: setting, default, codes and metrics are there', (row) => {
    const setting = SETTINGS.find(({ path }) => path === row.setting);
    expect(row.default).toBe(String(setting?.default));
    for (const code of row.codes) expect(CODES).toHaveProperty(code);
    for (const code of row.closeCodes) expect(closeCodes).toContain(code);
    expect(row.metrics.length).toBeGreaterThan(0);
    for (const { name, label, value } of row.metrics) {
      expect(metrics).toContain(`\`${name}\``);
      if (label === 'code') expect(row.codes).toContain(value);
      if (name === 'zerospan_zeromq_dropped_total') expect(DROP_REASONS).toContain(value);
    }
  });
});

it('SECURITY.md and ARCHITECTURE.md name tests that are there', () => {
  const root = new URL('../../', import.meta.url);
  const named = ['SECURITY.md', 'ARCHITECTURE.md'].flatMap((page) =>
    [...readFileSync(new URL(page, root), 'utf8').matchAll(/`(test\/[\w./-]+\.ts)`/g)].map(
      ([, path = '']) => path,
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});
