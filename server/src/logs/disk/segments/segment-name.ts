/** As many digits as the largest offset has: so names sort as offsets do. */
const DIGITS = 16;

const SEGMENT = /^segment-(\d{16})\.log$/;
const DROPPED = /^dropped-(\d{16})\.index$/;

/** Where last publications are kept, and where the next ones are written before they take that name. */
export const LASTS_NAME = 'lasts';
export const NEXT_LASTS_NAME = 'lasts.new';

/** A name of this ending is that of a file which was not finished: nobody needs it. */
export const UNFINISHED_ENDING = '.new';

/** @param before offset of the newest entry before the segment */
export function segmentName(before: number): string {
  return `segment-${digitsOf(before)}.log`;
}

/** What is remembered of a segment that was dropped. */
export function droppedName(before: number): string {
  return `dropped-${digitsOf(before)}.index`;
}

/** The `before` of the segment that a file is named for; undefined: it is no segment. */
export function segmentOf(name: string): number | undefined {
  return beforeOf(SEGMENT, name);
}

/** The `before` of the dropped segment that a file is named for; undefined: it is none. */
export function droppedOf(name: string): number | undefined {
  return beforeOf(DROPPED, name);
}

function digitsOf(before: number): string {
  return String(before + 1).padStart(DIGITS, '0');
}

function beforeOf(pattern: RegExp, name: string): number | undefined {
  const first = Number(pattern.exec(name)?.[1] ?? 0);
  return first > 0 && Number.isSafeInteger(first) ? first - 1 : undefined;
}
