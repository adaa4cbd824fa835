import { isOffset, type Position } from '@zerospan/shared';

/** Decimals of an offset in a position: all safe integers have the same length, so that positions sort as text. */
const DECIMALS = 16;

/** An epoch that may stand in a header and in a line: visible ASCII. */
const POSITION = /^([!-~]{1,128})_(\d{1,16})$/;

/** A place in the log as HTTP writes it, `EPOCH_OFFSET`: everything up to it was seen, over all channels. */
export function positionText({ epoch, offset }: Position): string {
  return `${epoch}_${String(offset).padStart(DECIMALS, '0')}`;
}

/** Reads a position; undefined where it is not one. */
export function positionOf(text: string): Position | undefined {
  const [, epoch, decimals] = POSITION.exec(text) ?? [];
  const offset = Number(decimals);
  return epoch !== undefined && isOffset(offset) ? { epoch, offset } : undefined;
}
