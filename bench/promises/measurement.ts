import type { Stage } from '../stage.ts';
import type { Check } from './check.ts';

/** How long a measurement goes on, where the command line says so. */
export interface Length {
  /** Of each of its phases; undefined: its own. Those of a fixed length take no notice. */
  readonly seconds: number | undefined;
}

/** One promise, measured. */
export interface Measurement {
  readonly name: string;
  /** What is done, in one line. */
  readonly title: string;
  /** It has failed when it takes longer than this many ms. */
  readonly limitMs: number;
  /** Longer than all others together: it is run only when it is named. */
  readonly isLong?: boolean;
  /** @param short scaled down for a quick look: its figures show that it runs, not that the promise is kept */
  run(stage: Stage, short: boolean, length: Length): Promise<Check[]>;
}
