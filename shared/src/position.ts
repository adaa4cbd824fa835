/** A place in the bus: which log (its epoch) and how far (the last offset had). Offsets of two epochs never compare. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** Whether a value is an offset: a whole number from 0 (before everything) to 2^53 - 1. */
export function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function isPosition(value: unknown): value is Position {
  if (typeof value !== 'object' || value === null) return false;
  const { epoch, offset } = value as Record<string, unknown>;
  return typeof epoch === 'string' && epoch !== '' && isOffset(offset);
}
