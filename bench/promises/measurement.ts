import type { Stage } from '../stage.ts';
import type { Check } from './check.ts';

/** One promise, measured. */
export interface Measurement {
  readonly name: string;
  /** What is done, in one line. */
  readonly title: string;
  /** It has failed when it takes longer than this many ms. */
  readonly limitMs: number;
  /** @param short scaled down for a quick look: its figures show that it runs, not that the promise is kept */
  run(stage: Stage, short: boolean): Promise<Check[]>;
}
