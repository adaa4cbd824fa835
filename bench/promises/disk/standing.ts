import { readdirSync } from 'node:fs';
import { residentBytes } from '../../cpu.ts';
import { atMost, type Check } from '../check.ts';
import { type Directory, median } from './directory.ts';

/** What a server and its log take at one moment. */
export interface Standing {
  /** Since the beginning of the run, as a share of it. */
  readonly at: number;
  readonly residentMb: number;
  readonly descriptors: number;
  readonly files: number;
  readonly megabytes: number;
}

export function standing(at: number, pid: number, directory: Directory): Standing {
  const { files, bytes } = directory.taken;
  return {
    at,
    residentMb: residentBytes(pid) / 1e6,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    files,
    megabytes: bytes / 1e6,
  };
}

/** A log is full by then, and code that runs often is compiled. */
const SETTLED_AT = 0.25;
/** How much of the run is compared. */
const SHARE = 0.2;
const GROWTH_MOST = 1.1;

const QUANTITIES = [
  ['resident', ({ residentMb }) => residentMb, 'MB'],
  ['open descriptors', ({ descriptors }) => descriptors, ''],
  ['files of the log', ({ files }) => files, ''],
  ['bytes of the log', ({ megabytes }) => megabytes, 'MB'],
] as const satisfies readonly (readonly [string, (standing: Standing) => number, string])[];

/** Whether anything grew: the last fifth of the run beside the fifth after its first quarter, as medians. */
export function steadiness(all: readonly Standing[]): Check[] {
  const early = all.filter(({ at }) => at >= SETTLED_AT && at < SETTLED_AT + SHARE);
  const late = all.filter(({ at }) => at >= 1 - SHARE);
  return QUANTITIES.map(([what, of, unit]) =>
    atMost(
      `${what}, median of the last fifth`,
      median(late.map(of)),
      GROWTH_MOST * median(early.map(of)),
      unit,
    ),
  );
}
