import fc from 'fast-check';
import { Edges } from './edges.ts';
import { run } from './run.ts';
import { diskSteps, openings, type Step, settings, steps } from './steps.ts';
import type { Setting } from './world.ts';

/** What every run of all tests plays. */
export const ALWAYS = { runs: 500, seed: 1 } as const;

export interface Hunt {
  readonly runs: number;
  /** Where random numbers begin; the same scripts come of the same seed. Default: another one each time. */
  readonly seed?: number | undefined;
  /** Whether the log is late in all scripts, or in none. Default: in half of them. */
  readonly late?: boolean | undefined;
  /** What keeps the log. Default: memory. */
  readonly store?: Setting['store'];
  /** Steps of one script. Default: from 60 to 90. */
  readonly steps?: { readonly least: number; readonly most: number };
  /** Whether to look for a smaller script that fails as well. Default: yes. */
  readonly shrinks?: boolean;
  /** Called after each run that showed nothing. */
  readonly onRun?: (() => void) | undefined;
}

export interface Found {
  /** Runs made before the one that failed, or in all. */
  readonly runs: number;
  readonly seed: number;
  readonly edges: Edges;
  /** What failed, and in which script, as small as it became. */
  readonly failure:
    | { readonly error: unknown; readonly setting: Setting; readonly script: readonly Step[] }
    | undefined;
}

/** Plays random scripts against the bus until one shows that a promise is not kept. */
export async function hunt({
  runs,
  seed,
  late,
  store,
  steps: length,
  shrinks = true,
  onRun,
}: Hunt): Promise<Found> {
  const { least, most } = length ?? { least: 60, most: 90 };
  const edges = new Edges();
  const property = fc.asyncProperty(
    settings.map((setting) => ({ ...setting, store, late: late ?? setting.late })),
    openings,
    new Script(store === 'disk' ? diskSteps : steps, least, most),
    async (setting, opening, script) => {
      const world = await run(setting, [...opening, ...script]);
      edges.add(world.edges);
      onRun?.();
    },
  );
  const details = await fc.check(property, {
    numRuns: runs,
    endOnFailure: !shrinks,
    ...(seed !== undefined && { seed }),
  });
  const [setting, opening = [], script = []] = details.counterexample ?? [];
  const failure = setting && { error: details.errorInstance, setting, script: [...opening, ...script] };
  return { runs: details.numRuns - (failure ? 1 : 0), seed: details.seed, edges, failure };
}

/** Runs of one portion of a long hunt: by its seed alone, what it finds is found again within seconds. */
const PORTION = 250;

/** Hunts for at least this long, in portions whose seeds follow each other. */
export async function huntFor(forMs: number, { seed = 1, ...more }: Omit<Hunt, 'runs'>): Promise<Found> {
  const endMs = Date.now() + forMs;
  const edges = new Edges();
  let runs = 0;
  for (let portion = seed; ; portion++) {
    const found = await hunt({ ...more, runs: PORTION, seed: portion });
    if (found.failure) return found;
    edges.add(found.edges);
    runs += found.runs;
    if (Date.now() >= endMs) return { seed, runs, edges, failure: undefined };
  }
}

/** What was found, to be printed and to be made a named test of. */
export function story({ runs, seed, failure }: Found): string {
  if (!failure) return `${runs} runs of seed ${seed} showed nothing`;
  const { error, setting, script } = failure;
  return [
    `After ${runs} runs of seed ${seed}: ${error instanceof Error ? error.message : String(error)}`,
    `setting ${JSON.stringify(setting)}`,
    `script ${JSON.stringify(script)}`,
  ].join('\n');
}

/** Scripts that are long when they are made, and as short as it takes when they are shrunk. */
class Script extends fc.Arbitrary<Step[]> {
  readonly #long: fc.Arbitrary<Step[]>;
  readonly #short: fc.Arbitrary<Step[]>;

  constructor(of: fc.Arbitrary<Step>, least: number, most: number) {
    super();
    this.#long = fc.array(of, { minLength: least, maxLength: most, size: 'max' });
    this.#short = fc.array(of, { maxLength: most, size: 'max' });
  }

  generate(random: fc.Random, bias: number | undefined): fc.Value<Step[]> {
    return this.#long.generate(random, bias);
  }

  canShrinkWithoutContext(value: unknown): value is Step[] {
    return this.#short.canShrinkWithoutContext(value);
  }

  shrink(value: Step[], context: unknown): fc.Stream<fc.Value<Step[]>> {
    return this.#short.shrink(value, context);
  }
}
