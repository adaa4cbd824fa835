import { describe, expect, it } from 'vitest';
import {
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
} from '../../../../../server/src/logs/disk/format/segment-header.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { DiskLife } from '../../../../support/disk-life.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';

const SEGMENT = /^segment-/;

function segmentsOf(disk: SimulatedDisk): string[] {
  return [...disk.volume.names.all.keys()].filter((name) => SEGMENT.test(name)).sort();
}

/** A log that was closed with three publications, and started again. */
async function startedAgain() {
  const disk = new SimulatedDisk({ seed: 2 });
  const clock = new ManualClock();
  const first = await DiskLife.start(disk, clock);
  for (let i = 1; i <= 3; i++) await first.settled(first.put(`${i}`));
  await first.store.close();
  return { disk, clock, life: await DiskLife.start(disk, clock) };
}

describe('the start of a log on disk', () => {
  it('gives no offset again where segments are gone that were there at the start before, in the same boot', async () => {
    const { disk, clock, life } = await startedAgain();
    for (let i = 4; i <= 6; i++) await life.settled(life.put(`${i}`));
    disk.kill();
    const { files } = disk.start();
    for (const name of segmentsOf(disk)) await files.remove(name);
    disk.kill();
    const again = await DiskLife.start(disk, clock);
    expect(again.opened.epoch).toBe(life.opened.epoch);
    expect(again.opened.head).toBeGreaterThanOrEqual(6);
    expect(again.notes.join()).toContain('Offsets 1 to 3 are missing');
    expect(again.opened.forgottenUpTo).toBeGreaterThanOrEqual(clock.now());
    const [answer] = (await again.scan(0)).dropped;
    expect(answer).toEqual({ first: null, to: again.opened.head, missed: null });
  });

  it.each(['kill', 'close'])(
    'writes nothing of a new epoch into a segment of the old one, after a %s',
    async (end) => {
      const { disk, clock, life } = await startedAgain();
      await life.settled(life.put('4'));
      if (end === 'close') await life.store.close();
      disk.kill();
      const again = await DiskLife.start(disk, clock, { isNewEpoch: true });
      expect([again.opened.begins, again.opened.head]).toEqual([4, 4]);
      await again.settled(again.put('5'));
      const [old = '', newest = '', ...others] = segmentsOf(disk);
      const epochs = [old, newest].map((name) => readSegmentHeader(disk.volume.bytesOf(name)));
      expect(epochs).toMatchObject([{ epoch: life.opened.epoch }, { epoch: again.opened.epoch, before: 4 }]);
      expect([others, disk.volume.bytesOf(old).includes('"5"')]).toEqual([[], false]);
      expect([...(await again.texts()).keys()]).toEqual([1, 2, 3, 4, 5]);
    },
  );

  it('begins a new epoch above all that was given, though nothing of it can be read', async () => {
    const { disk, clock, life } = await startedAgain();
    await life.settled(life.put('4'));
    await life.store.close();
    disk.kill();
    const [name = ''] = segmentsOf(disk);
    const bytes = disk.volume.bytesOf(name);
    disk.volume.put(name, Buffer.from(bytes).fill(0, SEGMENT_HEADER_BYTES));
    const again = await DiskLife.start(disk, clock, { isNewEpoch: true });
    expect(again.opened.head).toBe(4);
    expect(await again.settled(again.put('5'))).toMatchObject({ offset: 5 });
  });
});
