import { describe, expect, it } from 'vitest';
import type { StoreRecord } from '../../../../../server/src/core/log/store.ts';
import type { Sync } from '../../../../../server/src/logs/disk/options.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { DiskLife, turns, turnsUntil } from '../../../../support/disk-life.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';

const SEGMENT = /^segment-/;

function start(sync: Sync, more = {}): Promise<{ life: DiskLife; disk: SimulatedDisk; clock: ManualClock }> {
  const disk = new SimulatedDisk({ seed: 3 });
  const clock = new ManualClock();
  return DiskLife.start(disk, clock, { sync, ...more }).then((life) => ({ life, disk, clock }));
}

/** How many packs are in the file of the first segment. */
function packsOf(disk: SimulatedDisk): number {
  return disk.volume.bytesOf('segment-0000000000000001.log').toString('latin1').split('ZPAK').length - 1;
}

describe('appends to a log on disk', () => {
  it('are one pack where they come in one turn, and one more with all that comes during the write', async () => {
    const { life, disk } = await start('group');
    const over = disk.faults.stall({ operation: 'write', name: SEGMENT });
    const first = [life.put('1'), life.put('2'), life.put('3')];
    await turnsUntil(() => disk.faults.stalled({ operation: 'write' }) === 1);
    const later = [life.put('4')];
    await turns(5);
    later.push(life.put('5'));
    await turns(5);
    expect([disk.faults.stalled({ operation: 'write' }), life.written]).toEqual([1, []]);
    over();
    for (const record of [...first, ...later]) await life.settled(record);
    expect(packsOf(disk)).toBe(2);
    expect(life.written.map(({ offset, record }) => [offset, record])).toEqual(
      [...first, ...later].map((record, i) => [i + 1, record]),
    );
  });

  it('are given to the listener once they are written, and answered after a sync that began later', async () => {
    const { life, disk } = await start('group');
    const over = disk.faults.stall({ operation: 'sync', name: SEGMENT });
    const first = life.put('1');
    await turnsUntil(() => life.written.length === 1);
    await turnsUntil(() => disk.faults.stalled({ operation: 'sync' }) === 1);
    // The sync that is under way does not count for what is written now.
    const second = life.put('2');
    await turnsUntil(() => life.written.length === 2);
    expect(life.appended.size).toBe(0);
    over();
    await turnsUntil(() => life.appended.has(first));
    expect(life.appended.has(second)).toBe(false);
    expect(await life.settled(second)).toMatchObject({ offset: 2 });
  });

  it.each<Sync>(['interval', 'os'])('are answered once they are written, with %s', async (sync) => {
    const { life, disk, clock } = await start(sync);
    const over = disk.faults.stall({ operation: 'sync', name: SEGMENT });
    const record = life.put('1');
    expect(await life.settled(record)).toMatchObject({ offset: 1 });
    clock.advance(999);
    await turns(10);
    expect(disk.faults.stalled({ operation: 'sync' })).toBe(0);
    clock.advance(1);
    await turns(10);
    expect(disk.faults.stalled({ operation: 'sync' })).toBe(sync === 'interval' ? 1 : 0);
    over();
  });

  it('never sync twice at once, and wait for no more than one sync', async () => {
    const { life, disk } = await start('group');
    const over = disk.faults.stall({ operation: 'sync', name: SEGMENT });
    const records: StoreRecord[] = [];
    for (let i = 0; i < 5; i++) {
      records.push(life.put(String(i)));
      await turnsUntil(() => life.written.length === i + 1);
    }
    await turns(20);
    expect(disk.faults.stalled({ operation: 'sync' })).toBe(1);
    const before = life.store.figures.syncs;
    over();
    for (const record of records) await life.settled(record);
    expect(life.store.figures.syncs - before).toBe(2);
  });

  it.each(['write', 'sync'] as const)('hold up no read while a %s stalls', async (operation) => {
    const { life, disk, clock } = await start('group');
    await life.settled(life.put('1'));
    const over = disk.faults.stall({ operation, name: SEGMENT });
    const record = life.put('2');
    await turnsUntil(() => disk.faults.stalled({ operation }) === 1);
    clock.advance(5_000);
    expect([...(await life.texts()).values()]).toContain('"1"');
    expect(life.appended.has(record)).toBe(false);
    over();
    expect(await life.settled(record)).toMatchObject({ offset: 2 });
  });

  it('give no offset above what is safe to have been given', async () => {
    const { life, disk } = await start('os');
    const over = disk.faults.stall({ operation: 'sync', name: /^meta/ });
    let newest = life.put('first');
    const channels = Array.from({ length: 1_000 }, (_, i) => `c${i}`);
    for (let i = 0; i < 10; i++) newest = life.put(String(i), undefined, channels);
    await turns(200);
    const given = life.written.at(-1);
    expect((given?.offset ?? 0) + (given?.record.channels.length ?? 0)).toBeLessThanOrEqual(4_097);
    expect(life.appended.has(newest)).toBe(false);
    over();
    expect(await life.settled(newest)).toMatchObject({ offset: 9_002 });
  });

  it('go on in the next segment while one is given its footer', async () => {
    const { life, disk } = await start('group', { segmentBytes: 400 });
    for (let i = 0; i < 4; i++) await life.settled(life.put(`${i} ${'x'.repeat(100)}`));
    const names = await life.store.settled().then(() => disk.volume.names.all);
    expect([...names.keys()].filter((name) => SEGMENT.test(name)).length).toBeGreaterThan(1);
    const over = disk.faults.stall({ operation: 'sync', name: /^segment-0000000000000005/ });
    expect([...(await life.texts()).keys()]).toEqual([1, 2, 3, 4]);
    over();
    await life.store.close();
    const again = await DiskLife.start(disk, new ManualClock());
    expect([...(await again.texts()).keys()]).toEqual([1, 2, 3, 4]);
  });

  it('that cannot be written fail by themselves, and nothing else does', async () => {
    const { life } = await start('group');
    const bad: StoreRecord = {
      kind: 'put',
      channels: ['\ud800'.repeat(70)],
      payload: Buffer.from('1'),
      republish: true,
      user: 'u',
      key: undefined,
    };
    const good = life.put('1');
    life.append(bad);
    expect(life.failed.size).toBe(0);
    expect(await life.settled(bad)).toMatchObject({ code: 'log-failed' });
    expect(await life.settled(good)).toMatchObject({ offset: 1 });
  });

  it('have the time at which they are written, and none below one before, though the clock is set back', async () => {
    const { life, clock } = await start('group');
    const first = (await life.settled(life.put('1'))) as { time: number };
    clock.set(clock.now() - 60_000);
    expect(await life.settled(life.put('2'))).toMatchObject({ time: first.time });
  });

  it('are all written, synced and answered before it closes, and the next start goes on right behind', async () => {
    const { life, disk, clock } = await start('interval');
    const records = Array.from({ length: 20 }, (_, i) => life.put(String(i)));
    await life.store.close();
    expect(records.every((record) => life.appended.has(record))).toBe(true);
    const late = life.put('late');
    await turns(5);
    expect([life.appended.has(late), life.failed.has(late)]).toEqual([false, false]);
    disk.powerLoss();
    const again = await DiskLife.start(disk, clock);
    expect([again.opened.head, again.opened.epoch]).toEqual([20, life.opened.epoch]);
  });
});
