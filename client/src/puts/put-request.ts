import type { PutOptions, PutResult } from '../types.ts';

/** A put as its bus makes it. */
export interface PutRequest extends PutOptions {
  /** Checked JSON text. */
  readonly text: string;
  /** Called when it is appended, in the turn in which the answer comes: with `confirm`, its promise waits longer. */
  readonly accepted?: (result: PutResult) => void;
}
