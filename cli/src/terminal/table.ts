import { printable } from './terminal.ts';

export interface Column {
  readonly title: string;
  /** Numbers end in line. Default: false. */
  readonly isNumber?: boolean;
  /** Whether it is cut where a row is too wide. Default: false. */
  readonly isFlexible?: boolean;
}

/** What a flexible column keeps in any case. */
const LEAST = 8;

const GAP = '  ';

/**
 * A table for people: a line for its titles and one for each row, columns aligned. What is too wide is cut.
 * @param width of the terminal; undefined: unlimited
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): string[] {
  const shown = rows.map((row) => row.map(printable));
  const titles = columns.map(({ title }) => title);
  const widths = fitted(
    columns,
    columns.map((_, i) => Math.max(...[titles, ...shown].map((row) => widthOf(row[i] ?? '')))),
    width,
  );
  return [titles, ...shown].map((row) => {
    const cells = columns.map(({ isNumber = false }, i) => {
      const most = widths[i] ?? 0;
      const text = cut(row[i] ?? '', most);
      const room = ' '.repeat(Math.max(most - widthOf(text), 0));
      return isNumber ? room + text : text + room;
    });
    const line = cells.join(GAP).trimEnd();
    return width === undefined ? line : cut(line, width);
  });
}

/** The widest flexible column gives way first. */
function fitted(columns: readonly Column[], natural: readonly number[], width: number | undefined): number[] {
  const widths = [...natural];
  if (width === undefined) return widths;
  const sum = (): number => widths.reduce((all, one) => all + one, GAP.length * (columns.length - 1));
  while (sum() > width) {
    let widest = -1;
    for (const [i, { isFlexible }] of columns.entries())
      if (isFlexible && (widths[i] ?? 0) > Math.max(LEAST, widths[widest] ?? 0)) widest = i;
    if (widest < 0) return widths;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uFF01-\uFF60]/u;
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += NONE.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

function cut(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += widthOf(character);
    if (width > most - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
