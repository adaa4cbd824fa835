import { expect, it } from 'vitest';
import { MetaFile, readMeta } from '../../../../../server/src/logs/disk/identity/meta.ts';
import { type Verdict, verdictOf } from '../../../../../server/src/logs/disk/identity/verdict.ts';
import { META, STARTED } from '../../../../support/disk/metas.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';

/** A log that ended as these say. */
async function ended(change: Partial<typeof STARTED> = {}): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk({ seed: 3 });
  const { files } = disk.start();
  const meta = await MetaFile.begin(files, await readMeta(files), STARTED);
  await meta.write(change);
  disk.kill();
  return disk;
}

async function verdictOn(disk: SimulatedDisk): Promise<Verdict> {
  const { files, bootId } = disk.start();
  return verdictOf(await readMeta(files), bootId);
}

const closed = { cleanHead: 77 } as const;
const moved = { ...closed, isMoved: true } as const;

it.each([
  ['that is killed goes on', {}, (disk: SimulatedDisk) => disk, { kind: 'same-boot' }],
  ['whose machine ended may have lost something', {}, afterPowerLoss, { kind: 'other-boot' }],
  ['that was closed has lost nothing', closed, afterPowerLoss, { kind: 'clean', head: 77 }],
  ['that is copied is another', {}, copyOf, { kind: 'copy' }],
  ['that is copied after it was closed is another', closed, copyOf, { kind: 'copy' }],
  ['that was moved goes on elsewhere', moved, copyOf, { kind: 'moved', head: 77 }],
  ['that was to be moved and was not goes on', moved, (disk: SimulatedDisk) => disk, { kind: 'clean' }],
  ['that was to be moved and not closed is another', { isMoved: true }, copyOf, { kind: 'copy' }],
])('a log %s', async (_what, change, then, expected) => {
  const disk = then(await ended(change));
  expect(await verdictOn(disk)).toMatchObject({ ...expected, isOneBad: false });
});

function afterPowerLoss(disk: SimulatedDisk): SimulatedDisk {
  disk.powerLoss();
  return disk;
}

function copyOf(disk: SimulatedDisk): SimulatedDisk {
  return disk.copy();
}

it('a log of which nothing is said is new', async () => {
  expect(await verdictOn(new SimulatedDisk({ seed: 1 }))).toEqual({ kind: 'new' });
});

it('a copy that was given the inode of the original is known by its birth, where that is known', async () => {
  const disk = await ended();
  const found = await readMeta(disk.start().files);
  if (found.kind !== 'good') throw new Error(`the meta is ${found.kind}`);
  const stat = { ...found.stat, birthMs: found.stat.birthMs + 1 };
  expect(verdictOf({ ...found, stat }, META.bootId).kind).toBe('copy');
  const meta = { ...found.meta, birthMs: 0 };
  expect(verdictOf({ ...found, meta, stat }, META.bootId).kind).toBe('same-boot');
});
