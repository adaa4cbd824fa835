const numbers = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** A count with its thousands apart. Offsets are names rather than counts: they are shown as they are. */
export function count(value: number): string {
  return numbers.format(value);
}

/** `1 session`, `2 sessions`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A rate a second: whole from 10 on, with one decimal below. */
export function rate(perS: number): string {
  return perS >= 10 ? count(Math.round(perS)) : short.format(perS);
}

/** `512 B`, `1.4 KiB`, `64 MiB`. */
export function bytes(value: number): string {
  if (value < 1_024) return `${count(value)} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let [scaled, unit] = [value / 1_024, 0];
  while (scaled >= 1_024 && unit < units.length - 1) {
    scaled /= 1_024;
    unit += 1;
  }
  return `${scaled >= 100 ? count(Math.round(scaled)) : short.format(scaled)} ${units[unit]}`;
}

/** `340 ms`, `12 s`, `9 min 40 s`, `3 h 5 min`, `2 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const s = Math.floor(ms / 1_000);
  if (s < 60) return `${s} s`;
  const two = (large: number, big: string, small: number, little: string): string =>
    small === 0 ? `${count(large)} ${big}` : `${count(large)} ${big} ${small} ${little}`;
  if (s < 3_600) return two(Math.floor(s / 60), 'min', s % 60, 's');
  if (s < 86_400) return two(Math.floor(s / 3_600), 'h', Math.floor((s % 3_600) / 60), 'min');
  return two(Math.floor(s / 86_400), 'd', Math.floor((s % 86_400) / 3_600), 'h');
}

/** Local time of day with milliseconds. */
export function timeOfDay(ms: number): string {
  const at = new Date(ms);
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
}

/** Local date and time of day, for a moment of another day. */
export function dateTime(ms: number): string {
  const at = new Date(ms);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${timeOfDay(ms).slice(0, 8)}`;
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}

const DECIMALS = 16;

/** A place in the log as addresses write it, `EPOCH_OFFSET`. */
export function positionText({ epoch, offset }: { readonly epoch: string; readonly offset: number }): string {
  return `${epoch}_${String(offset).padStart(DECIMALS, '0')}`;
}

/** Reads such a place; undefined where it is none. */
export function positionOf(text: string): { readonly epoch: string; readonly offset: number } | undefined {
  const [, epoch, decimals] = /^([!-~]{1,128})_(\d{1,16})$/.exec(text.trim()) ?? [];
  const offset = Number(decimals);
  return epoch !== undefined && Number.isSafeInteger(offset) ? { epoch, offset } : undefined;
}
