import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { STEP } from '../../../../../server/src/core/session/behind/step.ts';
import type { Files } from '../../../../../server/src/logs/disk/files/files.ts';
import { PackCache } from '../../../../../server/src/logs/disk/reading/pack-cache.ts';
import { Stretch, Windows } from '../../../../../server/src/logs/disk/reading/windows.ts';
import type { VerifiedPack } from '../../../../../server/src/logs/packs/verified-pack.ts';
import { HandLog, type HandLogOptions, putOf } from '../../../../support/disk/hand-log.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { Random } from '../../../../support/random.ts';

const EVERYTHING = { channels: [], prefixes: ['', '$'] };
const PAYLOAD = JSON.stringify('x'.repeat(10_000));

/** Files, and how much was read of segments at a time. */
function counted(files: Files): { files: Files; reads: number[] } {
  const reads: number[] = [];
  const open: Files['open'] = async (name, mode) => {
    const file = await files.open(name, mode);
    const read = file.read.bind(file);
    file.read = (at, bytes) => {
      if (bytes > 200) reads.push(bytes);
      return read(at, bytes);
    };
    return file;
  };
  const counting = new Proxy(files, {
    get: (target, name) => {
      if (name === 'open') return open;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
  return { files: counting, reads };
}

/** Packs of 10 KB, one for each of 100 channels in turn. */
async function written(packs: number, options: Partial<HandLogOptions> = {}) {
  const disk = new SimulatedDisk({ seed: 3 });
  const { files, reads } = counted(disk.start().files);
  const log = await HandLog.open({ files, ...options });
  for (let i = 0; i < packs; i++) {
    await log.add(putOf([`channel ${i % 100}`], PAYLOAD));
    await log.endPack();
  }
  await log.endSegment();
  await log.segments.view.segments[0]?.index();
  reads.length = 0;
  return { disk, log, reads };
}

describe('cold packs', () => {
  it('are read up to 1 MiB at a time where all of them are due, each once', async () => {
    const { log, reads } = await written(400);
    const entries = await log.scanAll({ filter: EVERYTHING, entries: 7 });
    expect(entries).toHaveLength(400);
    expect(Math.max(...reads)).toBeLessThanOrEqual(2 ** 20);
    expect(reads.length).toBeLessThan(6);
    reads.length = 0;
    await log.scanAll({ filter: EVERYTHING, order: 'backwards' });
    expect(reads).toEqual([]);
  });

  it('are read with few neighbours for one who has a pack here and there', async () => {
    const { log, reads } = await written(400);
    expect(await log.scanAll({ filter: { channels: ['channel 5'], prefixes: [] } })).toHaveLength(4);
    expect(reads).toHaveLength(4);
    expect(Math.max(...reads)).toBeLessThanOrEqual(32 * 1024);
  });

  it('are read once for many readers of a channel each', async () => {
    const { log, reads } = await written(400);
    for (let i = 0; i < 100; i++)
      expect(await log.scanAll({ filter: { channels: [`channel ${i}`], prefixes: [] } })).toHaveLength(4);
    expect(reads.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(1.2 * 400 * PAYLOAD.length);
    expect(reads.length).toBeLessThan(60);
  });

  it('are read two at a time, however many scan', async () => {
    const { disk, log } = await written(100);
    const go = disk.faults.stall({ operation: 'read' });
    const scans = Array.from({ length: 16 }, (_, i) =>
      log.scanAll({ filter: { channels: [`channel ${i * 5}`], prefixes: [] } }),
    );
    while (disk.faults.stalled({ operation: 'read' }) < 2) await new Promise(setImmediate);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    expect(disk.faults.stalled({ operation: 'read' })).toBe(2);
    go();
    for (const scan of scans) expect(await scan).toHaveLength(1);
  });

  it('of a part of the log make one step, so that readers meet at its end', async () => {
    const { log } = await written(400, { windows: new Windows(1_000_000, undefined, 1_000_000) });
    const filter = { channels: ['channel 5'], prefixes: [] };
    const one = { filter, bytes: 1_000_000 };
    const { entries, reached } = await log.scan(one);
    expect([entries.map(({ offset }) => offset), reached]).toEqual([[6], 100]);
    expect((await log.scan({ ...one, after: 2 })).reached).toBe(100);
    expect((await log.scan({ ...one, filter: EVERYTHING, after: 50 })).reached).toBe(100);
    // A step of a few packs would be none.
    expect((await log.scan({ ...one, after: 90 })).reached).toBe(199);
    const back = { ...one, order: 'backwards' } as const;
    expect((await log.scan({ ...back, upTo: 400 })).reached).toBe(199);
    expect((await log.scan({ ...back, upTo: 250 })).reached).toBe(100);
    expect((await log.scan({ ...back, filter: EVERYTHING, upTo: 390 })).reached).toBe(298);
    // One for many, which has room for more, goes on.
    expect((await log.scan({ filter, bytes: 2_000_000 })).reached).toBe(199);
    expect((await log.scan({ ...back, upTo: 400, bytes: 2_000_000 })).reached).toBe(100);
  });

  it('of several parts make one step for many, until that has taken long', () => {
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    onTestFinished(() => void vi.restoreAllMocks());
    const windows = new Windows(1_000, undefined, 10);
    const forwards = new Stretch(windows, { order: 'forwards', bytes: 40 });
    const backwards = new Stretch(windows, { order: 'backwards', bytes: 40 });
    expect([forwards, backwards].map((stretch) => stretch.edge)).toEqual([undefined, undefined]);
    expect([forwards.admits(100), backwards.admits(9_900)]).toEqual([true, true]);
    expect([forwards.admits(2_900), backwards.admits(7_100)]).toEqual([true, true]);
    expect([forwards.edge, backwards.edge]).toEqual([3_000, 7_000]);
    nowMs = 501;
    expect([forwards.admits(3_000), backwards.admits(6_999)]).toEqual([false, false]);
    nowMs = 500;
    expect([forwards.admits(3_999), backwards.admits(6_000)]).toEqual([true, true]);
    expect([forwards.admits(4_000), backwards.admits(5_999)]).toEqual([false, false]);
  });

  it('are read once for readers who walk the log in turn, though some have nothing in most of its parts', async () => {
    const { files, reads } = counted(new SimulatedDisk({ seed: 3 }).start().files);
    const windows = new Windows(100_000, 2_000);
    const log = await HandLog.open({ files, cacheBytes: 300_000, windows });
    const random = new Random(3);
    const readers = Array.from({ length: 200 }, (_, i) => ({ name: `channel ${i}`, at: 0, due: 0, got: 0 }));
    for (let i = 0; i < 2_000; i++) {
      const reader = readers[random.between(0, readers.length - 1)] as (typeof readers)[number];
      reader.due++;
      await log.add(putOf([reader.name], PAYLOAD.slice(-900)));
      if (i % 500 === 499) await log.endSegment();
      else await log.endPack();
    }
    for (const segment of log.segments.view.segments) await segment.index();
    reads.length = 0;
    for (let waiting = readers; waiting.length > 0; waiting = waiting.filter(({ at }) => at < 2_000))
      for (const reader of waiting) {
        const filter = { channels: [reader.name], prefixes: [] };
        const { entries, reached } = await log.scan({
          filter,
          after: reader.at,
          upTo: 2_000,
          bytes: STEP.bytes,
        });
        reader.at = reached;
        reader.got += entries.length;
      }
    expect(readers.map(({ got }) => got)).toEqual(readers.map(({ due }) => due));
    expect(reads.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(1.3 * log.segments.bytes);
  });
});

describe('the cache of packs', () => {
  const pack = {} as VerifiedPack;
  const run = (bytes: number, ...positions: number[]) => ({
    bytes,
    packs: new Map(positions.map((position) => [position, pack])),
  });

  it('holds no more than its bytes: what was used last', () => {
    const cache = new PackCache(100);
    for (let i = 0; i < 5; i++) {
      cache.add(run(30, i));
      cache.get(0);
    }
    expect([0, 1, 2, 3, 4].filter((position) => cache.has(position))).toEqual([0, 3, 4]);
    expect(cache.bytes).toBe(90);
  });

  it('keeps and lets go of what was read together as one, because it is one memory', () => {
    const cache = new PackCache(100);
    cache.add(run(60, 1, 2));
    cache.add(run(30, 3));
    cache.get(1);
    cache.add(run(40, 4));
    expect([1, 2, 3, 4].filter((position) => cache.has(position))).toEqual([1, 2, 4]);
    cache.add(run(90, 5));
    expect([1, 2, 3, 4, 5].filter((position) => cache.has(position))).toEqual([5]);
    expect(cache.bytes).toBe(90);
  });
});

describe('a pack of which a scan takes many entries', () => {
  it('leaves time to others between them, also where only one channel is due', async () => {
    const log = await HandLog.open({ files: new SimulatedDisk({ seed: 3 }).start().files });
    for (let i = 0; i < 1_600; i++) await log.add(putOf([i % 4 === 0 ? 'due' : 'other']));
    await log.endPack();
    const asked = vi.spyOn(log.turns, 'wait');
    const { entries } = await log.scan({ filter: { channels: ['due'], prefixes: [] } });
    expect(entries.map(({ offset }) => offset)).toEqual(Array.from({ length: 400 }, (_, i) => 4 * i + 1));
    expect(asked.mock.calls.length).toBeGreaterThanOrEqual(400 / 64);
  });
});
