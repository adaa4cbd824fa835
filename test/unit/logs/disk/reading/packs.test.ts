import { describe, expect, it } from 'vitest';
import type { Files } from '../../../../../server/src/logs/disk/files/files.ts';
import { PackCache } from '../../../../../server/src/logs/disk/reading/pack-cache.ts';
import { WINDOW_BYTES } from '../../../../../server/src/logs/disk/reading/packs.ts';
import type { VerifiedPack } from '../../../../../server/src/logs/disk/reading/verified-pack.ts';
import { HandLog, putOf } from '../../../../support/disk/hand-log.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';

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
async function written(packs: number) {
  const disk = new SimulatedDisk({ seed: 3 });
  const { files, reads } = counted(disk.start().files);
  const log = await HandLog.open({ files });
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
    const { log } = await written(2_000);
    const filter = { channels: ['channel 5'], prefixes: [] };
    const { entries, reached } = await log.scan({ filter });
    expect(entries.length).toBeGreaterThanOrEqual(Math.floor(WINDOW_BYTES / (100 * 10_080)));
    const next = await log.scan({ filter, after: reached });
    expect(next.entries[0]?.offset).toBe(reached + 1);
    const late = await log.scan({ filter, after: 300 });
    expect(late.reached).toBe(reached);
    const back = await log.scan({ filter, order: 'backwards', upTo: 2_000 });
    expect((await log.scan({ filter, order: 'backwards', upTo: 1_950 })).reached).toBe(back.reached);
  });
});

describe('the cache of packs', () => {
  const pack = {} as VerifiedPack;

  it('holds no more than its bytes: those that were used last', () => {
    const cache = new PackCache(100);
    for (let i = 0; i < 5; i++) {
      cache.add(i, pack, { bytes: 30, held: 0 });
      cache.get(0);
    }
    expect([cache.has(0), cache.has(1), cache.has(2), cache.has(3), cache.has(4)]).toEqual([
      true,
      false,
      false,
      true,
      true,
    ]);
    expect(cache.bytes).toBe(90);
  });

  it('counts what was read together until nothing of it is held', () => {
    const cache = new PackCache(100);
    const run = { bytes: 80, held: 0 };
    cache.add(1, pack, run);
    cache.add(2, pack, run);
    expect(cache.bytes).toBe(80);
    cache.get(1);
    cache.add(3, pack, { bytes: 90, held: 0 });
    expect([cache.has(1), cache.has(2), cache.has(3), cache.bytes]).toEqual([false, false, true, 90]);
  });
});
