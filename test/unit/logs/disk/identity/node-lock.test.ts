import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { NodeLock } from '../../../../../server/src/logs/disk/identity/node-lock.ts';
import { own } from '../../../../../server/src/logs/disk/identity/owner.ts';
import { endsWithUs, OWN_GROUP } from '../../../../support/children.ts';
import { testFolder } from '../../../../support/keys.ts';

const program = fileURLToPath(new URL('../../../../support/disk/lock-process.ts', import.meta.url));

interface Taker {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly said: string;
}

/** Another process that tries to take the lock. */
async function taker(path: string, kind = 'socket'): Promise<Taker> {
  const child = endsWithUs(
    spawn(process.execPath, ['--import', 'tsx', '--conditions=zerospan-source', program, path, kind], {
      ...OWN_GROUP,
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const [said] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, pid: child.pid ?? 0, said };
}

const folders = { short: testFolder, long: () => makeFolder(join(testFolder(), 'x'.repeat(120))) };

function makeFolder(path: string): string {
  mkdirSync(path);
  return path;
}

/** As a process leaves it that is killed. */
async function leaveBehind(path: string): Promise<void> {
  const release = await new NodeLock(path).acquire();
  const name = readdirSync(join(path, 'lock'))[0] ?? '';
  await release();
  mkdirSync(join(path, 'lock'));
  // A connection to a file is refused as well.
  writeFileSync(join(path, 'lock', name), '');
}

describe.each(Object.entries(folders))('the lock of a directory with a %s path', (_name, folder) => {
  it('is taken by one, and by the next when that has released it', async () => {
    const path = folder();
    const release = await new NodeLock(path).acquire();
    await expect(new NodeLock(path).acquire()).rejects.toMatchObject({
      fault: 'in-use',
      detail: `${process.pid}`,
    });
    await release();
    const again = await new NodeLock(path).acquire();
    await again();
    expect(readdirSync(path)).toEqual(['lock-spare']);
  });

  it('names the process that has it, also while that is stopped, and is free once that was killed', async () => {
    const path = folder();
    const first = await taker(path);
    expect(first.said).toBe('taken');
    const refused = `in-use: ${first.pid}`;
    expect((await taker(path)).said).toBe(refused);
    process.kill(first.pid, 'SIGSTOP');
    await expect(new NodeLock(path).acquire()).rejects.toThrow(refused);
    const ended = once(first.child, 'exit');
    process.kill(first.pid, 'SIGKILL');
    await ended;
    const release = await new NodeLock(path).acquire();
    await release();
  });

  it('that was left behind is taken by one of many', async () => {
    for (let round = 0; round < 20; round++) {
      const path = folder();
      await leaveBehind(path);
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => new NodeLock(path).acquire()));
      const taken = tries.filter((one) => one.status === 'fulfilled');
      expect(taken).toHaveLength(1);
      const reasons = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason.fault] : []));
      expect(reasons).toEqual(Array(7).fill('in-use'));
      expect(readdirSync(path).sort()).toEqual(['lock', 'lock-spare']);
      await taken[0]?.value();
    }
  });
});

// Two that found the same lock left behind, and one that removes what the other has just taken.
it('the lock of a directory is never taken by two, however they meet', async () => {
  const path = testFolder();
  let [holders, taken] = [0, 0];
  const contend = async (): Promise<void> => {
    for (let round = 0; round < 40; round++) {
      const release = await new NodeLock(path).acquire().catch((error: unknown) => {
        expect(error).toMatchObject({ fault: 'in-use' });
      });
      if (!release) continue;
      holders++;
      taken++;
      expect(holders).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      holders--;
      await release();
      // Now and then it is left behind instead.
      if (round % 3 === 0) await leaveBehind(path).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: 6 }, contend));
  expect(taken).toBeGreaterThan(6);
});

describe('the lock of a directory in which no sockets can be made', () => {
  const noSocket = (): Promise<never> => Promise.reject(new Error('no sockets here'));
  const lockOf = (path: string): NodeLock => new NodeLock(path, (folder) => own(folder, noSocket));

  it('is taken by one process, be it stopped, and by the next when that was killed', async () => {
    const path = testFolder();
    const first = await taker(path, 'file');
    expect(first.said).toBe('taken');
    const refused = `in-use: ${first.pid}`;
    process.kill(first.pid, 'SIGSTOP');
    await expect(lockOf(path).acquire()).rejects.toThrow(refused);
    await expect(new NodeLock(path).acquire()).rejects.toThrow(refused);
    const ended = once(first.child, 'exit');
    process.kill(first.pid, 'SIGKILL');
    await ended;
    const release = await lockOf(path).acquire();
    await expect(lockOf(path).acquire()).rejects.toThrow(`in-use: ${process.pid}`);
    await release();
    expect(readdirSync(path)).toEqual(['lock-spare']);
  });

  it.each([
    ['another process that was given its pid', { started: '1' }],
    ['a process of before the machine was started again', { bootId: 'another' }],
    ['the directory that this is a copy of', { inode: '1' }],
  ])('is free when its owner is %s', async (_who, change) => {
    const path = testFolder();
    await lockOf(path).acquire();
    const card = join(path, 'lock', readdirSync(join(path, 'lock'))[0] ?? '');
    writeFileSync(card, JSON.stringify({ ...JSON.parse(readFileSync(card, 'utf8')), ...change }));
    await (await lockOf(path).acquire())();
  });

  it('is in use where its owner runs and has not said yet which process it is', async () => {
    const path = testFolder();
    await lockOf(path).acquire();
    writeFileSync(join(path, 'lock', readdirSync(join(path, 'lock'))[0] ?? ''), '');
    await expect(lockOf(path).acquire()).rejects.toMatchObject({ fault: 'in-use' });
  });
});

it('a lock can be taken again after each of many kills, and nothing piles up', async () => {
  const path = testFolder();
  for (let i = 0; i < 3; i++) {
    const { child, said } = await taker(path);
    expect(said).toBe('taken');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  expect(readdirSync(path).sort()).toEqual(['lock', 'lock-spare']);
});

it('a draft of a process that ended while it tried goes; one of a process that tries stays', async () => {
  const path = testFolder();
  const [dead, alive] = ['lock-00000000000000aa', 'lock-00000000000000bb'].map((name) => join(path, name));
  for (const draft of [dead, alive]) mkdirSync(draft ?? '');
  writeFileSync(join(dead ?? '', 'socket-1-00000000000000aa'), '');
  const owner = await own(alive ?? '');
  const release = await new NodeLock(path).acquire();
  expect(readdirSync(path).sort()).toEqual(['lock', 'lock-00000000000000bb', 'lock-spare']);
  await release();
  await owner.end();
});

it('a folder that nothing can be written in is refused, with the reason', async () => {
  const path = testFolder();
  // Root may write anywhere.
  const { getuid, seteuid } = process;
  const isRoot = getuid?.() === 0;
  chownSync(path, isRoot ? 65_534 : (getuid?.() ?? 0), -1);
  chmodSync(path, 0o500);
  if (isRoot) seteuid?.(65_534);
  try {
    await expect(new NodeLock(path).acquire()).rejects.toMatchObject({
      fault: 'unusable',
      detail: expect.stringMatching(/^EACCES: permission denied/),
    });
  } finally {
    if (isRoot) seteuid?.(0);
    chmodSync(path, 0o700);
  }
  expect(readdirSync(path)).toEqual([]);
});

it('what another program put into the lock is left there, and named', async () => {
  const path = testFolder();
  mkdirSync(join(path, 'lock'));
  writeFileSync(join(path, 'lock', 'mine'), '');
  await expect(new NodeLock(path).acquire()).rejects.toMatchObject({ fault: 'foreign', detail: 'lock/mine' });
  expect(readdirSync(join(path, 'lock'))).toEqual(['mine']);
});
