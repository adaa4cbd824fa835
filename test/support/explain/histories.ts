import { Random } from '../random.ts';
import { steadyTime } from '../steady-time.ts';
import { ExplainWorld } from './explain-world.ts';

/** Steps of one history. */
const STEPS = 60;

export interface Histories {
  /** Of the first; those that follow have the numbers behind it. */
  readonly seed: number;
  readonly runs: number;
  /** Least and most of the journal. Default: more than a history needs. */
  readonly journalBytes?: readonly [number, number];
}

/** Plays random histories. @returns how often each verdict was given */
export async function playHistories({
  seed: first,
  runs,
  journalBytes,
}: Histories): Promise<Map<string, number>> {
  steadyTime();
  const said = new Map<string, number>();
  for (let seed = first; seed < first + runs; seed++) {
    const bytes = journalBytes && new Random(seed).between(...journalBytes);
    const world = new ExplainWorld({ seed, ...(bytes !== undefined && { journalBytes: bytes }) });
    await world.run(STEPS).catch((error: Error) => {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    });
    for (const [verdict, count] of world.verdicts) said.set(verdict, (said.get(verdict) ?? 0) + count);
  }
  return said;
}
