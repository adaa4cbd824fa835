import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { NodeFiles } from '../../../server/src/logs/disk/files/node-files.ts';
import { MetaFile, readMeta } from '../../../server/src/logs/disk/identity/meta.ts';
import type { Meta } from '../../../server/src/logs/disk/identity/meta-slot.ts';
import { fixtureFiles } from './fixture.ts';
import { STARTED } from './metas.ts';
import { put } from './records.ts';
import { EPOCH, fileOf, sealed, segmentOf } from './segments.ts';

/** A folder for one test, with nothing in it. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'log-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder with the log of the fixture, closed by a server. @param more what its meta says otherwise */
export async function logFolder(more: Partial<Meta> = {}): Promise<string> {
  const folder = await emptyFolder();
  for (const [name, bytes] of fixtureFiles()) await writeFile(join(folder, name), bytes);
  const files = new NodeFiles(folder);
  const started = { ...STARTED, epoch: EPOCH, cleanHead: 101, startedAt: 100, leaseUpTo: 4_200, ...more };
  const meta = await MetaFile.begin(files, await readMeta(files), started);
  await meta.close();
  return folder;
}

/** Adds last publications, which have outlived the segment that was dropped. */
export async function addLasts(folder: string): Promise<void> {
  const made = segmentOf([
    { time: 1_764_547_199_000, records: [put(['old'])] },
    { time: 1_764_547_199_500, records: [put(['quiet'])] },
  ]);
  await writeFile(join(folder, 'lasts'), fileOf(made, sealed(made)));
}
