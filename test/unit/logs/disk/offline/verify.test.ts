import { copyFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NodeLock } from '../../../../../server/src/logs/disk/identity/node-lock.ts';
import { type LogFault, verifyLog } from '../../../../../server/src/logs/disk/offline/verify.ts';
import { fixtureSegments } from '../../../../support/disk/fixture.ts';
import { unnoticedFlips } from '../../../../support/disk/flips.ts';
import { addLasts, emptyFolder, logFolder } from '../../../../support/disk/log-folder.ts';
import { fileOf, type SegmentMade, sealed } from '../../../../support/disk/segments.ts';
import { Random } from '../../../../support/random.ts';

const NEWEST = 'segment-0000000000000009.log';
const SEALED = 'segment-0000000000000003.log';

async function verified(folder: string) {
  const faults: LogFault[] = [];
  const progress: number[] = [];
  const sum = await verifyLog(folder, {
    onFault: (fault) => faults.push(fault),
    onProgress: (done, all) => progress.push(done / all),
  });
  return { sum, faults, progress };
}

/** The faults that it finds in the log of the fixture once something was done to it. */
async function faultsAfter(action: (folder: string) => Promise<unknown>): Promise<LogFault[]> {
  const folder = await logFolder();
  await action(folder);
  return (await verified(folder)).faults;
}

describe('verify', () => {
  it('finds nothing wrong with a log that is well, a jump over offsets after a power loss included', async () => {
    const { sum, faults, progress } = await verified(await logFolder());
    expect(faults).toEqual([]);
    expect(sum).toMatchObject({ files: 4, packs: 4, entries: 8, faults: 0 });
    expect(progress).toHaveLength(4);
    expect(progress.at(-1)).toBe(1);
  });

  it('finds every flip of a bit, in whatever is read of the log, and names its file', async () => {
    const folder = await logFolder();
    await addLasts(folder);
    expect(await unnoticedFlips(folder, new Random(15), 160)).toEqual([]);
  });

  it('says where the newest segment ends in the middle of a pack, and takes the end of one for its end', async () => {
    const folder = await logFolder();
    const whole = await readFile(join(folder, NEWEST));
    const made = fixtureSegments().at(-1) as SegmentMade;
    const ends = [96, 96 + (made.packs[0]?.length ?? 0), whole.length];
    for (let length = 96; length <= whole.length; length++) {
      await writeFile(join(folder, NEWEST), whole.subarray(0, length));
      const { faults } = await verified(folder);
      const end = Math.max(...ends.filter((each) => each <= length));
      expect(faults, String(length)).toEqual(
        end === length
          ? []
          : [
              {
                file: NEWEST,
                at: end,
                what: `its last pack is not whole: ${length - end} bytes of it are there`,
              },
            ],
      );
    }
  });

  it('says which offsets cannot be read where a pack is damaged', async () => {
    const faults = await faultsAfter(async (folder) => {
      const bytes = await readFile(join(folder, SEALED));
      bytes[120] = (bytes[120] as number) ^ 1;
      await writeFile(join(folder, SEALED), bytes);
    });
    expect(faults).toEqual([
      {
        file: SEALED,
        at: 96,
        what: expect.stringMatching(/^\d+ bytes are damaged$/) as string,
        from: 3,
        to: 6,
      },
    ]);
  });

  it.each<[string, (folder: string) => Promise<unknown>, Partial<LogFault>]>([
    [
      'a segment is missing between two others',
      (folder) => rm(join(folder, SEALED)),
      { file: NEWEST, at: 0, what: 'it does not follow the segment before it', from: 3, to: 8 },
    ],
    [
      'meta is missing',
      (folder) => rm(join(folder, 'meta')),
      { file: 'meta', what: 'it is missing: a start would begin a new epoch' },
    ],
    [
      'a footer is missing',
      async (folder) => {
        const made = fixtureSegments()[1] as SegmentMade;
        await truncate(join(folder, SEALED), fileOf(made).length);
      },
      { file: SEALED, what: expect.stringContaining('it was never sealed') as string },
    ],
    [
      'a footer is that of other packs',
      async (folder) => {
        const [, made, other] = fixtureSegments() as [SegmentMade, SegmentMade, SegmentMade];
        const more = { ...made, index: other.index };
        await writeFile(join(folder, SEALED), fileOf(made, sealed(more)));
      },
      { file: SEALED, what: 'its footer does not say what its packs have' },
    ],
    [
      'a segment has the name of another one',
      async (folder) => {
        await copyFile(join(folder, NEWEST), join(folder, 'segment-0000000000000200.log'));
        await rm(join(folder, NEWEST));
      },
      { file: 'segment-0000000000000200.log', what: expect.stringContaining('its name another') as string },
    ],
  ])('notices that %s', async (_, action, fault) => {
    const faults = await faultsAfter(action);
    expect(faults).toContainEqual(expect.objectContaining(fault));
  });

  it('refuses a log that a process has, naming it', async () => {
    const folder = await logFolder();
    const release = await new NodeLock(folder).acquire();
    await expect(verified(folder)).rejects.toMatchObject({ fault: 'in-use', detail: String(process.pid) });
    await release();
    expect((await verified(folder)).faults).toEqual([]);
  });

  it('refuses a folder without a log, and one that is not there', async () => {
    const folder = await emptyFolder();
    await expect(verified(folder)).rejects.toMatchObject({ fault: 'foreign' });
    await expect(verified(join(folder, 'none'))).rejects.toMatchObject({ fault: 'unusable' });
  });

  it('changes nothing', async () => {
    const folder = await logFolder();
    const contents = async () =>
      Promise.all((await readdir(folder)).map(async (name) => [name, await readFile(join(folder, name))]));
    const before = await contents();
    await verified(folder);
    expect(await contents()).toEqual(before);
  });
});
