import { describe, expect, it } from 'vitest';
import type { StoreRecord } from '../../../../../server/src/core/log/store.ts';
import { readTrailer } from '../../../../../server/src/logs/disk/format/trailer.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { DiskLife, type LifeOptions, turns, turnsUntil } from '../../../../support/disk-life.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';

const SEGMENT = /^segment-/;

async function start(options: LifeOptions = {}) {
  const disk = new SimulatedDisk({ seed: 5 });
  const clock = new ManualClock();
  const life = await DiskLife.start(disk, clock, { bytes: 1e6, ...options });
  return { disk, clock, life };
}

describe('a log whose disk fails', () => {
  it.each([
    ['sync', 'EIO'],
    ['write', 'EIO'],
  ] as const)(
    'ends when a %s does: nobody knows of what was under way, and nothing is answered after',
    async (operation, code) => {
      const { disk, life } = await start();
      await life.settled(life.put('before'));
      const synced = [life.put('1'), life.put('2')];
      disk.faults.fail({ operation, name: SEGMENT }, code);
      await turnsUntil(() => life.fatal.length > 0);
      expect(life.fatal.map((error) => (error as NodeJS.ErrnoException).code)).toEqual([code]);
      expect(synced.map((record) => life.failed.get(record))).toEqual([
        expect.objectContaining({ code: 'outcome-unknown' }),
        expect.objectContaining({ code: 'outcome-unknown' }),
      ]);
      expect(life.changes).toEqual([{ kind: 'state', state: 'failed' }]);
      const later = life.put('later');
      expect(await life.settled(later)).toMatchObject({ code: 'log-failed' });
      await life.store.close();
      expect([life.fatal.length, life.appended.size]).toEqual([1, 1]);
    },
  );

  it('says of what was not begun that it was not appended', async () => {
    const { disk, life } = await start();
    const over = disk.faults.stall({ operation: 'write', name: SEGMENT });
    const underWay = life.put('1');
    await turnsUntil(() => disk.faults.stalled({ operation: 'write' }) === 1);
    const waiting = life.put('2');
    disk.faults.fail({ operation: 'write', name: SEGMENT }, 'EIO');
    over();
    expect(await life.settled(underWay)).toMatchObject({ code: 'outcome-unknown' });
    expect(await life.settled(waiting)).toMatchObject({ code: 'log-failed' });
  });

  it('ends when what is safe to be given cannot be raised', async () => {
    const { disk, life } = await start({ sync: 'os' });
    disk.faults.fail({ operation: 'sync', name: /^meta/ }, 'EIO');
    const channels = Array.from({ length: 4_000 }, (_, i) => `c${i}`);
    life.put('1', undefined, channels);
    const second = life.put('2', undefined, channels);
    await turnsUntil(() => life.fatal.length === 1);
    expect(life.appended.has(second)).toBe(false);
  });
});

describe('a log whose disk is full', () => {
  /** Appends until puts are refused. */
  async function fill(life: DiskLife): Promise<StoreRecord[]> {
    const accepted: StoreRecord[] = [];
    for (let i = 0; i < 5_000; i++) {
      const record = life.put(`${i} ${'x'.repeat(1_000)}`, i + 1);
      await life.settled(record);
      if (life.failed.has(record)) return accepted;
      accepted.push(record);
    }
    throw new Error('it is never full');
  }

  it('refuses puts with a remedy, is read, and counts losses; with room again, it goes on within 5 s', async () => {
    const { disk, clock, life } = await start();
    disk.volume.capacityBytes = disk.volume.usedBytes + 20_000;
    const accepted = await fill(life);
    const [error] = [...life.failed.values()];
    expect(error).toMatchObject({ code: 'log-failed', remedy: expect.stringContaining('Make room') });
    await turnsUntil(() => life.changes.length > 0);
    expect(life.changes).toEqual([{ kind: 'state', state: 'full' }]);
    expect([...life.store.figures.notes]).toEqual([expect.stringMatching(/full.* until 1 MiB are free/)]);
    expect(life.notes).toEqual([...life.store.figures.notes]);
    expect((await life.texts()).size).toBe(accepted.length);
    const gap = life.append({ kind: 'gap', channels: ['a'], missed: 17 });
    expect(await life.settled(gap)).toMatchObject({ offset: accepted.length + 1 });
    const refused = life.put('while it is full');
    expect(await life.settled(refused)).toMatchObject({ code: 'log-failed' });
    clock.advance(3_000);
    await turns(200);
    expect(life.changes).toHaveLength(1);

    disk.volume.capacityBytes += 200_000;
    clock.advance(1_000);
    await turnsUntil(() => life.changes.length === 2);
    expect(life.changes[1]).toEqual({ kind: 'state', state: 'reachable' });
    const after = life.put('after');
    expect(await life.settled(after)).toMatchObject({ offset: accepted.length + 2 });
    expect(life.fatal).toEqual([]);
    disk.powerLoss();
    const again = await DiskLife.start(disk, clock);
    const { entries } = await again.scan();
    expect(entries.map(({ offset }) => offset)).toEqual(
      Array.from({ length: accepted.length + 2 }, (_, i) => i + 1),
    );
    expect(entries.find(({ kind }) => kind === 'gap')).toMatchObject({ stands: 17 });
  });

  it('writes the losses that are under way with the puts for which there is no room', async () => {
    const { disk, life } = await start();
    disk.volume.capacityBytes = disk.volume.usedBytes + 10_000;
    const over = disk.faults.stall({ operation: 'write', name: SEGMENT });
    const puts = Array.from({ length: 30 }, (_, i) => life.put(`${i} ${'x'.repeat(1_000)}`));
    const gap = life.append({ kind: 'gap', channels: ['a'], missed: 3 });
    over();
    expect(await life.settled(gap)).toMatchObject({ offset: 1 });
    expect(puts.every((put) => life.failed.has(put))).toBe(true);
    expect((await life.scan()).entries).toHaveLength(1);
  });

  it('leaves nothing of what it has written in part: a start goes on right behind the last one', async () => {
    const { disk, clock, life } = await start();
    disk.volume.capacityBytes = disk.volume.usedBytes + 9_000;
    const large = life.put('x'.repeat(100_000));
    expect(await life.settled(large)).toMatchObject({ code: 'log-failed' });
    const gap = life.append({ kind: 'gap', channels: ['a'], missed: 3 });
    expect(await life.settled(gap)).toMatchObject({ offset: 1 });
    disk.kill();
    const again = await DiskLife.start(disk, clock);
    expect(again.opened.head).toBe(1);
  });

  it('answers for all that waits, where what it has written in part cannot be taken away', async () => {
    const { disk, life } = await start();
    const over = disk.faults.stall({ operation: 'write', name: SEGMENT });
    const underWay = life.put('1');
    await turnsUntil(() => disk.faults.stalled({ operation: 'write' }) === 1);
    const waiting = life.put('2');
    disk.faults.fail({ operation: 'write', name: SEGMENT }, 'ENOSPC');
    disk.faults.fail({ operation: 'truncate', name: SEGMENT }, 'EIO');
    over();
    expect(await life.settled(underWay)).toMatchObject({ code: 'outcome-unknown' });
    expect(await life.settled(waiting)).toMatchObject({ code: 'log-failed' });
    await turnsUntil(() => life.fatal.length === 1);
  });

  it('gives what it has written in part to nobody, also after a power loss', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const disk = new SimulatedDisk({ seed });
      const clock = new ManualClock();
      const life = await DiskLife.start(disk, clock, { bytes: 1e6, segmentBytes: 3_000 });
      disk.volume.capacityBytes = disk.volume.usedBytes + 12_000;
      const accepted = await fill(life);
      disk.volume.capacityBytes += 400_000;
      clock.advance(1_000);
      await turnsUntil(() => life.changes.at(-1)?.kind === 'state' && life.changes.length === 2);
      const others = Array.from({ length: 5 }, (_, i) => life.put(`other ${i}`));
      for (const other of others) await life.settled(other);
      disk.powerLoss();
      const again = await DiskLife.start(disk, clock);
      const texts = await again.texts();
      const due = [...accepted, ...others].map((record) => [
        life.appended.get(record)?.offset,
        Buffer.from((record as { payload: Uint8Array }).payload).toString(),
      ]);
      expect([...texts].filter(([offset]) => due.some(([at]) => at === offset))).toEqual(due);
    }
  });

  it('leaves nothing of a footer for which there was no room: the next one, which may be shorter, is the end', async () => {
    const { disk, clock, life } = await start({ segmentBytes: 4_000 });
    const first = Array.from({ length: 100 }, (_, i) => life.put(String(i), i + 1));
    for (const record of first) await life.settled(record);
    const name = 'segment-0000000000000001.log';
    const { length } = disk.volume.bytesOf(name);
    disk.faults.fail({ operation: 'write', name: new RegExp(name) }, 'ENOSPC', 1);
    await life.settled(life.put('in the next segment'));
    await turnsUntil(() => clock.pending > 0);
    expect(disk.volume.bytesOf(name).length).toBe(length);
    // By then the keys of its puts are too old to be kept.
    clock.set(clock.now() + 400_000);
    clock.advance(1_000);
    await life.store.settled();
    const bytes = disk.volume.bytesOf(name);
    expect(readTrailer(bytes, bytes.length)).toMatchObject({ last: 100, keysBytes: 0 });
    expect(life.fatal).toEqual([]);
  });

  it('tries no footer again once it is closed, however many segments there was no room for', async () => {
    const { disk, clock, life } = await start({ segmentBytes: 4_000 });
    const first = Array.from({ length: 100 }, (_, i) => life.put(String(i), i + 1));
    for (const record of first) await life.settled(record);
    const over = disk.faults.fail({ operation: 'write', name: /segment-0*1\.log/ }, 'ENOSPC');
    await life.settled(life.put('in the next segment'));
    await turnsUntil(() => clock.pending > 0);
    const names = (): number =>
      [...disk.volume.names.all.keys()].filter((name) => /^segment/.test(name)).length;
    for (let i = 0; names() < 3; i++) await life.settled(life.put(`second ${i}`, i + 200));
    await life.store.settled();
    await life.store.close();
    expect(clock.pending).toBe(0);
    over();
    clock.advance(10_000);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(life.fatal).toEqual([]);
  });

  it('starts, is full, and says so', async () => {
    const { disk, clock, life } = await start();
    const record = life.put('1');
    await life.settled(record);
    await life.store.close();
    disk.volume.capacityBytes = disk.volume.usedBytes - 40_000;
    disk.kill();
    const again = await DiskLife.start(disk, clock, { bytes: 4e6 });
    expect(again.opened.state).toBe('full');
    expect([...(await again.texts()).values()]).toEqual(['"1"']);
    const put = again.put('2');
    expect(await again.settled(put)).toMatchObject({ code: 'log-failed' });
  });
});
