import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { tableLines, widthOf } from '../../../cli/src/terminal/table.ts';

const COLUMNS = [
  { title: 'NAME', isFlexible: true },
  { title: 'N', isNumber: true },
  { title: 'WHO' },
] as const;

describe('a table', () => {
  it('aligns its columns, numbers to the right', () => {
    const rows = [
      ['a', '1', 'x'],
      ['longer', '100', ''],
    ];
    expect(tableLines(COLUMNS, rows, undefined)).toEqual([
      'NAME      N  WHO',
      'a         1  x',
      'longer  100',
    ]);
  });

  it('cuts the flexible column first, and then the row', () => {
    const rows = [['x'.repeat(40), '12345', 'somebody']];
    expect(tableLines(COLUMNS, rows, 30)).toEqual([
      'NAME               N  WHO',
      `${'x'.repeat(12)}…  12345  somebody`,
    ]);
    expect(tableLines(COLUMNS, rows, 12)).toEqual(['NAME       …', 'xxxxxxx…  1…']);
  });

  it('shows no control character, and counts wide characters twice', () => {
    const [, row] = tableLines(COLUMNS, [['\u001B[2J\u0007', '1', '投票']], undefined);
    expect(row).toBe('\\u001b[2J\\u0007  1  投票');
    expect([widthOf('投票'), widthOf('e\u0301'), widthOf('né')]).toEqual([4, 1, 2]);
  });

  const cell = fc.string({ unit: 'grapheme', maxLength: 40 });
  const rows = fc.array(fc.tuple(cell, cell, cell), { maxLength: 6 });
  test.prop([rows, fc.integer({ min: 1, max: 120 })])(
    'is one line a row, none wider than asked',
    (all, width) => {
      const lines = tableLines(COLUMNS, all, width);
      expect(lines).toHaveLength(all.length + 1);
      for (const line of lines) {
        expect(line).not.toContain('\n');
        expect(widthOf(line)).toBeLessThanOrEqual(width);
      }
    },
  );
});
