import { describe, expect, it } from 'vitest';
import { StoredLog } from '../../../../../server/src/core/log/stored-log.ts';
import { DiskStore } from '../../../../../server/src/logs/disk/disk-store.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';
import { smallDisk } from '../../../../support/small-disk.ts';

const ALL = { filter: { channels: ['a'], prefixes: [] }, after: 0 };

describe('a log on disk that was quiet for longer than it keeps anything', () => {
  it.each([
    { next: 0, name: 'nothing has come since' },
    { next: 1, name: 'one has come since, and the segment before is about to be sealed' },
  ])('gives its first reader nothing that is too old: $name', async ({ next }) => {
    const clock = new ManualClock();
    const { files, lock, bootId, pid } = new SimulatedDisk({ seed: 3 }).start();
    const bounds = smallDisk({ entries: 100, lasts: 0, ageMs: 3_000 }, clock);
    const release = await lock.acquire();
    const store = new DiskStore({ ...bounds, files, release, bootId, pid, sync: 'os' });
    const log = await StoredLog.open(store, { clock, bytes: 0, ageMs: 3_000 });
    const put = (text: string) =>
      log.append({ channels: ['a'], payload: Buffer.from(text), republish: true });
    for (let i = 0; i < 5; i++) await put(`"old ${i}"`);
    clock.advance(4_000);
    for (let i = 0; i < next; i++) await put(`"new ${i}"`);
    const read = { after: 0, interests: [ALL], scan: 100, bytes: 1e6 };
    const { entries, losses } = await log.read(read);
    expect(entries.map(({ offset }) => offset)).toEqual(next ? [6] : []);
    expect(losses).toMatchObject([{ to: 5, missed: 5 }]);
    await log.close();
  });
});
