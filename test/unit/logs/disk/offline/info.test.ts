import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bootIdOf } from '../../../../../server/src/logs/disk/identity/boot.ts';
import { NodeLock } from '../../../../../server/src/logs/disk/identity/node-lock.ts';
import { logInfo } from '../../../../../server/src/logs/disk/offline/info.ts';
import { FIXTURE_PACKS } from '../../../../support/disk/fixture.ts';
import { emptyFolder, logFolder } from '../../../../support/disk/log-folder.ts';
import { slotOfVersion } from '../../../../support/disk/metas.ts';
import { EPOCH } from '../../../../support/disk/segments.ts';

const TIME = FIXTURE_PACKS[0]?.[0]?.time ?? 0;

describe('info', () => {
  it('says what a log is and holds', async () => {
    const folder = await logFolder();
    const { bytes, droppedBytes, ...rest } = await logInfo(folder);
    expect(rest).toEqual({
      directory: folder,
      format: 1,
      standing: 'closed',
      pid: null,
      epoch: EPOCH,
      begins: 0,
      offsets: { first: 3, last: 101 },
      times: { first: TIME + 1_000, last: TIME + 90_000 },
      entries: 8,
      segments: 2,
      lastBytes: 0,
      damaged: [],
    });
    const sizes = ['segment-0000000000000003.log', 'segment-0000000000000009.log'].map(
      async (name) => (await readFile(join(folder, name))).length,
    );
    expect(bytes).toBe((await Promise.all(sizes)).reduce((a, b) => a + b));
    expect(droppedBytes).toBe((await readFile(join(folder, 'dropped-0000000000000001.index'))).length);
  });

  it('says how a server would go on', async () => {
    const bootId = await bootIdOf();
    const standingOf = async (folder: string) => (await logInfo(folder)).standing;
    expect(await standingOf(await logFolder({ isMoved: true }))).toBe('moved');
    expect(await standingOf(await logFolder({ cleanHead: undefined, bootId }))).toBe('left');
    expect(await standingOf(await logFolder({ cleanHead: undefined, bootId: 'other' }))).toBe(
      'left-before-boot',
    );
    const copy = join(await emptyFolder(), 'copy');
    await cp(await logFolder(), copy, { recursive: true });
    expect(await standingOf(copy)).toBe('copy');
    await rm(join(copy, 'meta'));
    expect(await logInfo(copy)).toMatchObject({ standing: 'unknown', epoch: null, begins: null });
  });

  it('names the process that has it', async () => {
    const folder = await logFolder();
    const release = await new NodeLock(folder).acquire();
    onTestFinished(release);
    expect(await logInfo(folder)).toMatchObject({ standing: 'in-use', pid: process.pid });
  });

  it('names segments whose ends are damaged, and says the rest', async () => {
    const folder = await logFolder();
    await writeFile(join(folder, 'segment-0000000000000003.log'), 'nothing');
    expect(await logInfo(folder)).toMatchObject({
      damaged: ['segment-0000000000000003.log'],
      offsets: { first: 9, last: 101 },
      entries: 2,
    });
  });

  it('counts what is in a segment that a server had not sealed yet when it ended, and calls it no damage', async () => {
    const folder = await logFolder();
    const file = join(folder, 'segment-0000000000000003.log');
    const bytes = await readFile(file);
    const at = bytes.readUInt32LE(bytes.length - 72 + 4);
    for (const end of [at - bytes.readUInt32LE(bytes.length - 72 + 16), at, bytes.length - 1]) {
      await writeFile(file, bytes.subarray(0, end));
      expect(await logInfo(folder)).toMatchObject({
        damaged: [],
        offsets: { first: 3, last: 101 },
        entries: 8,
      });
    }
    // One that says where it ends, and says it wrong.
    await writeFile(file, bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1));
    expect(await logInfo(folder)).toMatchObject({ damaged: ['segment-0000000000000003.log'], entries: 2 });
  });

  it('refuses a log of a newer version', async () => {
    const folder = await logFolder();
    await writeFile(join(folder, 'meta'), slotOfVersion(9));
    await expect(logInfo(folder)).rejects.toMatchObject({ fault: 'newer-format', detail: '9' });
  });
});
