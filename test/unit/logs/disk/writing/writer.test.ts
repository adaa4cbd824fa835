import { describe, expect, it } from 'vitest';
import type { StoreRecord } from '../../../../../server/src/core/log/store.ts';
import { ActiveSegment } from '../../../../../server/src/logs/disk/writing/active-segment.ts';
import { Writer, type WriterParts } from '../../../../../server/src/logs/disk/writing/writer.ts';
import { gapOf, putOf } from '../../../../support/disk/hand-log.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { turns, turnsUntil } from '../../../../support/disk-life.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';

const SEGMENT = /^segment-/;
const HEAD = { offset: 0, time: 0 };

async function writerOn(parts: Partial<WriterParts> = {}) {
  const disk = new SimulatedDisk({ seed: 6 });
  const { files } = disk.start();
  const header = { epoch: '00000000-0000-4000-8000-000000000001', before: 0, created: 0, chain: 0 };
  const segment = await ActiveSegment.create(files, header);
  const written: StoreRecord[] = [];
  const refused: StoreRecord[] = [];
  const failures: unknown[] = [];
  const writer = new Writer(
    {
      clock: new ManualClock(),
      endOfTurn: (action) => void setImmediate(action),
      segmentFor: () => Promise.resolve(segment),
      syncedUpTo: () => 0,
      written: ({ records }) => {
        written.push(...records);
        return Promise.resolve();
      },
      noRoom: () => Promise.resolve(true),
      refused: (records) => void refused.push(...records),
      failed: (error) => void failures.push(error),
      ...parts,
    },
    HEAD,
  );
  return { disk, writer, written, refused, failures };
}

describe('a writer that is stopped', () => {
  it('does not answer for what is written already, though what came before is still being reported', async () => {
    const reported: StoreRecord[] = [];
    const { writer } = await writerOn({
      written: ({ records }) => {
        reported.push(...records);
        return new Promise(() => undefined);
      },
    });
    writer.add(putOf(['a']), 0);
    await turnsUntil(() => reported.length === 1);
    writer.add(putOf(['b']), 0);
    await turnsUntil(() => reported.length === 2);
    const later = putOf(['c']);
    writer.add(later, 0);
    expect(writer.stop()).toEqual({ underWay: [], waiting: [later] });
  });

  it('answers once for all that waits while room is made, and nothing of it is refused as well', async () => {
    let made = (): void => undefined;
    const room = new Promise<boolean>((resolve) => {
      made = () => resolve(true);
    });
    let asked = 0;
    const { disk, writer, refused, written } = await writerOn({
      noRoom: () => {
        asked++;
        return room;
      },
    });
    disk.faults.fail({ operation: 'write', name: SEGMENT }, 'ENOSPC', 1);
    const over = disk.faults.stall({ operation: 'write', name: SEGMENT });
    const first = putOf(['a']);
    writer.add(first, 0);
    await turnsUntil(() => disk.faults.stalled({ operation: 'write' }) === 1);
    const [second, third] = [putOf(['b']), gapOf(['c'], 1)];
    writer.add(second, 0);
    over();
    await turnsUntil(() => asked === 1);
    writer.add(third, 0);
    expect(writer.stop()).toEqual({ underWay: [first], waiting: [second, third] });
    made();
    await turns(20);
    expect([refused, written]).toEqual([[], []]);
  });

  it('refuses the puts that waited, once there is no room, and tries the losses again', async () => {
    const { disk, writer, refused, written, failures } = await writerOn();
    disk.faults.fail({ operation: 'write', name: SEGMENT }, 'ENOSPC', 1);
    const [put, gap] = [putOf(['a']), gapOf(['b'], 1)];
    for (const record of [put, gap]) writer.add(record, 0);
    await turnsUntil(() => written.length === 1);
    expect([refused, written, failures]).toEqual([[put], [gap], []]);
  });
});
