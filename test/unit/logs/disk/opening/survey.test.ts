import { describe, expect, it } from 'vitest';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { DiskLife } from '../../../../support/disk-life.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';

const SEGMENT = /^segment-/;

function segmentsOf(disk: SimulatedDisk): string[] {
  return [...disk.volume.names.all.keys()].filter((name) => SEGMENT.test(name)).sort();
}

async function logOf(puts: number, options = {}) {
  const disk = new SimulatedDisk({ seed: 2 });
  const clock = new ManualClock();
  const life = await DiskLife.start(disk, clock, { sync: 'os', segmentBytes: 500, ...options });
  for (let i = 0; i < puts; i++) await life.settled(life.put(`${i} ${'x'.repeat(50)}`, i + 1));
  await life.store.settled();
  return { disk, clock, life };
}

describe('what a start finds of segments', () => {
  it('believes no footer above what was synced: the packs may not have reached the disk', async () => {
    const { disk, clock, life } = await logOf(6);
    const names = segmentsOf(disk);
    // Written, and not synced: of the last segment that is sealed, the packs are lost, and the footer is there.
    const sealed = names.at(-2) ?? '';
    disk.powerLoss();
    for (const name of names) disk.volume.put(name, disk.volume.bytesOf(name));
    const bytes = Buffer.from(disk.volume.bytesOf(sealed));
    const packs = bytes.indexOf('ZPAK');
    disk.volume.put(sealed, bytes.fill(0, packs, packs + 40));
    const again = await DiskLife.start(disk, clock, { sync: 'os', segmentBytes: 500 });
    const texts = await again.texts();
    for (const { offset } of again.opened.puts) expect(texts.has(offset), `put at ${offset}`).toBe(true);
    expect(again.opened.head).toBeGreaterThanOrEqual(life.written.at(-1)?.offset ?? 0);
  });

  it('gives a segment its footer where it has none, and lets it be', async () => {
    const { disk, clock } = await logOf(6);
    const [first = ''] = segmentsOf(disk);
    const whole = disk.volume.bytesOf(first);
    disk.kill();
    disk.volume.put(first, whole.subarray(0, whole.length - 30));
    const again = await DiskLife.start(disk, clock);
    expect([...(await again.texts()).keys()]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(disk.volume.bytesOf(first).length).toBe(whole.length);
    expect([...again.opened.puts].map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('reports a segment that is not there any more as one gap, and goes on', async () => {
    const { disk, clock, life } = await logOf(8);
    await life.store.close();
    const names = segmentsOf(disk);
    const gone = names[1] ?? '';
    disk.kill();
    const process = disk.start();
    await process.files.remove(gone);
    await process.files.syncDirectory();
    disk.kill();
    const again = await DiskLife.start(disk, clock);
    const offsets = [...(await again.texts()).keys()];
    const missing = [1, 2, 3, 4, 5, 6, 7, 8].filter((offset) => !offsets.includes(offset));
    expect(missing.length).toBeGreaterThan(0);
    const [answer] = (await again.scan(0)).dropped;
    expect(answer).toEqual({ first: missing[0], to: missing.at(-1), missed: null });
    expect([again.opened.head, again.opened.epoch]).toEqual([8, life.opened.epoch]);
  });

  it('restores as many put keys as are asked for, the newest, and says up to when others are forgotten', async () => {
    const { disk, clock, life } = await logOf(8);
    disk.kill();
    const again = await DiskLife.start(disk, clock, { remembered: { weight: 7, ageMs: 300_000 } });
    expect([...again.opened.puts].map(({ key }) => key.id)).toEqual([6, 7, 8]);
    expect(again.opened.forgottenUpTo).toBe(life.written[4]?.time);
  });

  it('forgets put keys that are too old, and says so', async () => {
    const { disk, clock, life } = await logOf(4);
    const { time } = life.written.at(-1) ?? { time: 0 };
    clock.advance(200_000);
    await life.settled(life.put('young', 99));
    clock.advance(150_000);
    await life.store.close();
    disk.kill();
    const again = await DiskLife.start(disk, clock);
    expect([...again.opened.puts].map(({ key }) => key.id)).toEqual([99]);
    expect(again.opened.forgottenUpTo).toBe(time);
  });
});
