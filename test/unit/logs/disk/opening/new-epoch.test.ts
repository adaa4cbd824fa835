import { expect, it } from 'vitest';
import { readSegmentHeader } from '../../../../../server/src/logs/disk/format/segment-header.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { DiskLife } from '../../../../support/disk-life.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';

/** The epoch that each segment says it is of, by name. */
function epochsOf({ volume }: SimulatedDisk): Record<string, string> {
  const names = [...volume.names.all.keys()].filter((name) => name.startsWith('segment-')).sort();
  return Object.fromEntries(
    names.map((name) => {
      const header = readSegmentHeader(volume.bytesOf(name));
      return [name, typeof header === 'string' ? header : header.epoch];
    }),
  );
}

const DISKS = {
  'that was closed': async (life: DiskLife) => life.store.close(),
  'that was not closed': async () => undefined,
};

it.each(Object.entries(DISKS))(
  'a copy of a log %s writes to no segment of the epoch before, and knows no put of it',
  async (_what, ends) => {
    const original = new SimulatedDisk({ seed: 3 });
    const clock = new ManualClock();
    const first = await DiskLife.start(original, clock);
    await first.settled(first.put('before', 1));
    await ends(first);

    const disk = original.copy();
    const second = await DiskLife.start(disk, clock);
    expect(second.opened).toMatchObject({ head: 1, begins: 1 });
    expect([...second.opened.puts]).toEqual([]);
    expect(second.opened.epoch).not.toBe(first.opened.epoch);
    await second.settled(second.put('behind', 2));
    await second.store.close();

    const third = await DiskLife.start(disk, clock);
    expect(third.opened.epoch).toBe(second.opened.epoch);
    expect([...third.opened.puts].map(({ key, offset }) => [key.id, offset])).toEqual([[2, 2]]);
    expect([...(await third.texts())]).toEqual([
      [1, '"before"'],
      [2, '"behind"'],
    ]);
    expect(epochsOf(disk)).toEqual({
      'segment-0000000000000001.log': first.opened.epoch,
      'segment-0000000000000002.log': second.opened.epoch,
    });
    expect(third.notes).toEqual([]);
    await third.store.close();
  },
);
