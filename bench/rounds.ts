import type { Interruption } from './interrupt.ts';
import { type Row, rowOf } from './report/results.ts';
import type { Case, Figures, Size } from './scenario.ts';
import type { Stage } from './stage.ts';

/**
 * One round of one case, on a stage of its own, which ends with it.
 * @throws when it failed, or took longer than the limit of its case
 */
export async function playRound(
  each: Case,
  contender: string,
  stage: Stage,
  size: Size,
  interruption: Interruption,
): Promise<Figures | { readonly missing: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${each.limitMs} ms`)), each.limitMs);
  });
  try {
    return await interruption.unless(Promise.race([each.run(contender, stage, size), late]));
  } finally {
    clearTimeout(timer);
    await stage.end();
  }
}

/** What one round came to, in one line. */
export function roundLine(name: string, contender: string, figures: Figures, round: number): string {
  const { figures: all }: Row = rowOf('', name, contender, [figures]);
  const each = Object.entries(all).map(
    ([figure, { median }]) => `${figure} ${Number(median.toPrecision(4))}`,
  );
  return `  ${name}, round ${round}, ${contender}: ${each.join(', ')}`;
}
