import { describe, expect, it } from 'vitest';
import type { SegmentIndex } from '../../../../../server/src/logs/disk/index/segment-index.ts';
import { ColdReads } from '../../../../../server/src/logs/disk/segments/cold-reads.ts';
import { type Footed, Indexes } from '../../../../../server/src/logs/disk/segments/indexes.ts';
import { OpenFiles } from '../../../../../server/src/logs/disk/segments/open-files.ts';
import {
  droppedName,
  droppedOf,
  segmentName,
  segmentOf,
} from '../../../../../server/src/logs/disk/segments/segment-name.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';

const footed = (name: string, footerBytes: number): Footed => ({
  name,
  footer: { footerAt: 0, footerBytes, footerCrc: 0, packs: 1 },
  read: () => Promise.resolve(Buffer.alloc(0)),
});

describe('indexes in memory', () => {
  const loading = () => {
    const loads: string[] = [];
    const footer = (of: Footed): Promise<SegmentIndex> => {
      loads.push(of.name);
      return Promise.resolve({ name: of.name } as unknown as SegmentIndex);
    };
    return { loads, source: { footer, rebuild: () => Promise.reject(new Error('not here')) } };
  };

  it('are those used last, within their bytes; who asks meanwhile shares what is under way', async () => {
    const { loads, source } = loading();
    const indexes = new Indexes(source, 100);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => footed(name, 40)) as [Footed, Footed, Footed];
    await Promise.all([indexes.of(a), indexes.of(a), indexes.of(b)]);
    expect(indexes.of(a)).not.toBeInstanceOf(Promise);
    await indexes.of(c);
    expect(indexes.bytes).toBe(80);
    expect([indexes.of(a) instanceof Promise, indexes.of(b) instanceof Promise]).toEqual([false, true]);
    expect(loads).toEqual(['a', 'b', 'c', 'b']);
  });

  it('have one that is larger than all of the room', async () => {
    const indexes = new Indexes(loading().source, 100);
    const large = footed('large', 500);
    await indexes.of(large);
    expect(indexes.of(large)).not.toBeInstanceOf(Promise);
  });

  it('are asked for again after a failure, and made of the packs where the footer is damaged', async () => {
    let answers: (SegmentIndex | undefined)[] = [];
    const footer = async (): Promise<SegmentIndex | undefined> => {
      if (answers.length === 0) throw new Error('EMFILE');
      return answers.shift();
    };
    const rebuilt = {} as SegmentIndex;
    const indexes = new Indexes({ footer, rebuild: () => Promise.resolve(rebuilt) }, 100);
    const one = footed('one', 10);
    await expect(indexes.of(one)).rejects.toThrow('EMFILE');
    expect(indexes.bytes).toBe(0);
    answers = [undefined];
    expect(await indexes.of(one)).toBe(rebuilt);
  });
});

describe('files open for reading', () => {
  it('are no more than their bound, beside those that are being read', async () => {
    const disk = new SimulatedDisk({ seed: 1 });
    const { files } = disk.start();
    const names = Array.from({ length: 10 }, (_, i) => `f${i}`);
    for (const name of names) await (await files.open(name, 'create')).close();
    const open = new OpenFiles(files, 3);
    const opened = (): number => names.filter((name) => disk.volume.inodeOf(name).opened > 0).length;
    for (const name of names) await open.read(name, 0, 1);
    await settled();
    expect(opened()).toBe(3);
    await Promise.all(names.map((name) => open.read(name, 0, 1)));
    await settled();
    expect(opened()).toBe(3);
    await open.closeAll();
    expect(opened()).toBe(0);
  });

  it('are opened again after a failure', async () => {
    const disk = new SimulatedDisk({ seed: 1 });
    const { files } = disk.start();
    await (await files.open('f', 'create')).write(Buffer.from('x'), 0);
    const open = new OpenFiles(files);
    disk.faults.fail({ operation: 'names' }, 'EMFILE', 1);
    await expect(open.read('f', 0, 1)).rejects.toMatchObject({ code: 'EMFILE' });
    expect((await open.read('f', 0, 1)).toString()).toBe('x');
  });
});

describe('cold reads', () => {
  it('run a few at a time, in order, and go on after one that failed', async () => {
    const cold = new ColdReads(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const runs = [0, 1, 2, 3].map((i) =>
      cold.run(async () => {
        begun.push(i);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (i === 0) throw new Error('EIO');
        return i;
      }),
    );
    await settled();
    expect(begun).toEqual([0, 1]);
    ends[0]?.();
    await expect(runs[0]).rejects.toThrow('EIO');
    await settled();
    expect(begun).toEqual([0, 1, 2]);
    for (let i = 1; i < 4; i++) {
      ends[i]?.();
      await settled();
    }
    expect(await Promise.all(runs.slice(1))).toEqual([1, 2, 3]);
  });
});

describe('names of files', () => {
  it('sort as their offsets do, and are read again', () => {
    const befores = [0, 9, 10, 99_999, 2 ** 53 - 2];
    const names = befores.map(segmentName);
    expect(names[0]).toBe('segment-0000000000000001.log');
    expect([...names].sort()).toEqual(names);
    expect(names.map(segmentOf)).toEqual(befores);
    expect(befores.map(droppedName).map(droppedOf)).toEqual(befores);
    for (const name of ['segment-1.log', 'segment-0000000000000000.log', 'x', 'segment-9999999999999999.log'])
      expect(segmentOf(name)).toBeUndefined();
  });
});

/** What nobody waits for has been done. */
async function settled(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise(setImmediate);
}
