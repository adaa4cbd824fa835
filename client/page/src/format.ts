const numbers = new Intl.NumberFormat('en');

/** A count with its thousands apart. Offsets are names rather than counts: they are shown as they are. */
export function count(value: number): string {
  return numbers.format(value);
}

/** `1 session`, `2 sessions`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Local time of day with milliseconds. */
export function timeOfDay(ms: number): string {
  const at = new Date(ms);
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}
