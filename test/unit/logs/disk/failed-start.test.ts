import { describe, expect, it } from 'vitest';
import type { Aim } from '../../../support/disk/simulated/faults.ts';
import { SimulatedDisk } from '../../../support/disk/simulated-disk.ts';
import { DiskLife, turnsUntil } from '../../../support/disk-life.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const OPTIONS = { bytes: 2_000, segmentBytes: 400, lastBytes: 10_000 };
const SEGMENT = /^segment-/;

/** A log of which segments were dropped, with all that is kept and remembered of them; its process was killed. */
async function killed() {
  const disk = new SimulatedDisk({ seed: 2 });
  const clock = new ManualClock();
  const life = await DiskLife.start(disk, clock, OPTIONS);
  for (let i = 0; i < 20; i++) await life.settled(life.put('x'.repeat(80), undefined, [`c${i}`]));
  await life.store.settled();
  expect([...disk.volume.names.all.keys()].join()).toMatch(/lasts.*dropped-/);
  disk.kill();
  return { disk, clock };
}

describe('a start that fails', () => {
  it.each<[string, Aim, string]>([
    ['the newest segment cannot be opened', { operation: 'names', name: SEGMENT }, 'EMFILE'],
    ['the newest segment cannot be synced', { operation: 'sync', name: SEGMENT }, 'EIO'],
    ['what the log says of itself cannot be written', { operation: 'write', name: /^meta/ }, 'EIO'],
    ['what is remembered cannot be opened', { operation: 'names', name: /^dropped/ }, 'EMFILE'],
    ['what is remembered cannot be read just now', { operation: 'read', name: /^dropped/ }, 'ENOMEM'],
    ['what is kept cannot be read just now', { operation: 'read', name: /^lasts/ }, 'ENOMEM'],
    ['the reserve cannot be made', { operation: 'write', name: /^reserve/ }, 'EIO'],
  ])('where %s leaves no file open and no lock, and the next one finds all', async (_, aim, code) => {
    const { disk, clock } = await killed();
    // Made again, as after it was let go of.
    if (disk.volume.names.all.has('reserve')) await disk.start().files.remove('reserve');
    const over = disk.faults.fail(aim, code);
    const life = await DiskLife.prepare(disk, clock, OPTIONS);
    await expect(life.open()).rejects.toMatchObject({ code });
    await turnsUntil(() => disk.volume.opened === 0);
    over();
    const again = await DiskLife.start(disk, clock, OPTIONS);
    expect((await again.scan()).entries.length).toBe(20);
  });

  it('to begin the first segment leaves no file open and no lock', async () => {
    const disk = new SimulatedDisk({ seed: 2 });
    const over = disk.faults.fail({ operation: 'sync', name: SEGMENT }, 'EIO');
    const life = await DiskLife.prepare(disk, new ManualClock());
    await expect(life.open()).rejects.toMatchObject({ code: 'EIO' });
    expect(disk.volume.opened).toBe(0);
    over();
    expect((await DiskLife.start(disk, new ManualClock())).opened.head).toBe(0);
  });
});

describe('a log that failed, or found no room', () => {
  it.each([
    ['failed', 'EIO'],
    ['found no room for a footer', 'ENOSPC'],
  ])('and %s leaves no file open once it is closed', async (_, code) => {
    const disk = new SimulatedDisk({ seed: 2 });
    const clock = new ManualClock();
    const life = await DiskLife.start(disk, clock, { segmentBytes: 400 });
    const over = disk.faults.stall({ operation: 'sync', name: SEGMENT });
    for (let i = 0; i < 8; i++) {
      life.put('x'.repeat(150));
      await turnsUntil(() => life.written.length === i + 1);
    }
    disk.faults.fail({ operation: 'write', name: SEGMENT }, code);
    over();
    await life.store.close();
    expect([disk.volume.opened, clock.pending]).toEqual([0, 0]);
    const next = await DiskLife.prepare(disk, clock);
    await next.store.close();
  });
});
