import { describe, expect, it } from 'vitest';
import type { OpenFile } from '../../../../../server/src/logs/disk/files/files.ts';
import { SimulatedDisk, type SimulatedDiskOptions } from '../../../../support/disk/simulated-disk.ts';
import { until } from '../../../../support/until.ts';

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

/** A file of three sectors, safe, with the letter `a`. */
async function withFile(options: SimulatedDiskOptions): Promise<{ disk: SimulatedDisk; file: OpenFile }> {
  const disk = new SimulatedDisk(options);
  const { files } = disk.start();
  const file = await files.open('f', 'create');
  await file.write(Buffer.alloc(1_536, 'a'), 0);
  await Promise.all([file.sync(), files.syncDirectory()]);
  return { disk, file };
}

/** What 200 seeds leave of the same calls, each different outcome once. */
async function outcomes(play: (seed: number) => Promise<string>): Promise<string[]> {
  return [...new Set(await Promise.all(SEEDS.map(play)))].sort();
}

/** A file as runs of letters, each with how many sectors or bytes it has. */
function runsOf(bytes: Buffer, unit = 512): string {
  const text = bytes.toString('latin1').replaceAll('\0', '0');
  return text.replaceAll(/(.)\1*/g, (run) => `${run[0]}${run.length / unit} `).trim();
}

describe('a power loss', () => {
  it('takes nothing of what was synced', async () => {
    const left = await outcomes(async (seed) => {
      const { disk, file } = await withFile({ seed });
      await file.write(Buffer.alloc(512, 'b'), 512);
      await file.sync();
      disk.powerLoss();
      return runsOf(disk.volume.bytesOf('f'));
    });
    expect(left).toEqual(['a1 b1 a1']);
  });

  it('takes any sectors of what was only written, and the size apart from the data', async () => {
    const left = await outcomes(async (seed) => {
      const { disk, file } = await withFile({ seed });
      await file.write(Buffer.alloc(1_024, 'b'), 1_024);
      disk.powerLoss();
      return runsOf(disk.volume.bytesOf('f'));
    });
    expect(left).toEqual(['a2 b1', 'a2 b1 01', 'a2 b2', 'a3', 'a3 01', 'a3 b1']);
  });

  it('takes unsynced writes in any order', async () => {
    const left = await outcomes(async (seed) => {
      const { disk, file } = await withFile({ seed });
      await file.write(Buffer.alloc(512, 'b'), 0);
      await file.write(Buffer.alloc(512, 'c'), 512);
      await file.write(Buffer.alloc(512, 'd'), 0);
      disk.powerLoss();
      return runsOf(disk.volume.bytesOf('f'));
    });
    const sectors = ['a', 'b', 'd'].flatMap((first) => ['a', 'c'].map((second) => `${first}${second}a`));
    const letters = left.map((runs) =>
      runs.replaceAll(/(\w)(\d) ?/g, (_, letter, times) => letter.repeat(times)),
    );
    expect(letters.sort()).toEqual(sectors);
  });

  it('takes what a sync that has not ended would have made safe, and nothing that comes after it began', async () => {
    const left = await outcomes(async (seed) => {
      const { disk, file } = await withFile({ seed });
      const open = disk.faults.stall({ operation: 'sync' });
      await file.write(Buffer.alloc(512, 'b'), 0);
      const sync = file.sync();
      await until('the sync', () => disk.faults.stalled({ operation: 'sync' }) === 1);
      await file.write(Buffer.alloc(512, 'c'), 512);
      if (seed % 2 === 0) {
        open();
        await sync;
      }
      disk.powerLoss();
      return `${seed % 2 === 0 ? 'ended' : 'under way'}: ${runsOf(disk.volume.bytesOf('f'))}`;
    });
    expect(left).toEqual([
      'ended: b1 a2',
      'ended: b1 c1 a1',
      'under way: a1 c1 a1',
      'under way: a3',
      'under way: b1 a2',
      'under way: b1 c1 a1',
    ]);
  });

  it('takes creations, renames and removals until the directory is synced', async () => {
    const left = await outcomes(async (seed) => {
      const { disk } = await withFile({ seed });
      const { files } = disk.start();
      const made = await files.open('g.new', 'create');
      await made.write(Buffer.from('g'), 0);
      await made.sync();
      await files.rename('g.new', 'g');
      await files.remove('f');
      disk.powerLoss();
      return [...disk.volume.names.all.keys()].sort().join(' ');
    });
    expect(left).toEqual(['', 'f', 'f g', 'f g.new', 'g', 'g.new']);
  });

  it('takes none of those once the directory was synced', async () => {
    const left = await outcomes(async (seed) => {
      const { disk } = await withFile({ seed });
      const { files } = disk.start();
      await files.rename('f', 'g');
      await files.syncDirectory();
      disk.powerLoss();
      return [...disk.volume.names.all.keys()].join(' ');
    });
    expect(left).toEqual(['g']);
  });

  it('takes truncation or not', async () => {
    const left = await outcomes(async (seed) => {
      const { disk, file } = await withFile({ seed });
      await file.truncate(512);
      disk.powerLoss();
      return runsOf(disk.volume.bytesOf('f'));
    });
    expect(left).toEqual(['a1', 'a1 01 a1', 'a1 02', 'a2 01', 'a3']);
  });

  it('is the same for the same seed', async () => {
    const play = async (): Promise<string> => {
      const { disk, file } = await withFile({ seed: 7 });
      for (let i = 0; i < 50; i++) await file.write(Buffer.alloc(700, `${i % 10}`), i * 600);
      disk.powerLoss();
      return runsOf(disk.volume.bytesOf('f'), 1);
    };
    expect(await play()).toBe(await play());
  });
});

it('what is safe for certain can be read while all goes on', async () => {
  const { disk, file } = await withFile({ seed: 1 });
  await file.write(Buffer.alloc(512, 'b'), 0);
  const { files } = disk.start();
  await (await files.open('g', 'create')).sync();
  const least = disk.atLeast();
  expect([...least.volume.names.all.keys()]).toEqual(['f']);
  expect(runsOf(least.volume.bytesOf('f'))).toBe('a3');
  expect(least.volume.inodeOf('f').stat).toEqual(disk.volume.inodeOf('f').stat);
  expect(least.bootId).not.toBe(disk.bootId);
  await Promise.all([file.sync(), files.syncDirectory()]);
  expect(runsOf(disk.atLeast().volume.bytesOf('f'))).toBe('b1 a2');
  expect([...disk.atLeast().volume.names.all.keys()]).toEqual(['f', 'g']);
});

describe('a kill', () => {
  it('keeps what was written, and of what is under way all, a part or nothing', async () => {
    const left = await outcomes(async (seed) => {
      const { disk, file } = await withFile({ seed });
      await file.write(Buffer.alloc(512, 'b'), 0);
      file.write(Buffer.alloc(1_024, 'c'), 512).catch(() => undefined);
      disk.kill();
      return runsOf(disk.volume.bytesOf('f'), 1).replaceAll(/\d+/g, '');
    });
    expect(left).toEqual(['b a', 'b c', 'b c a']);
  });

  it('ends what the process does, and leaves what was not synced to a power loss', async () => {
    const left = await outcomes(async (seed) => {
      const { disk, file } = await withFile({ seed });
      await file.write(Buffer.alloc(512, 'b'), 0);
      disk.kill();
      let settled = false;
      const after = file.write(Buffer.alloc(512, 'c'), 0).finally(() => {
        settled = true;
      });
      const { files } = disk.start();
      const again = await files.open('f', 'read');
      expect([runsOf(await again.read(0, 2_000)), settled]).toEqual(['b1 a2', false]);
      void after;
      disk.powerLoss();
      return runsOf(disk.volume.bytesOf('f'));
    });
    expect(left).toEqual(['a3', 'b1 a2']);
  });
});

describe('a fault', () => {
  it('of a disk that is full: a part is written, ENOSPC, and all is well once there is space', async () => {
    const { disk, file } = await withFile({ seed: 1, capacityBytes: 2_560 });
    await expect(file.write(Buffer.alloc(2_048, 'b'), 1_536)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(runsOf(disk.volume.bytesOf('f'))).toBe('a3 b2');
    await file.write(Buffer.alloc(512, 'c'), 0);
    await file.truncate(1_536);
    expect(disk.volume.freeBytes).toBe(1_024);
    disk.volume.capacityBytes = 4_096;
    await file.write(Buffer.alloc(2_048, 'b'), 1_536);
    expect(disk.volume.freeBytes).toBe(512);
  });

  it('of a disk that is full: a file that was removed takes space until it is closed', async () => {
    const { disk, file } = await withFile({ seed: 1, capacityBytes: 2_048 });
    await disk.start().files.remove('f');
    expect(disk.volume.freeBytes).toBe(512);
    await file.close();
    expect(disk.volume.freeBytes).toBe(2_048);
  });

  it('of a sync: what was written is read, and no later sync makes it safe', async () => {
    const left = await outcomes(async (seed) => {
      const { disk, file } = await withFile({ seed });
      disk.faults.fail({ operation: 'sync', name: /^f$/ }, 'EIO', 1);
      await file.write(Buffer.alloc(512, 'b'), 0);
      await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' });
      expect(runsOf(await file.read(0, 2_000))).toBe('b1 a2');
      await file.sync();
      disk.powerLoss();
      return runsOf(disk.volume.bytesOf('f'));
    });
    expect(left).toEqual(['a3', 'b1 a2']);
  });

  it('of a write or a read, until the test ends it', async () => {
    const { disk, file } = await withFile({ seed: 1 });
    const end = disk.faults.fail({ operation: 'read' }, 'EIO');
    await expect(file.read(0, 1)).rejects.toMatchObject({ code: 'EIO' });
    end();
    await file.read(0, 1);
    disk.faults.fail({ operation: 'write', name: /^f$/ }, 'EIO', 2);
    for (let i = 0; i < 2; i++)
      await expect(file.write(Buffer.alloc(512, 'b'), 0)).rejects.toMatchObject({ code: 'EIO' });
    await file.write(Buffer.alloc(512, 'b'), 0);
  });

  it('of one bit, which a copy has as well', async () => {
    const { disk } = await withFile({ seed: 1 });
    const { at, bit } = disk.flipIn('f');
    const other = disk.copy();
    for (const { volume } of [disk, other]) expect(volume.bytesOf('f')[at]).toBe((97 ^ (1 << bit)) & 0xff);
    expect(other.volume.inodeOf('f').stat.inode).not.toBe(disk.volume.inodeOf('f').stat.inode);
  });
});

it('a stall holds what a test names, until the test lets it go on', async () => {
  const { disk, file } = await withFile({ seed: 1 });
  const open = disk.faults.stall({ operation: 'write' });
  const done: number[] = [];
  const writes = [1, 2, 3].map((i) => file.write(Buffer.alloc(512, `${i}`), 0).then(() => done.push(i)));
  await until('the writes', () => disk.faults.stalled({ operation: 'write' }) === 3);
  expect(runsOf(await file.read(0, 2_000))).toBe('a3');
  open();
  await Promise.all(writes);
  expect([done.length, disk.faults.stalled({ operation: 'write' })]).toEqual([3, 0]);
});

it('the lock of a simulated directory is of one process until that releases it or ends', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const [first, second] = [disk.start(), disk.start()];
  const release = await first.lock.acquire();
  await expect(second.lock.acquire()).rejects.toMatchObject({ fault: 'in-use' });
  await release();
  await second.lock.acquire();
  disk.kill();
  await disk.start().lock.acquire();
});
