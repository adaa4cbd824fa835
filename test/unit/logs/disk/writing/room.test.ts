import { describe, expect, it } from 'vitest';
import { Reserve } from '../../../../../server/src/logs/disk/writing/reserve.ts';
import { Room } from '../../../../../server/src/logs/disk/writing/room.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { turns, turnsUntil } from '../../../../support/disk-life.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';

const RESERVE = /^reserve/;

async function fullRoom() {
  const disk = new SimulatedDisk({ seed: 4 });
  const clock = new ManualClock();
  const changes: boolean[] = [];
  const failures: unknown[] = [];
  let tries = 0;
  const reserve = new Reserve(disk.start().files, 4_096);
  await reserve.make();
  const room = new Room({
    clock,
    reserve,
    writer: {
      between: (action) => {
        tries++;
        return action();
      },
    },
    changed: (isFull) => void changes.push(isFull),
    failed: (error) => void failures.push(error),
  });
  return { disk, clock, room, changes, failures, tries: () => tries };
}

describe('the room of a log that is closed', () => {
  it('is not asked about again, though the reserve was being let go of', async () => {
    const { disk, clock, room, changes } = await fullRoom();
    const over = disk.faults.stall({ operation: 'names', name: RESERVE });
    const exhausted = room.exhausted();
    await turnsUntil(() => disk.faults.stalled({ operation: 'names' }) === 1);
    room.close();
    over();
    await exhausted;
    expect([clock.pending, changes]).toEqual([0, [true]]);
  });

  it('is not asked about again, though that was being tried', async () => {
    const { disk, clock, room, tries, failures } = await fullRoom();
    await room.exhausted();
    disk.volume.capacityBytes = disk.volume.usedBytes;
    const over = disk.faults.stall({ operation: 'names', name: RESERVE });
    clock.advance(1_000);
    await turnsUntil(() => disk.faults.stalled({ operation: 'names' }) === 1);
    room.close();
    over();
    await turns(50);
    expect([clock.pending, tries(), failures]).toEqual([0, 1, []]);
  });
});
