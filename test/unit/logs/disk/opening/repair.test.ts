import { describe, expect, it } from 'vitest';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { DiskLife } from '../../../../support/disk-life.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';

const SEGMENT = /^segment-/;
const MAGIC = 'ZPAK';

function segmentsOf(disk: SimulatedDisk): string[] {
  return [...disk.volume.names.all.keys()].filter((name) => SEGMENT.test(name)).sort();
}

/** A log of five packs that was closed. */
async function closed(options = {}) {
  const disk = new SimulatedDisk({ seed: 2 });
  const clock = new ManualClock();
  const life = await DiskLife.start(disk, clock, { sync: 'os', ...options });
  for (let i = 1; i <= 5; i++) await life.settled(life.put(`${i} ${'x'.repeat(80)}`));
  await life.store.settled();
  await life.store.close();
  disk.kill();
  return { disk, clock, life };
}

/** Flips a bit in the last pack of a file. @returns all of the file up to the end of its packs, as it is now */
function damageLastPack(disk: SimulatedDisk, name: string): Buffer {
  const inode = disk.volume.inodeOf(name);
  inode.flip(disk.volume.bytesOf(name).lastIndexOf(MAGIC) + 60, 3);
  return disk.volume.bytesOf(name);
}

describe('the repair of a segment whose end was synced and cannot be read', () => {
  it('leaves the bytes there, and the log goes on in another one', async () => {
    const { disk, clock, life } = await closed();
    const [name = ''] = segmentsOf(disk);
    const bytes = damageLastPack(disk, name);
    for (let start = 0; start < 3; start++) {
      const again = await DiskLife.start(disk, clock);
      expect(again.opened.epoch).toBe(life.opened.epoch);
      await again.settled(again.put(`after ${start}`));
      expect([...(await again.texts()).keys()]).toEqual([1, 2, 3, 4, ...[6, 7, 8].slice(0, start + 1)]);
      expect((await again.scan(0)).dropped).toEqual([{ first: 5, to: 5, missed: null }]);
      expect(disk.volume.bytesOf(name).subarray(0, bytes.length)).toEqual(bytes);
      if (start === 1) await again.store.close();
      disk.kill();
    }
  });

  it('leaves them in the middle of the log as well, and cuts off half a footer where nothing is missing', async () => {
    const { disk, clock } = await closed({ segmentBytes: 400 });
    const [damaged = '', halfSealed = ''] = segmentsOf(disk);
    const packsOf = (name: string): Buffer => {
      const bytes = disk.volume.bytesOf(name);
      return bytes.subarray(0, bytes.length - 60);
    };
    for (const name of [damaged, halfSealed]) disk.volume.put(name, Buffer.from(packsOf(name)));
    const bytes = damageLastPack(disk, damaged);
    const whole = disk.volume.bytesOf(halfSealed).length + 60;
    const again = await DiskLife.start(disk, clock);
    expect(disk.volume.bytesOf(damaged).subarray(0, bytes.length)).toEqual(bytes);
    expect(disk.volume.bytesOf(halfSealed).length).toBe(whole);
    expect((await again.texts()).size).toBeLessThan(5);
  });
});
