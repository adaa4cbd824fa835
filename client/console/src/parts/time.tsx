import { dateTime, timeOfDay } from '../data/format.ts';

interface TimeProps {
  /** In ms since 1970. */
  readonly ms: number;
  /** Whether the day stands with it; default: it does for another day than today. */
  readonly withDate?: boolean;
}

/** A moment, in the person's own time; the title has the day and all else. */
export function Time({ ms, withDate }: TimeProps) {
  const at = new Date(ms);
  const isOtherDay = withDate ?? at.toDateString() !== new Date().toDateString();
  return (
    <time class="time" dateTime={at.toISOString()} title={at.toISOString()}>
      {isOtherDay ? dateTime(ms) : timeOfDay(ms)}
    </time>
  );
}
