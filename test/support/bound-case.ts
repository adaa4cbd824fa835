import { readFileSync } from 'node:fs';

/** What something keeps, in counts and sizes. */
export type Kept = Readonly<Record<string, number>>;

/** Something that grows with what clients do, and its bound. */
export interface Holder {
  /** What it keeps now. */
  kept(): Kept;
  /** Takes all that there may be. */
  fill(): unknown;
  /** What it keeps then, or a part of that. */
  readonly atBound: Kept;
  /** Asks for more than there may be; left out where `fill` does so. */
  more?(): unknown;
  /** Clients leave, time passes: everything that was taken goes. Left out where each stays until a newer one comes. */
  letGo?(): unknown;
}

/** Drives one holder to its bound and back. */
export interface BoundCase {
  /** The first cell of its row in the table of bounds of ARCHITECTURE.md, or one part of it between semicolons. */
  readonly row: string;
  /** What is measured. */
  readonly what: string;
  open(): Holder | Promise<Holder>;
}

/** A row that no {@link BoundCase} drives. */
export interface CoveredRow {
  readonly row: string;
  /** Why it is not driven here, and what is tested instead. */
  readonly why: string;
  /** Files of tests, from the top of the repository. */
  readonly tests: readonly string[];
}

const document = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');

const [table = ''] = document.slice(document.indexOf('| what can grow | bound |')).split('\n\n');

/** The first cells of the table of bounds. */
export const BOUND_ROWS: readonly string[] = table
  .split('\n')
  .slice(2)
  .map((line) => line.split(' | ')[0]?.replace(/^\| /, '') ?? '');

/** The first few whole numbers. */
export function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}
