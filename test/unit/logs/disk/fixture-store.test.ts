import { readdirSync, readFileSync } from 'node:fs';
import type { FilterSet } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { DiskStore } from '../../../../server/src/logs/disk/disk-store.ts';
import { writeSlot } from '../../../../server/src/logs/disk/identity/meta-slot.ts';
import { FIXTURE, FIXTURE_PACKS } from '../../../support/disk/fixture.ts';
import { FIXTURE_META } from '../../../support/disk/metas.ts';
import { EPOCH } from '../../../support/disk/segments.ts';
import { SimulatedDisk } from '../../../support/disk/simulated-disk.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { smallDisk } from '../../../support/small-disk.ts';

const EVERYTHING: FilterSet = { channels: [], prefixes: ['', '$'] };

/** A minute after the newest put of the fixture. */
const NOW = 1_764_547_300_000;

/**
 * Opens the files of version 1, as a copy of them.
 * @param bootId the start of the machine in which it is opened, in the very directory that they were written to
 */
async function openFixture(bootId?: string) {
  const disk = new SimulatedDisk({ seed: 1 });
  for (const name of readdirSync(FIXTURE)) disk.volume.put(name, readFileSync(new URL(name, FIXTURE)));
  if (bootId !== undefined) {
    const { inode, birthMs } = disk.volume.inodeOf('meta').stat;
    const bytes = disk.volume.bytesOf('meta');
    bytes.set(writeSlot({ ...FIXTURE_META, inode, birthMs }, 7));
    disk.volume.put('meta', bytes);
    disk.volume.inodeOf('meta').birthMs = birthMs;
  }
  const clock = new ManualClock(NOW);
  const { files, lock, pid } = disk.start();
  const store = new DiskStore({
    ...smallDisk({ entries: 1_000, lasts: 10, ageMs: 0 }, clock),
    segmentBytes: 1_000_000,
    sync: 'group',
    files,
    bootId: bootId ?? 'boot',
    pid,
    release: await lock.acquire(),
  });
  const opened = await store.open({
    written: () => undefined,
    appended: () => undefined,
    failed: () => undefined,
    droppedUpTo: () => undefined,
    changed: () => undefined,
  });
  return { store, opened };
}

function scan(store: DiskStore, filter: FilterSet) {
  const bounds = { entries: 1_000, bytes: 1_000_000 };
  const range = { order: 'forwards', after: 0, upTo: Number.MAX_SAFE_INTEGER } as const;
  return store.scan({ ...range, ...bounds, filter, dropped: [{ filter, from: 0 }] });
}

/** Each entry that the packs of the fixture have, by its offset. */
function entriesWritten(): unknown[] {
  let last = 2;
  return FIXTURE_PACKS.slice(1).flatMap((packs) =>
    packs.flatMap(({ records, time, jump = 0 }) => {
      last += jump;
      return records.flatMap((record) =>
        record.channels.map((channel) => ({
          offset: ++last,
          time,
          channel,
          ...(record.kind === 'gap'
            ? { kind: 'gap', stands: record.missed, payload: '', user: '' }
            : { kind: 'publication', stands: 1, payload: record.payload.toString(), user: record.user }),
        })),
      );
    }),
  );
}

describe('a directory that version 1 wrote', () => {
  it('is read as it was written', async () => {
    const { store } = await openFixture();
    const { entries, dropped } = await scan(store, EVERYTHING);
    expect(
      entries.map(({ kind, offset, time, channel, stands, user, payload }) => {
        return { kind, offset, time, channel, stands, user, payload: Buffer.from(payload).toString() };
      }),
    ).toEqual(entriesWritten());
    // Two were dropped, and up to 100 offsets may have been given before a power loss.
    expect(dropped).toEqual([{ first: 1, to: 100, missed: null }]);
    const one = await scan(store, { channels: ['räume.1'], prefixes: [] });
    expect(one.entries.filter(({ kind }) => kind === 'publication').map(({ offset }) => offset)).toEqual([
      4, 7, 101,
    ]);
    await store.close();
  });

  it.each([
    ['elsewhere, as a copy, with another epoch', undefined, { begins: 101, head: 101, ids: [] }],
    ['in its place, with the same epoch', FIXTURE_META.bootId, { begins: 0, head: 101, ids: [7, 8] }],
    ['in its place after a power loss, above its lease', 'another', { begins: 0, head: 4_196, ids: [7, 8] }],
  ])('goes on %s', async (_, bootId, { begins, head, ids }) => {
    const { store, opened } = await openFixture(bootId);
    expect(opened.epoch === EPOCH).toBe(bootId !== undefined);
    expect([opened.begins, opened.head, [...opened.puts].map(({ key }) => key.id)]).toEqual([
      begins,
      head,
      ids,
    ]);
    await store.close();
  });
});
