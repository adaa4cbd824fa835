import type { Build } from '../build.ts';
import { PRESENT, ROOT } from '../build.ts';
import { Interrupted, type Interruption } from '../interrupt.ts';
import type { Options } from '../options.ts';
import { commit } from '../report/machine.ts';
import type { Report } from '../report/report.ts';
import { rowOf } from '../report/results.ts';
import { playRound, roundLine } from '../rounds.ts';
import type { Case, Figures, Scenario } from '../scenario.ts';
import { Stage } from '../stage.ts';
import { casesOf, figuresOf, MORE_IS_BETTER } from './compared.ts';
import { probe } from './probe.ts';
import { againstTable, type ComparisonRow } from './table.ts';
import { compare, isGood } from './verdicts.ts';
import { Unbuildable, WorkTree } from './work-tree.ts';

/** Rounds below which a range says little. */
const ROUNDS_LEAST = 3;

/** The old build stands in the middle, so that both ratios are of neighbours in time. */
const ORDER = ['present', 'old', 'again'] as const;

type Contender = (typeof ORDER)[number];

/**
 * Measures this work tree, the commit `ref`, and that commit once more, in turn.
 * @throws Unbuildable when that commit cannot be built, or its server does not understand the load
 */
export async function againstCommit(
  ref: string,
  options: Options,
  interruption: Interruption,
): Promise<Report> {
  const tree = new WorkTree(ROOT, ref);
  try {
    const old = tree.commit.slice(0, 7);
    console.log(`Building ${old} in ${tree.folder}`);
    const builds = await understood(old, await tree.build(interruption), options, interruption);
    const run = new AgainstRun(builds, options, interruption);
    const compared: ComparisonRow[] = [];
    for (const scenario of options.scenarios) compared.push(...(await run.scenario(scenario)));
    return reportOf(compared, old, options.rounds);
  } finally {
    tree.remove();
  }
}

/** The builds by the names of contenders, once the load has tried both. */
async function understood(
  commit: string,
  old: Build,
  { size }: Options,
  interruption: Interruption,
): Promise<Record<Contender, Build>> {
  for (const [name, build] of [['This work tree', PRESENT] as const, [commit, old] as const]) {
    const answer = await playRound(probe, 'zerospan', new Stage(build), size, interruption).catch(reasonOf);
    if ('missing' in answer) {
      throw new Unbuildable(
        `${name} cannot be measured: the load generator cannot use its server: ${answer.missing}.`,
      );
    }
  }
  return { present: PRESENT, old, again: old };
}

/** A round that failed is a round without figures; an interrupt is none. */
function reasonOf(error: unknown): { readonly missing: string } {
  if (error instanceof Interrupted) throw error;
  return { missing: error instanceof Error ? error.message : String(error) };
}

class AgainstRun {
  readonly #builds: Record<Contender, Build>;
  readonly #options: Options;
  readonly #interruption: Interruption;

  constructor(builds: Record<Contender, Build>, options: Options, interruption: Interruption) {
    this.#builds = builds;
    this.#options = options;
    this.#interruption = interruption;
  }

  async scenario(scenario: Scenario): Promise<ComparisonRow[]> {
    const { isNamed, case: text } = this.#options;
    const cases = casesOf(scenario, isNamed, text);
    if (cases.length === 0) return [];
    console.log(`${scenario.name}: ${scenario.title}`);
    const all: ComparisonRow[] = [];
    for (const each of cases) all.push(...(await this.#case(scenario, each)));
    return all;
  }

  async #case(scenario: Scenario, each: Case): Promise<ComparisonRow[]> {
    const rounds: Record<Contender, (Figures | undefined)[]> = { present: [], old: [], again: [] };
    for (let i = 0; i < this.#options.rounds; i++) {
      // There and back: whatever a place in the order does, it does to both sides of a ratio equally often.
      for (const contender of i % 2 === 0 ? ORDER : ORDER.toReversed()) {
        rounds[contender][i] = await this.#round(each, contender, i + 1);
      }
    }
    const rows = {
      present: rowOf(scenario.name, each.name, 'present', rounds.present),
      old: rowOf(scenario.name, each.name, 'old', rounds.old),
      again: rowOf(scenario.name, each.name, 'again', rounds.again),
    };
    return figuresOf(scenario).map((figure) => {
      const at = (contender: Contender, i: number): number =>
        rows[contender].figures[figure]?.rounds[i] ?? Number.NaN;
      const trios = rounds.old.map((_, i) => ({
        present: at('present', i),
        old: at('old', i),
        again: at('again', i),
      }));
      const comparison = compare(trios, MORE_IS_BETTER.has(figure));
      return { scenario: scenario.name, case: each.name, figure, ...comparison };
    });
  }

  async #round(each: Case, contender: Contender, round: number): Promise<Figures | undefined> {
    const stage = new Stage(this.#builds[contender]);
    const [kind = 'zerospan'] = each.contenders;
    const label = { present: 'new', old: 'old', again: 'old again' }[contender];
    const answer = await playRound(each, kind, stage, this.#options.size, this.#interruption).catch(reasonOf);
    if ('missing' in answer) {
      console.log(`  ${each.name}, round ${round}, ${label}: ${answer.missing}`);
      return undefined;
    }
    console.log(roundLine(each.name, label, answer, round));
    return answer;
  }
}

function reportOf(compared: readonly ComparisonRow[], old: string, rounds: number): Report {
  const notes = [
    'Ratios are taken round by round: the median, and in brackets the least and the most. Above 1 is worse.',
    ...(rounds < ROUNDS_LEAST ? [`Of fewer than ${ROUNDS_LEAST} rounds the ranges say little.`] : []),
  ];
  return {
    markdown: [`### ${commit()} against ${old}`, ...notes, againstTable(compared, old)].join('\n\n'),
    data: { against: old, compared },
    isGood: isGood(compared),
  };
}
