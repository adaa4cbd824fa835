import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Files } from '../../../../../server/src/logs/disk/files/files.ts';
import { LEASE_MOST } from '../../../../../server/src/logs/disk/identity/lease.ts';
import { MetaFile, type MetaRead, readMeta } from '../../../../../server/src/logs/disk/identity/meta.ts';
import { FIXTURE } from '../../../../support/disk/fixture.ts';
import {
  damageSlot,
  FIXTURE_META,
  fixtureMeta,
  META,
  STARTED,
  slotOfVersion,
} from '../../../../support/disk/metas.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { until } from '../../../../support/until.ts';

const SEEDS = Array.from({ length: 150 }, (_, seed) => seed);

async function begin(files: Files, change: Partial<typeof STARTED> = {}): Promise<MetaFile> {
  return MetaFile.begin(files, await readMeta(files), { ...STARTED, ...change });
}

async function goodMeta(files: Files): Promise<MetaRead & { readonly kind: 'good' }> {
  const found = await readMeta(files);
  if (found.kind !== 'good') throw new Error(`the meta is ${found.kind}`);
  return found;
}

describe('meta', () => {
  it('is there only when it is whole, and then it survives', async () => {
    for (const seed of SEEDS) {
      const disk = new SimulatedDisk({ seed });
      const { files } = disk.start();
      let begun = false;
      const beginning = begin(files).then(() => {
        begun = true;
      });
      // At any moment of it, or after it.
      for (let turns = seed % 30; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      if (seed > 120) await beginning;
      disk.powerLoss();
      const found = await readMeta(disk.start().files);
      expect(begun ? ['good'] : ['none', 'good'], `seed ${seed}`).toContain(found.kind);
      if (found.kind === 'good') expect([found.meta.epoch, found.isOneBad]).toEqual([META.epoch, false]);
      // What was left of it is not in the way.
      await begin(disk.start().files);
      expect([...disk.volume.names.all.keys()]).toEqual(['meta']);
    }
  });

  it('has each change that has resolved after a power loss, and none of a change halfway', async () => {
    for (const seed of SEEDS) {
      const disk = new SimulatedDisk({ seed });
      const meta = await begin(disk.start().files);
      let safe = META.leaseUpTo;
      const changing = (async () => {
        for (let i = 1; i <= 10; i++) {
          await meta.write({ leaseUpTo: META.leaseUpTo + i });
          safe = META.leaseUpTo + i;
        }
      })();
      for (let turns = seed; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      void changing;
      disk.powerLoss();
      const found = await goodMeta(disk.start().files);
      const leaseUpTo = found.meta.leaseUpTo - (found.isOneBad ? LEASE_MOST : 0);
      expect([safe, safe + 1], `seed ${seed}`).toContain(leaseUpTo);
      expect(found.meta.epoch).toBe(META.epoch);
    }
  });

  it('with one bad slot answers the other, and a lease as high as the bad one may have had it', async () => {
    for (const slot of [0, 1] as const) {
      const disk = new SimulatedDisk({ seed: 1 });
      const meta = await begin(disk.start().files);
      await meta.write({ leaseUpTo: 10_000 });
      await meta.write({ leaseUpTo: 20_000 });
      const newest = (await goodMeta(disk.start().files)).slot;
      damageSlot(disk, slot);
      const found = await goodMeta(disk.start().files);
      expect(found.isOneBad).toBe(true);
      expect(found.meta.leaseUpTo).toBe((slot === newest ? 10_000 : 20_000) + LEASE_MOST);
      // The next start makes it whole again, as it began it.
      await begin(disk.start().files, { leaseUpTo: 30_000, epoch: 'another' });
      for (const other of [0, 1] as const) {
        const copy = disk.copy();
        damageSlot(copy, other);
        expect((await goodMeta(copy.start().files)).meta).toMatchObject({ epoch: 'another' });
      }
    }
  });

  it('with two bad slots is unreadable, as one that is empty is; the next start writes it in its place', async () => {
    const disk = new SimulatedDisk({ seed: 1 });
    await begin(disk.start().files);
    const { inode } = disk.volume.inodeOf('meta').stat;
    const breakages = [
      () => disk.volume.put('meta', Buffer.alloc(0)),
      () => disk.volume.put('meta', Buffer.alloc(8_192)),
      () => {
        for (const slot of [0, 1] as const) damageSlot(disk, slot);
      },
    ];
    for (const damaged of breakages) {
      damaged();
      expect(await readMeta(disk.start().files)).toEqual({ kind: 'unreadable' });
      await begin(disk.start().files);
      expect((await goodMeta(disk.start().files)).meta).toMatchObject({ ...STARTED, inode });
    }
  });

  it('of a newer version is said to be so, whichever slot it is in, and is not touched', async () => {
    for (const slot of [0, 1] as const) {
      const disk = new SimulatedDisk({ seed: 1 });
      await begin(disk.start().files);
      const bytes = disk.volume.bytesOf('meta');
      bytes.set(slotOfVersion(2), slot * 4_096);
      disk.volume.put('meta', bytes);
      const { files } = disk.start();
      const found = await readMeta(files);
      expect(found).toEqual({ kind: 'newer', version: 2 });
      await expect(MetaFile.begin(files, found, STARTED)).rejects.toThrow('newer');
      expect(disk.volume.bytesOf('meta').equals(bytes)).toBe(true);
    }
  });

  it('of version 1 is read, and written in the same bytes', async () => {
    const written = readFileSync(new URL('meta', FIXTURE));
    expect(fixtureMeta().equals(written)).toBe(true);
    const disk = new SimulatedDisk({ seed: 1 });
    disk.volume.put('meta', written);
    expect(await readMeta(disk.start().files)).toMatchObject({
      kind: 'good',
      meta: FIXTURE_META,
      number: 7,
      slot: 0,
      isOneBad: false,
    });
  });

  it('rejects where it cannot be read, instead of taking it for none', async () => {
    const disk = new SimulatedDisk({ seed: 1 });
    await begin(disk.start().files);
    disk.faults.fail({ operation: 'read', name: /^meta$/ }, 'EIO', 1);
    await expect(readMeta(disk.start().files)).rejects.toMatchObject({ code: 'EIO' });
  });

  it('makes one change at a time, in order', async () => {
    const disk = new SimulatedDisk({ seed: 1 });
    const meta = await begin(disk.start().files);
    const open = disk.faults.stall({ operation: 'write' });
    const changes = [5_000, 6_000, 7_000].map((leaseUpTo) => meta.write({ leaseUpTo }));
    await until('the first', () => disk.faults.stalled({ operation: 'write' }) > 0);
    expect(disk.faults.stalled({ operation: 'write' })).toBe(1);
    expect(meta.meta.leaseUpTo).toBe(META.leaseUpTo);
    open();
    await Promise.all(changes);
    expect(meta.meta.leaseUpTo).toBe(7_000);
    await meta.close();
  });

  it('has the change before a rejected one, or that one, and takes the next', async () => {
    const disk = new SimulatedDisk({ seed: 1 });
    const meta = await begin(disk.start().files);
    await meta.write({ leaseUpTo: 5_000 });
    for (let i = 0; i < 3; i++) {
      disk.faults.fail({ operation: 'write' }, 'ENOSPC', 1);
      await expect(meta.write({ leaseUpTo: 6_000 })).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(meta.meta.leaseUpTo).toBe(5_000);
      expect([5_000, 6_000]).toContain((await goodMeta(disk.start().files)).meta.leaseUpTo % LEASE_MOST);
    }
    await meta.write({ leaseUpTo: 7_000 });
    disk.powerLoss();
    expect((await goodMeta(disk.start().files)).meta.leaseUpTo).toBe(7_000);
  });

  it('knows its file again, and gives up a time of birth that changes', async () => {
    const disk = new SimulatedDisk({ seed: 1 });
    const meta = await begin(disk.start().files);
    const { inode, birthMs } = disk.volume.inodeOf('meta').stat;
    expect(meta.meta).toMatchObject({ inode, birthMs });
    await meta.write({});
    expect(meta.meta).toMatchObject({ inode, birthMs });
    // As where the system answers the last change.
    disk.volume.inodeOf('meta').birthMs++;
    await meta.write({});
    expect(meta.meta.birthMs).toBe(0);
    await meta.close();
    const again = await begin(disk.start().files);
    expect(again.meta).toMatchObject({ inode, birthMs: 0 });
  });
});
