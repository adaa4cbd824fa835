import { PLACES, pathOf } from './sparkline-path.ts';

interface SparklineProps {
  /** The newest last. */
  readonly values: readonly number[];
  /** What it shows, in words. */
  readonly label: string;
}

/** The top is at least this, so that one message a minute is no mountain. */
const LEAST_TOP = 5;

/** A line without axes, beside a number that says where it stands. */
export function Sparkline({ values, label }: SparklineProps) {
  const top = Math.max(LEAST_TOP, ...values);
  const line = pathOf(values, top);
  const from = PLACES - values.length;
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${PLACES - 1} 100`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {values.length > 1 && (
        <>
          <path class="area" d={`${line}V100H${from}Z`} />
          <path class="line" d={line} />
        </>
      )}
    </svg>
  );
}
