/**
 * µs of a clock that all processes of this machine share and that nobody sets: a moment in one can be taken from a
 * moment in another.
 */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
