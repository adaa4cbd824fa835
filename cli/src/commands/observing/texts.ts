import { count } from '../../terminal/terminal.ts';

/** Figures for people, as every command that reads the state of a server writes them. */

export function rateText(perS = 0): string {
  return perS >= 100 ? String(Math.round(perS)) : perS.toFixed(1);
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function sizeText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1_024 && unit < SIZES.length - 1) {
    size /= 1_024;
    unit += 1;
  }
  return `${Number(size.toFixed(1))} ${SIZES[unit]}`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** The two largest units: `9 min 40 s`. */
export function durationText(ms: number): string {
  let seconds = Math.floor(ms / 1_000);
  const parts: string[] = [];
  for (const [name, length] of UNITS) {
    const n = Math.floor(seconds / length);
    seconds -= n * length;
    if (n > 0) parts.push(`${n} ${name}`);
    else if (parts.length > 0) break;
  }
  return parts.length === 0 ? '0 s' : parts.slice(0, 2).join(' ');
}

/** The largest unit alone, for a column: `9 min`. Clocks of two machines may differ: never below nothing. */
export function agoText(ms: number): string {
  return /^\d+ \w+/.exec(durationText(Math.max(ms, 0)))?.[0] ?? '';
}

/** What a page leaves out; nothing where it is all. */
export function moreText(
  shown: number,
  { skip, total }: { readonly skip: number; readonly total: number },
  one: string,
): string[] {
  if (shown === total) return [];
  const next = skip + shown;
  const more = next < total ? `; the next ones: --skip ${next}` : '';
  return [`${shown === 0 ? 'None' : `${skip + 1} to ${next}`} of ${count(total, one)}${more}`];
}
