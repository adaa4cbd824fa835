import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredEntry } from '../../../../../server/src/core/log/store.ts';
import { DroppedAnswers } from '../../../../../server/src/logs/disk/reading/dropped-answers.ts';
import type { SealedSegment } from '../../../../../server/src/logs/disk/segments/sealed-segment.ts';
import type { ReadBytes } from '../../../../../server/src/logs/disk/segments/segment.ts';
import { gapOf, HandLog, type HandLogOptions, putOf } from '../../../../support/disk/hand-log.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';

const NAMES = { channels: [], prefixes: ['', '$'] };
const offsets = (entries: readonly StoredEntry[]): number[] => entries.map(({ offset }) => offset);

async function opened(options: Partial<HandLogOptions> = {}) {
  const disk = new SimulatedDisk({ seed: 5 });
  const { files } = disk.start();
  return { disk, files, log: await HandLog.open({ files, ...options }) };
}

/** A segment with one publication on each of these channels, in this order. */
async function segment(log: HandLog, ...channels: string[]): Promise<void> {
  for (const channel of channels) await log.add(putOf([channel], `"${channel}"`));
  await log.endSegment();
}

describe('retention', () => {
  it('drops the oldest segments while there are more bytes than it may keep, and never the newest', async () => {
    const { log, files } = await opened();
    for (let i = 0; i < 5; i++) await segment(log, 'busy');
    const bytes = log.segments.view.segments[0]?.bytes ?? 0;
    await log.dropAllBut(2);
    expect(log.segments.view.droppedUpTo).toBe(3);
    expect(log.reportedTo.at(-1)).toBe(3);
    expect(offsets(await log.scanAll())).toEqual([4, 5]);
    expect((await files.list()).filter((name) => name.startsWith('segment'))).toHaveLength(3);
    expect(log.segments.bytes).toBeLessThan(3 * bytes);
    await log.add(putOf(['newest']));
    await log.endPack();
    await log.dropAllBut(0);
    expect(offsets(await log.scanAll({ after: 5 }))).toEqual([6]);
    expect(log.segments.bytes).toBe(log.segments.newest?.bytes);
  });

  it('drops what is too old, the segment that is written to as well, by a clock that is never set', async () => {
    const clock = new ManualClock();
    const { log } = await opened({ clock, bounds: { bytes: 2 ** 40, ageMs: 60_000 }, lastBytes: 0 });
    await segment(log, 'a');
    clock.advance(40_000);
    await log.add(putOf(['b']));
    await log.endPack();
    // The time of day says now that all is a day old.
    clock.set(clock.now() + 86_400_000);
    await log.expire();
    expect(log.segments.view.droppedUpTo).toBe(0);
    clock.advance(20_001);
    await log.expire();
    expect(log.segments.view.droppedUpTo).toBe(1);
    clock.advance(40_000);
    await log.expire();
    expect(log.segments.view.droppedUpTo).toBe(2);
    expect(offsets(await log.scanAll())).toEqual([]);
  });

  it('takes a time that has not come yet for now, when it finds it at its start', async () => {
    const ahead = new ManualClock(4_000_000_000_000);
    const { disk, log } = await opened({ clock: ahead });
    await segment(log, 'a');
    disk.kill();
    const clock = new ManualClock();
    const bounds = { bytes: 2 ** 40, ageMs: 60_000 };
    const again = await HandLog.open({ files: disk.start().files, clock, bounds, lastBytes: 0 });
    await again.expire();
    clock.advance(59_000);
    await again.expire();
    expect(again.segments.view.droppedUpTo).toBe(0);
    clock.advance(1_001);
    await again.expire();
    expect(again.segments.view.droppedUpTo).toBe(1);
  });

  it('keeps the last publication of each channel, through any number of segments, until a newer one is dropped', async () => {
    const { log } = await opened();
    await segment(log, 'quiet', 'busy');
    await log.add(gapOf(['quiet'], 3));
    await segment(log, 'busy');
    for (let i = 0; i < 4; i++) await segment(log, 'busy');
    await log.dropAllBut(1);
    expect(offsets(await log.scanAll())).toEqual([1, 8]);
    const question = { filter: { channels: ['quiet'], prefixes: [] }, from: 0 };
    expect((await log.scan({ dropped: [question] })).dropped).toEqual([{ first: 3, to: 3, missed: 3 }]);
    await segment(log, 'quiet');
    await log.dropAllBut(1);
    // It stays for as long as the one that came after it.
    expect(offsets(await log.scanAll())).toEqual([8, 9]);
    expect((await log.scan({ dropped: [question] })).dropped).toEqual([{ first: 1, to: 3, missed: 4 }]);
    await log.dropAllBut(0);
    expect(offsets(await log.scanAll())).toEqual([8, 9]);
  });

  it('keeps one of a channel alone: that of the segment that goes takes the place of the one kept before', async () => {
    const { log } = await opened();
    await segment(log, 'quiet', 'silent');
    await segment(log, 'busy');
    await log.dropAllBut(0);
    await segment(log, 'quiet');
    await segment(log, 'busy');
    await log.dropAllBut(1);
    expect(offsets(await log.scanAll())).toEqual([2, 4, 5]);
  });

  it('keeps the newest of them within their bytes', async () => {
    const { log, files } = await opened({ lastBytes: 3 * 70 });
    await segment(log, 'a', 'b', 'c', 'd', 'e');
    await segment(log, 'f');
    await log.dropAllBut(0);
    expect(offsets(await log.scanAll())).toEqual([4, 5, 6]);
    expect(await files.list()).toContain('lasts');
  });

  it('keeps none where there is no room for any', async () => {
    const { log, files } = await opened({ lastBytes: 0 });
    await segment(log, 'a');
    await segment(log, 'b');
    await log.dropAllBut(0);
    expect(offsets(await log.scanAll())).toEqual([]);
    expect(await files.list()).not.toContain('lasts');
  });

  it('says of what it has forgotten that nobody knows', async () => {
    const disk = new SimulatedDisk({ seed: 5 });
    const log = await HandLog.open({ files: disk.start().files, lastBytes: 0 });
    // Names of 200 bytes: indexes of 20 KB, of which there is room for three.
    const names = Array.from({ length: 80 }, (_, i) => `${i}-`.padEnd(200, 'x'));
    for (let i = 0; i < 6; i++) await segment(log, ...names);
    await segment(log, 'other');
    await log.dropAllBut(0);
    const { forgottenUpTo, dropped } = log.segments.view;
    expect([forgottenUpTo % 80, forgottenUpTo > 0, dropped.length > 1]).toEqual([0, true, true]);
    const check = async (asked: HandLog): Promise<void> => {
      const of = async (channel: string, from: number) =>
        (await asked.scan({ dropped: [{ filter: { channels: [channel], prefixes: [] }, from }] })).dropped[0];
      expect(await of('none', 0)).toEqual({ first: null, to: forgottenUpTo, missed: null });
      expect(await of('none', forgottenUpTo)).toBeUndefined();
      expect(await of('other', forgottenUpTo)).toEqual({ first: 481, to: 481, missed: 1 });
      expect(await of(names[0] as string, 0)).toMatchObject({ first: null, missed: null });
      expect(await asked.reading.offsetBefore(0)).toBe(0);
    };
    await check(log);
    disk.kill();
    const again = await HandLog.open({ files: disk.start().files });
    expect(again.segments.view.forgottenUpTo).toBe(forgottenUpTo);
    await check(again);
  });

  it('says the same where finding out would take too long', async () => {
    const { log } = await opened({ lastBytes: 0 });
    for (let i = 0; i < 3; i++) await segment(log, 'a', 'b', 'c');
    await segment(log, 'd');
    await log.dropAllBut(1);
    const { segments, holes, turns } = log;
    const question = { filter: NAMES, from: 0 };
    const all = new DroppedAnswers(segments.view, holes, turns);
    expect(await all.of([question])).toEqual([{ first: 1, to: 9, missed: 9 }]);
    const some = new DroppedAnswers(segments.view, holes, turns, 4);
    expect(await some.of([question, { ...question, from: 9 }])).toEqual([
      { first: null, to: 9, missed: null },
      undefined,
    ]);
    expect(some.searched).toBeLessThan(all.searched);
  });

  it.each(['lasts', 'dropped'])(
    'drops nothing where there is no room for its %s, and tries again',
    async (name) => {
      const clock = new ManualClock();
      const { disk, log } = await opened({ clock });
      await segment(log, 'quiet');
      await segment(log, 'busy');
      await segment(log, 'busy');
      const end = disk.faults.fail({ operation: 'write', name: new RegExp(`^${name}`) }, 'ENOSPC');
      await log.dropAllBut(1);
      expect(log.failures).toMatchObject([{ code: 'ENOSPC' }]);
      expect(offsets(await log.scanAll())).toEqual([1, 2, 3]);
      end();
      await log.dropAllBut(1);
      expect(log.segments.view.droppedUpTo).toBe(0);
      clock.advance(1_000);
      await log.dropAllBut(1);
      expect(offsets(await log.scanAll())).toEqual([1, 3]);
      expect(log.segments.view.droppedUpTo).toBe(2);
    },
  );

  it('leaves no file open where what is known of a segment cannot be written', async () => {
    const clock = new ManualClock();
    const { disk, log } = await opened({ clock });
    for (const channel of ['quiet', 'busy', 'busy']) await segment(log, channel);
    disk.faults.fail({ operation: 'write', name: /^dropped/ }, 'ENOSPC');
    const open: number[] = [];
    for (let i = 0; i < 3; i++) {
      await log.dropAllBut(1);
      open.push(disk.volume.opened);
      clock.advance(1_000);
    }
    expect([log.failures.length, new Set(open).size]).toEqual([3, 1]);
  });

  it('removes files when nobody reads them any more, however slow it is', async () => {
    const { log, files } = await opened({ lastBytes: 0 });
    await segment(log, 'a', 'b');
    await segment(log, 'c');
    await segment(log, 'd');
    const [first] = log.segments.view.segments as [SealedSegment];
    await first.index();
    const { read } = first;
    let go = (): void => undefined;
    const isOver = new Promise<void>((resolve) => {
      go = resolve;
    });
    // The pack that the scan asks for; what retention reads then is read at once.
    const slow: ReadBytes = async (at, bytes) => {
      Object.assign(first, { read });
      await isOver;
      return read(at, bytes);
    };
    Object.assign(first, { read: slow });
    const scan = log.scan();
    while (first.read === slow) await new Promise(setImmediate);
    const dropping = log.dropAllBut(0);
    while (log.segments.view.droppedUpTo === 0) await new Promise(setImmediate);
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    expect(await files.list()).toContain(first.name);
    go();
    expect(offsets((await scan).entries)).toEqual([1, 2, 3, 4]);
    await dropping;
    expect((await files.list()).filter((name) => name.startsWith('segment'))).toHaveLength(1);
  });
});

describe('a process that ends while it drops', () => {
  const segments = fc.array(
    fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 5 }),
    { minLength: 2, maxLength: 6 },
  );

  it.each(['kill', 'powerLoss'] as const)('loses nothing, and has nothing twice, after a %s', async (end) => {
    await fc.assert(
      fc.asyncProperty(segments, fc.nat(1_000), fc.nat(150), fc.nat(4), async (all, seed, turns, left) => {
        const disk = new SimulatedDisk({ seed });
        const log = await HandLog.open({ files: disk.start().files });
        const channels = all.flat();
        for (const names of all) await segment(log, ...names);
        void log.dropAllBut(left);
        for (let i = 0; i < turns; i++) await new Promise(setImmediate);
        disk[end]();
        const again = await HandLog.open({ files: disk.start().files });
        await check(again, channels);
        await again.dropAllBut(left);
        await check(again, channels);
        expect(again.segments.view.droppedUpTo).toBe(
          channels.length - all.slice(-left || all.length).flat().length,
        );
      }),
      { numRuns: 80 },
    );
  });
});

/** What is answered and what is said to be dropped are all that there was, and the last of each channel is answered. */
async function check(log: HandLog, channels: readonly string[]): Promise<void> {
  const entries = await log.scanAll({ upTo: channels.length });
  const answered = offsets(entries);
  expect(answered).toEqual([...new Set(answered)].sort((a, b) => a - b));
  for (const { offset, channel, payload } of entries)
    expect([channel, Buffer.from(payload).toString()]).toEqual([
      channels[offset - 1],
      `"${channels[offset - 1]}"`,
    ]);
  for (const channel of new Set(channels)) {
    const own = channels.flatMap((name, i) => (name === channel ? [i + 1] : []));
    expect(answered).toContain(own.at(-1));
    const lost = own.filter((offset) => !answered.includes(offset));
    const filter = { channels: [channel], prefixes: [] };
    const [dropped] = (await log.scan({ dropped: [{ filter, from: 0 }] })).dropped;
    expect(dropped).toEqual(
      lost.length === 0 ? undefined : { first: lost[0], to: lost.at(-1), missed: lost.length },
    );
  }
  const everything = (await log.scan({ dropped: [{ filter: NAMES, from: 0 }] })).dropped[0];
  expect(everything?.missed ?? 0).toBe(channels.length - answered.length);
}
