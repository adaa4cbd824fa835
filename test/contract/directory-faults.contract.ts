import { describe, expect, it } from 'vitest';
import type { Placement } from '../../server/src/core/log/store.ts';
import { MetaFile, readMeta } from '../../server/src/logs/disk/identity/meta.ts';
import type { DirectoryFault } from '../../server/src/logs/disk/options.ts';
import { damageSlot, slotOfVersion } from '../support/disk/metas.ts';
import { RunningStore, type StoreOn } from '../support/disk/running-store.ts';
import { SimulatedDisk } from '../support/disk/simulated-disk.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { until } from '../support/until.ts';

const DAY_MS = 86_400_000;
const IN_2099 = Date.UTC(2099, 5, 1);

/** What is opened has this bound on age; none of size matters. */
export const AGE_MS = DAY_MS;

interface Row {
  readonly what: string;
  /** What the clock says while the publications are put. Default: today. */
  readonly putAt?: number;
  /** How the process ends that has put three publications, which were accepted. */
  readonly end: 'closed' | 'killed' | 'power lost' | 'runs';
  /** What happens then. @returns the disk on which the next process starts */
  readonly happens?: (disk: SimulatedDisk) => SimulatedDisk | undefined | Promise<SimulatedDisk | undefined>;
  readonly expected: Refused | Opened;
}

/** It is refused, and everything is as it was. */
interface Refused {
  readonly rejects: { readonly fault: DirectoryFault; readonly detail: unknown } | { readonly code: string };
}

interface Opened {
  readonly epoch: 'same' | 'new';
  /** Where the next publication gets its offset: right behind the last, or above all that may have been given. */
  readonly next: 'behind' | 'above the lease';
  /** What an operator is shown; left out: nothing. */
  readonly note?: RegExp;
}

const GOES_ON = { epoch: 'same', next: 'behind' } as const;
const JUMPS = { epoch: 'same', next: 'above the lease' } as const;
const BEGINS_AGAIN = { epoch: 'new', next: 'behind', note: /epoch/ } as const;

const ROWS: readonly Row[] = [
  { what: 'nothing', end: 'closed', expected: GOES_ON },
  { what: 'nothing', end: 'killed', expected: GOES_ON },
  { what: 'nothing', end: 'power lost', expected: JUMPS },
  { what: 'a meta that is missing', end: 'killed', happens: without, expected: BEGINS_AGAIN },
  { what: 'a meta that is missing', end: 'closed', happens: without, expected: BEGINS_AGAIN },
  { what: 'an empty meta', end: 'killed', happens: emptied, expected: BEGINS_AGAIN },
  { what: 'a meta with both slots damaged', end: 'killed', happens: damaged(0, 1), expected: BEGINS_AGAIN },
  { what: 'a meta with its first slot damaged', end: 'killed', happens: damaged(0), expected: GOES_ON },
  { what: 'a meta with its second slot damaged', end: 'killed', happens: damaged(1), expected: GOES_ON },
  { what: 'a meta with its first slot damaged', end: 'power lost', happens: damaged(0), expected: JUMPS },
  { what: 'a meta with its second slot damaged', end: 'power lost', happens: damaged(1), expected: JUMPS },
  {
    what: 'a meta that cannot be read',
    end: 'killed',
    happens: (disk) => void disk.faults.fail({ operation: 'read', name: /^meta$/ }, 'EIO', 1),
    expected: { rejects: { code: 'EIO' } },
  },
  {
    what: 'a newer version',
    end: 'closed',
    happens: ofVersion(2),
    expected: { rejects: { fault: 'newer-format', detail: '2' } },
  },
  { what: 'a copy', end: 'closed', happens: (disk) => disk.copy(), expected: BEGINS_AGAIN },
  { what: 'a copy', end: 'killed', happens: (disk) => disk.copy(), expected: BEGINS_AGAIN },
  {
    what: 'a copy while the original runs',
    end: 'runs',
    happens: (disk) => disk.copy(),
    expected: BEGINS_AGAIN,
  },
  { what: 'a move by `log move`', end: 'closed', happens: moved, expected: GOES_ON },
  {
    what: 'a second process',
    end: 'runs',
    expected: { rejects: { fault: 'in-use', detail: expect.stringMatching(/^[0-9]+$/) } },
  },
  {
    what: 'a folder that is only read',
    end: 'closed',
    happens: (disk) => {
      disk.volume.isReadOnly = true;
      return disk;
    },
    expected: { rejects: { fault: 'unusable', detail: expect.stringMatching(/^EROFS/) } },
  },
  { what: 'a clock that was in 2099', putAt: IN_2099, end: 'closed', expected: { ...GOES_ON, note: /2099/ } },
  { what: 'a clock that was in 2099', putAt: IN_2099, end: 'killed', expected: { ...GOES_ON, note: /2099/ } },
];

/** What a start does with what it finds of the log's directory, `meta` and lock, for a store on a disk. */
export function directoryFaults(name: string, storeOn: StoreOn): void {
  describe(`what is found in a directory: ${name}`, () => {
    it.each(ROWS.map((row) => [row.end, row.what, row] as const))('%s, then %s', async (_end, _what, row) => {
      const clock = new ManualClock();
      const today = clock.now();
      if (row.putAt !== undefined) clock.set(row.putAt);
      let disk = new SimulatedDisk({ seed: 11 });
      const first = await RunningStore.start(disk, clock, storeOn);
      const given = [await first.put('1'), await first.put('2'), await first.put('3')];
      const lease = await leaseOf(disk);
      if (row.end === 'closed') await first.store.close();
      if (row.end === 'killed') disk.kill();
      if (row.end === 'power lost') disk.powerLoss();
      disk = (await row.happens?.(disk)) ?? disk;
      clock.set(today + 1_000);

      const before = filesOf(disk);
      const starting = RunningStore.start(disk, clock, storeOn);
      if ('rejects' in row.expected) {
        await expect(starting).rejects.toMatchObject(row.expected.rejects);
        expect(filesOf(disk)).toEqual(before);
        return;
      }
      const second = await starting;
      const { epoch, next, note } = row.expected;
      const last = given.at(-1) as Placement;
      const { opened } = second;
      if (epoch === 'same') expect(opened).toMatchObject({ epoch: first.opened.epoch, begins: 0 });
      else {
        expect(opened.epoch).not.toBe(first.opened.epoch);
        expect(opened.begins).toBe(opened.head);
      }
      const least = next === 'behind' ? last.offset : lease;
      expect(opened.head).toBeGreaterThanOrEqual(least);
      if (next === 'behind' && epoch === 'same') expect(opened.head).toBe(least);
      if (note) expect(second.notes.join('\n')).toMatch(note);
      else expect(second.notes).toEqual([]);
      // Nothing that was accepted is lost, and the next one is behind it in place and time.
      expect(await second.held()).toEqual(['1', '2', '3']);
      const fourth = await second.put('4');
      expect(fourth.offset).toBe(opened.head + 1);
      expect(fourth.time).toBeGreaterThanOrEqual(last.time);

      // Age is what has passed since, whatever the clock said.
      clock.advance(AGE_MS / 2);
      second.store.expire();
      expect(await second.held()).toEqual(['1', '2', '3', '4']);
      await second.store.close();
      const third = await RunningStore.start(disk, clock, storeOn);
      expect(third.opened).toMatchObject({ epoch: opened.epoch, begins: opened.begins, head: fourth.offset });
      expect(await third.held()).toEqual(['1', '2', '3', '4']);
      clock.advance(AGE_MS + 1_000);
      third.store.expire();
      await until('the end of old ones', async () => (await third.held()).length === 0);
      await third.store.close();
    });
  });
}

function filesOf({ volume }: SimulatedDisk): Record<string, string> {
  const names = [...volume.names.all.keys()];
  return Object.fromEntries(names.map((name) => [name, volume.bytesOf(name).toString('base64')]));
}

async function leaseOf(disk: SimulatedDisk): Promise<number> {
  const found = await readMeta(disk.start().files);
  if (found.kind !== 'good') throw new Error(`the meta is ${found.kind}`);
  return found.meta.leaseUpTo;
}

async function without(disk: SimulatedDisk): Promise<undefined> {
  const { files } = disk.start();
  await files.remove('meta');
  await files.syncDirectory();
}

function emptied({ volume }: SimulatedDisk): undefined {
  volume.put('meta', Buffer.alloc(0));
}

function damaged(...slots: (0 | 1)[]) {
  return (disk: SimulatedDisk): undefined => {
    for (const slot of slots) damageSlot(disk, slot);
  };
}

function ofVersion(version: number) {
  return ({ volume }: SimulatedDisk): undefined => {
    const meta = volume.bytesOf('meta');
    meta.set(slotOfVersion(version), 4_096);
    volume.put('meta', meta);
  };
}

/** As `log move` does it, before the directory is copied to its new place. */
async function moved(disk: SimulatedDisk): Promise<SimulatedDisk> {
  const { files } = disk.start();
  const found = await readMeta(files);
  if (found.kind !== 'good') throw new Error(`the meta is ${found.kind}`);
  const meta = await MetaFile.begin(files, found, { ...found.meta, isMoved: true });
  await meta.close();
  return disk.copy();
}
