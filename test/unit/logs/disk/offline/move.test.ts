import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { bootIdOf } from '../../../../../server/src/logs/disk/identity/boot.ts';
import { NodeLock } from '../../../../../server/src/logs/disk/identity/node-lock.ts';
import { openDiskStore } from '../../../../../server/src/logs/disk/index.ts';
import { logInfo } from '../../../../../server/src/logs/disk/offline/info.ts';
import { moveLog, NothingToMove } from '../../../../../server/src/logs/disk/offline/move.ts';
import { emptyFolder, logFolder } from '../../../../support/disk/log-folder.ts';
import { EPOCH } from '../../../../support/disk/segments.ts';

/** What a server finds in a folder. */
async function opened(directory: string) {
  const store = await openDiskStore({
    directory,
    clock: systemClock,
    sync: 'os',
    bytes: 1e9,
    ageMs: 0,
    lastBytes: 0,
    isNewEpoch: false,
    onFatal: (error) => expect.fail(error.message),
    onNotice: () => undefined,
  });
  const none = (): void => undefined;
  const found = await store.open({
    written: none,
    appended: none,
    failed: none,
    droppedUpTo: none,
    changed: none,
  });
  await store.close();
  return found;
}

async function copyOf(folder: string): Promise<string> {
  const other = join(await emptyFolder(), 'other');
  await cp(folder, other, { recursive: true });
  return other;
}

describe('move', () => {
  it('lets a copy go on in the same epoch, once', async () => {
    const folder = await logFolder();
    expect(await moveLog(folder)).toEqual({ directory: folder, epoch: EPOCH, head: 101 });
    const other = await copyOf(folder);
    await rm(folder, { recursive: true });
    expect(await logInfo(other)).toMatchObject({ standing: 'moved' });
    expect(await opened(other)).toMatchObject({ epoch: EPOCH, head: 101 });
    // From then on it is as any other: a copy of it is a copy.
    expect(await logInfo(await copyOf(other))).toMatchObject({ standing: 'copy' });
  });

  it('closes a log that was not closed, as a start finds it', async () => {
    const folder = await logFolder({ cleanHead: undefined, bootId: await bootIdOf() });
    expect(await moveLog(folder)).toMatchObject({ epoch: EPOCH, head: 101 });
    expect(await opened(await copyOf(folder))).toMatchObject({ epoch: EPOCH, head: 101 });
  });

  it('may be asked twice, and ends with the next start', async () => {
    const folder = await logFolder();
    await moveLog(folder);
    expect(await moveLog(folder)).toMatchObject({ epoch: EPOCH });
    expect(await opened(folder)).toMatchObject({ epoch: EPOCH });
    expect(await logInfo(await copyOf(folder))).toMatchObject({ standing: 'copy' });
  });

  it('refuses a copy, and a log that nothing says the name of', async () => {
    const copy = await copyOf(await logFolder());
    await expect(moveLog(copy)).rejects.toMatchObject({ isCopy: true });
    await rm(join(copy, 'meta'));
    await expect(moveLog(copy)).rejects.toBeInstanceOf(NothingToMove);
  });

  it('refuses a log that a process has', async () => {
    const folder = await logFolder();
    const release = await new NodeLock(folder).acquire();
    await expect(moveLog(folder)).rejects.toMatchObject({ fault: 'in-use' });
    await release();
  });
});
