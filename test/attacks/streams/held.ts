const MEGABYTE = 2 ** 20;

/** What clients of a stream made the server's process hold, each of them. */
export interface Held {
  readonly name: string;
  /** Heap and buffers after garbage collection, above those before. */
  readonly liveBytes: number;
  readonly liveMostBytes: number;
  /** Resident memory at its peak, above that before: with the garbage of all that was done meanwhile. */
  readonly peakBytes: number;
  readonly peakMostBytes: number;
  /** What the measurement saw. */
  readonly seen: string;
  /** What went wrong beside memory. */
  readonly faults: readonly string[];
}

/** What does not hold, whatever the machine. */
export function faultsOf({ liveBytes, liveMostBytes, faults }: Held): string[] {
  return [...faults, ...(liveBytes > liveMostBytes ? [`${mb(liveBytes)} MB held`] : [])];
}

/** The same with what depends on when garbage is collected. */
export function allFaultsOf(held: Held): string[] {
  const { peakBytes, peakMostBytes } = held;
  return [...faultsOf(held), ...(peakBytes > peakMostBytes ? [`${mb(peakBytes)} MB at the peak`] : [])];
}

export function line(held: Held): string {
  const { name, liveBytes, liveMostBytes, peakBytes, peakMostBytes, seen } = held;
  const faults = allFaultsOf(held).join('; ');
  return [
    `${name}: held +${mb(liveBytes)} MB (may ${mb(liveMostBytes)})`,
    `peak +${mb(peakBytes)} MB (may ${mb(peakMostBytes)})`,
    seen,
    faults ? `NOT held: ${faults}` : 'held',
  ].join('; ');
}

const mb = (bytes: number): string => (bytes / MEGABYTE).toFixed(2);
