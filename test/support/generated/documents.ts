import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { helpOf } from '../command-help.ts';
import { PAGES } from '../documents.ts';
import { logBytes } from './log-bytes.ts';
import { metricsTables } from './metrics.ts';
import { type Generator, regenerate } from './regions.ts';
import {
  closesTable,
  codesTable,
  eventsTable,
  failuresTable,
  problemsTable,
  refusalsTable,
  settingsTables,
} from './tables.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const GENERATORS: ReadonlyMap<string, Generator> = new Map<string, Generator>([
  ['settings', settingsTables],
  ['metrics', metricsTables],
  ['refusals', refusalsTable],
  ['problems', problemsTable],
  ['events', eventsTable],
  ['failures', failuresTable],
  ['codes', codesTable],
  ['closes', closesTable],
  ['log-bytes', logBytes],
  ['help', async (command) => `\`\`\`text\n${(await helpOf(command)).trimEnd()}\n\`\`\``],
]);

/** Documents that have generated regions. */
export const GENERATED: readonly string[] = PAGES.filter(({ text }) => text.includes('<!-- generated: ')).map(
  ({ path }) => path,
);

export function read(path: string): string {
  return readFileSync(`${root}${path}`, 'utf8');
}

/** A document as it should be, with its regions generated again from the code. */
export function fresh(path: string): Promise<string> {
  return regenerate(read(path), GENERATORS);
}
