/**
 * A moment as people read it, in the time zone of this machine: `14:02` if it is of today, else `2026-11-30 14:02`.
 * @param timeMs in ms since 1970, as `nowMs`
 */
export function momentText(timeMs: number, nowMs: number): string {
  const [day, clock] = partsOf(timeMs);
  return day === partsOf(nowMs)[0] ? clock : `${day} ${clock}`;
}

function partsOf(timeMs: number): readonly [day: string, clock: string] {
  const time = new Date(timeMs);
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return [day, `${two(time.getHours())}:${two(time.getMinutes())}`];
}
