import type { Case, Scenario } from '../scenario.ts';

/** What two commits are compared by in one scenario. */
interface Compared {
  /** Cases that are run when none is named; left out: none of them. */
  readonly cases?: readonly string[];
  /** Figures of its cases: see `Figures`. */
  readonly figures: readonly string[];
}

/** By the name of the scenario. Each scenario has an entry, or `--against` could not run it. */
const COMPARED: Readonly<Record<string, Compared>> = {
  'fan-out': { cases: ['200 × 5,000/s', '200 × 20,000/s'], figures: ['cpuUs', 'deliveredShare'] },
  guarded: { figures: ['cpuUs', 'deliveredShare'] },
  events: { figures: ['cpuUs', 'deliveredShare'] },
  direct: { cases: ['1,000 × own'], figures: ['cpuUs', 'deliveredShare'] },
  rooms: { cases: ['1,000 × room and own'], figures: ['cpuUs', 'deliveredShare'] },
  'broadcast put': { cases: ['1 put × 1,000 channels'], figures: ['cpuUs', 'deliveredShare'] },
  put: { figures: ['cpuUs', 'deliveredShare'] },
  // Saturated: the number of messages says what each costs.
  observer: { cases: ['1 socket, 10,000 channels'], figures: ['cpuUs', 'deliveriesPerS'] },
  ingest: { cases: ['1 channel', '1,000 channels'], figures: ['cpuUs', 'messagesPerS'] },
  disk: { figures: ['cpuUs'] },
  scale: { figures: ['cpuUs', 'deliveredShare'] },
  // Nothing is busy: p99 is the scheduler's.
  latency: { figures: ['p50Ms', 'cpuUs'] },
  idle: { cases: ['10,000 connections'], figures: ['bytesEach', 'connectS'] },
  storm: { figures: ['connectedS', 'resumedS'] },
};

/** Figures of which more is better: their ratio is turned over, so that above 1 is worse for all. */
export const MORE_IS_BETTER: ReadonlySet<string> = new Set([
  'deliveredShare',
  'deliveriesPerS',
  'messagesPerS',
]);

/** @throws when the scenario has no entry */
export function figuresOf({ name }: Scenario): readonly string[] {
  return entryOf(name).figures;
}

/** @param named whether scenarios or cases were named; without, only the cases that every change must keep */
export function casesOf({ name, cases }: Scenario, named: boolean, text: string): readonly Case[] {
  const usual = entryOf(name).cases;
  return cases.filter((each) => each.name.includes(text) && (named || usual?.includes(each.name)));
}

function entryOf(name: string): Compared {
  const entry = COMPARED[name];
  if (!entry)
    throw new Error(`bench/against/compared.ts does not say what the scenario "${name}" is compared by`);
  return entry;
}
