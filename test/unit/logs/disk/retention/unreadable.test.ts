import { describe, expect, it } from 'vitest';
import { TRAILER_BYTES } from '../../../../../server/src/logs/disk/format/trailer.ts';
import { HandLog, putOf } from '../../../../support/disk/hand-log.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';

/** One segment for each of these channels, with a publication on it; all of them read for the first time. */
async function written(...channels: string[]) {
  const disk = new SimulatedDisk({ seed: 5 });
  const log = await HandLog.open({ files: disk.start().files });
  for (const channel of channels) {
    await log.add(putOf([channel], `"${channel}"`));
    await log.endSegment();
  }
  const again = await HandLog.open({ files: disk.start().files });
  return { disk, log: again };
}

const answered = async (log: HandLog): Promise<number[]> => (await log.scanAll()).map(({ offset }) => offset);

const lostOn = async (log: HandLog, channel: string) =>
  (await log.scan({ dropped: [{ filter: { channels: [channel], prefixes: [] }, from: 0 }] })).dropped[0];

describe('retention on a disk that cannot read any more', () => {
  it('the oldest segment, drops it all the same: nobody knows what it had', async () => {
    const { disk, log } = await written('a', 'b', 'c');
    disk.faults.fail({ operation: 'read', name: /^segment-0+1\.log$/ }, 'EIO');
    await log.dropAllBut(1);
    expect([log.failures, log.segments.view.droppedUpTo, log.segments.view.forgottenUpTo]).toEqual([
      [],
      2,
      1,
    ]);
    expect(await answered(log)).toEqual([2, 3]);
    expect(await lostOn(log, 'a')).toEqual({ first: null, to: 1, missed: null });
  });

  it('its footer alone, keeps its last publications by its packs', async () => {
    const { disk, log } = await written('a', 'b', 'c');
    disk.faults.fail({ operation: 'read', name: /^segment-0+1\.log$/ }, 'EIO', 1);
    await log.dropAllBut(1);
    expect([log.failures, await answered(log)]).toEqual([[], [1, 2, 3]]);
  });

  it('a younger segment, takes it for one that has nothing', async () => {
    const { disk, log } = await written('a', 'a', 'c');
    const over = disk.faults.fail({ operation: 'read', name: /^segment-0+2\.log$/ }, 'EIO');
    await log.dropAllBut(2);
    expect([log.failures, log.segments.view.droppedUpTo]).toEqual([[], 1]);
    expect(await answered(log)).toEqual([1, 3]);
    over();
    await log.dropAllBut(1);
    // What it has is read again: it takes the place of the one before.
    expect([log.failures, log.segments.view.droppedUpTo]).toEqual([[], 2]);
    expect((await log.scanAll()).map(({ channel, offset }) => [channel, offset])).toEqual([
      ['a', 2],
      ['c', 3],
    ]);
  });

  it.each(['EIO', 'damage'])('what was kept, goes on with what goes now (%s)', async (fault) => {
    const { disk, log } = await written('a', 'b', 'c', 'd');
    await log.dropAllBut(2);
    expect(await answered(log)).toEqual([1, 2, 3, 4]);
    if (fault === 'EIO') disk.faults.fail({ operation: 'read', name: /^lasts$/ }, 'EIO');
    else {
      const inode = disk.volume.inodeOf('lasts');
      // The end of its footer.
      inode.flip(inode.stat.sizeBytes - TRAILER_BYTES - 1, 3);
    }
    const again = await HandLog.open({ files: disk.start().files });
    await again.dropAllBut(1);
    expect([again.failures, again.segments.view.droppedUpTo]).toEqual([[], 3]);
    const lost = await lostOn(again, 'a');
    expect(lost).toMatchObject({ to: 1 });
    expect(await answered(again)).toEqual([3, 4]);
  });
});
