import { describe, expect, it } from 'vitest';
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
});
