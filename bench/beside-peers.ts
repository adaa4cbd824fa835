import { Interrupted, type Interruption } from './interrupt.ts';
import type { Options } from './options.ts';
import { judge } from './report/bars.ts';
import type { Report } from './report/report.ts';
import { type Row, rowOf } from './report/results.ts';
import { barsTable, scenarioTable } from './report/table.ts';
import { playRound, roundLine } from './rounds.ts';
import type { Case, Figures, Scenario } from './scenario.ts';
import { Stage } from './stage.ts';

/** Measures this work tree and its peers, and judges it by the bars. */
export async function besidePeers(options: Options, interruption: Interruption): Promise<Report> {
  const run = new PeersRun(options, interruption);
  const rows: Row[] = [];
  const tables: string[] = [];
  for (const scenario of options.scenarios) {
    const own = await run.scenario(scenario);
    rows.push(...own);
    if (own.length > 0) tables.push(`### ${scenario.name}: ${scenario.title}\n\n${scenarioTable(own)}`);
  }
  const verdicts = judge(rows);
  const { missing } = run;
  const absent = [...missing].map(([contender, how]) => `${contender} was not measured: ${how}`);
  return {
    markdown: [...tables, `### Bars\n\n${barsTable(rows)}`, ...absent].join('\n\n'),
    data: { missing: Object.fromEntries(missing), rows, verdicts },
    isGood: verdicts.every(({ verdict }) => verdict !== 'NOT met'),
  };
}

class PeersRun {
  /** Contenders that are not here, and how to get them. */
  readonly missing = new Map<string, string>();
  readonly #options: Options;
  readonly #interruption: Interruption;

  constructor(options: Options, interruption: Interruption) {
    this.#options = options;
    this.#interruption = interruption;
  }

  async scenario({ name, title, cases }: Scenario): Promise<Row[]> {
    const { case: text } = this.#options;
    const chosen = cases.filter((each) => each.name.includes(text));
    if (chosen.length > 0) console.log(`${name}: ${title}`);
    const rows: Row[] = [];
    for (const each of chosen) rows.push(...(await this.#case(name, each)));
    return rows;
  }

  async #case(scenario: string, each: Case): Promise<Row[]> {
    const { rounds, contender: only } = this.#options;
    const measured = new Map<string, (Figures | undefined)[]>();
    for (let i = 1; i <= rounds; i++) {
      for (const contender of each.contenders) {
        if (this.missing.has(contender) || (only !== undefined && contender !== only)) continue;
        const figures = await this.#round(each, contender);
        // A round that failed keeps its place: those with the same number are compared.
        const all = measured.get(contender) ?? [];
        all[i - 1] = figures;
        measured.set(contender, all);
        if (figures) console.log(roundLine(each.name, contender, figures, i));
      }
    }
    return [...measured]
      .filter(([, all]) => all.some((one) => one))
      .map(([contender, all]) => rowOf(scenario, each.name, contender, Array.from(all)));
  }

  async #round(each: Case, contender: string): Promise<Figures | undefined> {
    try {
      const answer = await playRound(each, contender, new Stage(), this.#options.size, this.#interruption);
      if (!('missing' in answer)) return answer;
      this.missing.set(contender, answer.missing);
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      console.log(`  ${contender}: ${String(error)}`);
    }
    return undefined;
  }
}
