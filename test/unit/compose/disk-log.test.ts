import { describe, expect, it } from 'vitest';
import type { LogBounds } from '../../../server/src/compose/bus-log.ts';
import { LogLost, openDiskLog } from '../../../server/src/compose/disk-log.ts';
import type { OpenedDiskStore } from '../../../server/src/logs/disk/index.ts';
import {
  type DirectoryFault,
  type DiskOptions,
  UnfitDirectory,
} from '../../../server/src/logs/disk/options.ts';
import { StartError } from '../../../server/src/zeromq/sockets/start-error.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const BOUNDS: LogBounds = {
  clock: new ManualClock(),
  directory: '/srv/log',
  sync: 'group',
  bytes: 1e6,
  hotBytes: 1e5,
  ageMs: 0,
  lastBytes: 0,
  channels: 0,
  puts: { lifeMs: 1, weight: 1, most: 1 } as unknown as LogBounds['puts'],
  isNewEpoch: false,
  nats: { servers: [], credentials: '', tlsCa: '', tlsCert: '', tlsKey: '', stream: 's', replicas: 1 },
  putBytesMost: 1,
  onFailure: () => undefined,
  onNotice: () => undefined,
  onFatal: () => undefined,
};

async function refusalOf(thrown: Error): Promise<StartError> {
  const opened = openDiskLog(BOUNDS, () => Promise.reject(thrown));
  const error: unknown = await opened.catch((each: unknown) => each);
  expect(error).toBeInstanceOf(StartError);
  return error as StartError;
}

describe('a log on disk that cannot be opened', () => {
  it.each<[DirectoryFault, string, RegExp]>([
    ['in-use', '4711', /another server has it, the process 4711/],
    ['newer-format', '9', /a newer version of Zerospan has written it \(format 9\); it was left as it is/],
    ['foreign', 'package.json', /something else than a log: package\.json; it was left as it is/],
    ['unusable', 'EROFS: read-only file system', /cannot be used: EROFS: read-only file system/],
  ])(
    'says of a directory that is %s what it is, and where else the log may be',
    async (fault, detail, words) => {
      const { message, remedy, exitCode } = await refusalOf(new UnfitDirectory(fault, detail));
      expect(message).toMatch(/^log\.directory \/srv\/log: /);
      expect(message).toMatch(words);
      expect(remedy).toMatch(/--log-directory DIR.*--log memory/);
      expect(exitCode).toBe(1);
    },
  );

  it('says what the system says', async () => {
    const error = Object.assign(new Error("EACCES: permission denied, mkdir '/srv/log'"), { code: 'EACCES' });
    expect((await refusalOf(error)).message).toContain(
      "cannot be used: EACCES: permission denied, mkdir '/srv/log'",
    );
  });

  it.each([
    ['EACCES', /^Let the user of this process write there\. Or name another folder, /],
    ['EROFS', /^Mount that file system for writing\. Or /],
    ['ENOSPC', /^Make room on that disk\. Or /],
    ['EMFILE', /^Raise the limit of open files, ulimit -n\. Or /],
    ['ENOTDIR', /is a file: move that away\. Or /],
    ['EIO', /^Check that disk and its file system\. Or /],
    ['ELOOP', /^Name another folder, --log-directory DIR/],
  ])('says what can be done about %s, and of what it does not know only where else', async (code, words) => {
    const error = Object.assign(new Error(`${code}: what the system says`), { code });
    expect((await refusalOf(error)).remedy).toMatch(words);
    expect((await refusalOf(new UnfitDirectory('unusable', error.message, error))).remedy).toMatch(words);
  });

  it.each([
    new TypeError('x is not a function'),
    Object.assign(new TypeError('bad argument'), { code: 'ERR_INVALID_ARG_TYPE' }),
  ])('shows a fault of the program as one', async (bug) => {
    await expect(openDiskLog(BOUNDS, () => Promise.reject(bug))).rejects.toBe(bug);
  });
});

describe('a log on disk that was opened, and cannot be read', () => {
  it('is closed again: another start may take its directory', async () => {
    const bug = new Error('it cannot be read');
    let closed = 0;
    const store = {
      droppedUpTo: 0,
      open: () =>
        Promise.resolve({ epoch: 'e', begins: 0, state: 'reachable', head: 5, puts: [], forgottenUpTo: 0 }),
      scan: () => Promise.reject(bug),
      close: () => {
        closed++;
        return Promise.reject(new Error('nor closed'));
      },
    } as unknown as OpenedDiskStore;
    await expect(openDiskLog(BOUNDS, () => Promise.resolve(store))).rejects.toBe(bug);
    expect(closed).toBe(1);
  });
});

describe('a log on disk that fails for good', () => {
  it('says where, why, and what to do', async () => {
    const lost: Error[] = [];
    let options: DiskOptions | undefined;
    const bounds = { ...BOUNDS, onFatal: (error: Error) => void lost.push(error) };
    await openDiskLog(bounds, (given) => {
      options = given;
      return Promise.reject(new UnfitDirectory('unusable', 'the test'));
    }).catch(() => undefined);
    options?.onFatal(new Error('EIO: i/o error, fdatasync'));
    const [error] = lost;
    expect(error).toBeInstanceOf(LogLost);
    expect(error?.message).toMatch(
      /^log\.directory \/srv\/log: writing failed \(EIO: i\/o error, fdatasync\)/,
    );
    expect(error).toMatchObject({ remedy: expect.stringMatching(/Check the disk/) as string });
  });
});
