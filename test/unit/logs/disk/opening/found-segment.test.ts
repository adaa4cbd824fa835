import { describe, expect, it } from 'vitest';
import { FoundSegment } from '../../../../../server/src/logs/disk/opening/found-segment.ts';
import { ColdReads } from '../../../../../server/src/logs/disk/segments/cold-reads.ts';
import { ended, newestSegment } from '../../../../support/power-loss/damage.ts';

describe('a scan of a segment beside readers of the log', () => {
  it('waits for its turn before each pack, and reads the file in its place among them', async () => {
    const { disk } = await ended('kill', 4);
    const { files } = disk.start();
    const name = newestSegment(disk);
    const found = await FoundSegment.find(files, name, 0);
    const alone = await found.scanTo(found.packsEnd);
    const packs = alone.index.packs.count;
    expect(packs).toBeGreaterThan(0);
    const cold = new ColdReads(1);
    let free = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      free = resolve;
    });
    const reader = cold.run(() => held);
    let waits = 0;
    const turns = {
      wait: async (): Promise<void> => {
        waits++;
      },
    };
    const scan = found.scanTo(found.packsEnd, { cold, turns });
    await new Promise(setImmediate);
    // Another read is at the disk: it has waited for a turn, and stands behind that one.
    expect(waits).toBe(1);
    free();
    await reader;
    const { index, ...beside } = await scan;
    // Once more for the place behind the last pack, where there is none.
    expect(waits).toBe(packs + 1);
    expect([beside.end, beside.last, index.packs.count]).toEqual([alone.end, alone.last, packs]);
  });
});
