import { describe, expect, it } from 'vitest';
import type { StoreRecord } from '../../../../../server/src/core/log/store.ts';
import { type FiguresOf, StoreFigures } from '../../../../../server/src/logs/disk/store-figures.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { DiskLife } from '../../../../support/disk-life.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';

const SEGMENT = /^segment-/;

describe('the bounds of writing a log on disk', () => {
  it('let no more than four segments wait for their footers, and give all of them theirs later', async () => {
    const disk = new SimulatedDisk({ seed: 4 });
    const life = await DiskLife.start(disk, new ManualClock(), { sync: 'os', segmentBytes: 300 });
    const names = (): string[] => [...disk.volume.names.all.keys()].filter((name) => SEGMENT.test(name));
    const over = disk.faults.stall({ operation: 'sync', name: SEGMENT });
    for (let i = 0; i < 30; i++) await life.settled(life.put(`${i} ${'x'.repeat(100)}`));
    expect(names().length).toBe(5);
    over();
    await life.store.settled();
    await life.settled(life.put('one more'));
    await life.store.settled();
    const unsealed = names().filter((name) => !disk.volume.bytesOf(name).includes('ZEND'));
    expect([names().length, unsealed.length]).toEqual([6, 1]);
    expect((await life.texts()).size).toBe(31);
  });

  it('refuse counts of losses too, once the reserve is used up', async () => {
    const disk = new SimulatedDisk({ seed: 4 });
    const life = await DiskLife.start(disk, new ManualClock(), { bytes: 100_000 });
    disk.volume.capacityBytes = disk.volume.usedBytes + 2_000;
    let taken = 0;
    for (;;) {
      const gap: StoreRecord = { kind: 'gap', channels: ['a', 'b'], missed: 1 };
      life.append(gap);
      await life.settled(gap);
      if (life.failed.has(gap)) break;
      taken++;
    }
    expect(taken).toBeGreaterThan(10);
    expect([...life.failed.values()]).toEqual([expect.objectContaining({ code: 'log-failed' })]);
    expect(life.fatal).toEqual([]);
  });

  it('keep the newest twenty notes of damage', () => {
    const figures = new StoreFigures({ appending: { isFull: false } } as FiguresOf, ['found at the start']);
    for (let i = 0; i < 30; i++) figures.bad(`bad ${i}`);
    expect([figures.badPacks, figures.notes.length, figures.notes.at(-1)]).toEqual([30, 20, 'bad 29']);
  });
});
