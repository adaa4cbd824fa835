import { parseArgs } from 'node:util';
import type { Scenario, Size } from './scenario.ts';

/** What is to be measured, and where the report goes. */
export interface Options {
  /** In the order in which they are run. */
  readonly scenarios: readonly Scenario[];
  /** Whether scenarios or cases were named on the command line. */
  readonly isNamed: boolean;
  /** Only cases whose name holds this text; '': all. */
  readonly case: string;
  /** Only this contender. */
  readonly contender: string | undefined;
  /** A commit to compare with, in place of the peers. */
  readonly against: string | undefined;
  readonly rounds: number;
  readonly size: Size;
  readonly json: string | undefined;
  readonly markdown: string | undefined;
}

export type Reading =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'mistake'; readonly text: string };

/**
 * Load before anything is measured: a runtime goes on compiling hot code for seconds, and a server runs for months.
 */
const WARM_UP_MS = 3_000;
const SHORT_MS = 1_000;
const ROUNDS = 5;
const SECONDS = 3;

/** @param args without the runtime and the script */
export function readOptions(args: readonly string[], all: readonly Scenario[]): Reading {
  try {
    return read(args, all);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { kind: 'mistake', text: `${error.message}\nnpm run bench -- --help lists what there is.` };
  }
}

function read(args: readonly string[], all: readonly Scenario[]): Reading {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      against: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      case: { type: 'string', default: '' },
      contender: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      short: { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'string' },
    },
  });
  if (values.help) return { kind: 'help', text: help(all) };
  const { against, contender, short, json, markdown } = values;
  const scenarios = chosen(all, [...positionals, ...values.only]);
  const cases = scenarios.flatMap(({ cases }) => cases).filter(({ name }) => name.includes(values.case));
  if (cases.length === 0)
    throw new Error(`None of the chosen scenarios has a case named like "${values.case}".`);
  if (contender !== undefined) {
    if (against !== undefined) throw new Error('--against has contenders of its own: leave --contender out.');
    const names = new Set(cases.flatMap(({ contenders }) => contenders));
    if (!names.has(contender)) throw new Error(`"${contender}" is none of ${[...names].join(', ')}.`);
  }
  const rounds = atLeast('--rounds', values.rounds, short ? 1 : ROUNDS, 1);
  if (!Number.isInteger(rounds)) throw new Error('--rounds takes a whole number.');
  const seconds = atLeast('--seconds', values.seconds, short ? SHORT_MS / 1_000 : SECONDS, 0.1);
  const size: Size = { warmUpMs: short ? SHORT_MS : WARM_UP_MS, measureMs: seconds * 1_000, short };
  const isNamed = positionals.length + values.only.length > 0 || values.case !== '';
  const options = { scenarios, isNamed, case: values.case, contender, against, rounds, size, json, markdown };
  return { kind: 'run', options };
}

function chosen(all: readonly Scenario[], names: readonly string[]): readonly Scenario[] {
  const known = all.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Error(`There is no scenario "${unknown}"; there are ${known.join(', ')}.`);
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

function atLeast(flag: string, text: string | undefined, otherwise: number, least: number): number {
  if (text === undefined) return otherwise;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= least && value < Number.POSITIVE_INFINITY)) {
    throw new Error(`${flag} takes a number from ${least}, not "${text}".`);
  }
  return value;
}

function help(all: readonly Scenario[]): string {
  const width = Math.max(...all.map(({ name }) => name.length)) + 2;
  return `npm run bench -- [SCENARIO…] [options]

Measures the server beside its peers, or with --against beside another commit. Each round runs
in processes of its own, and contenders take turns. Compare figures of one run only.

  --only NAME       the same as SCENARIO; may be repeated
  --case TEXT       only cases whose name contains TEXT
  --rounds N        rounds of each case (${ROUNDS})
  --seconds N       how long each round is measured, after ${WARM_UP_MS / 1_000} s of warm-up (${SECONDS})
  --short           one round of ${SHORT_MS / 1_000} s at a smaller scale: shows that everything runs, not how fast
  --json FILE       writes the report as JSON
  --markdown FILE   writes the tables as Markdown
  --help            prints this text

Beside the peers (npm ci --prefix bench/peers --ignore-scripts installs them):
  --contender NAME  only this server
  Exits with 1 if a bar is not met.

Beside another commit:
  --against REF     builds that commit in a temporary work tree, and runs it in turn with this
                    work tree and once more with itself: the second shows the noise of this run.
                    Without a scenario or case: the cases that every change must keep.
  Exits with 1 if a case is slower than 1.05 times the commit and than its noise, or was not
  measured; with 2 if the commit cannot be built, or its server does not understand the load.

Scenarios:
${all.map(({ name, title }) => `  ${name.padEnd(width)}${title}`).join('\n')}`;
}
