import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../../server/src/logs/memory/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const CHANNELS = 500;

/** Every channel has lost all that it had. */
function emptied() {
  const clock = new ManualClock();
  const log = new MemoryLog({ clock, bytes: 1e9, lastBytes: 0, ageMs: 1_000 });
  for (let i = 0; i < CHANNELS; i++)
    log.append({ channels: [`room${i}`], payload: Buffer.from('1'), republish: true });
  clock.advance(1_001);
  const read = (after: number, filter: { channels?: string[]; prefixes?: string[] }) =>
    log.read({
      after,
      interests: [{ filter: { channels: [], prefixes: [], ...filter }, after: 0 }],
      scan: 10,
      bytes: 1e6,
    });
  return { clock, log, read };
}

describe('what a read scans for losses', () => {
  it('is reported, so that it can be charged: its filters, and the dropped offsets that it counts (R11)', async () => {
    const { read } = emptied();
    const other = read(0, { prefixes: ['zz'] });
    expect([other.scanned, other.searched, other.losses]).toEqual([0, 1, []]);
    const every = read(0, { prefixes: ['room'] });
    expect(every.searched).toBeGreaterThan(CHANNELS);
    expect(every.searched).toBeLessThan(8 * CHANNELS);
    expect(every.losses).toMatchObject([{ to: CHANNELS, missed: CHANNELS }]);
  });

  it('is nothing where nothing was lost, and the filter alone for names that have lost nothing', async () => {
    const { log, read } = emptied();
    expect(read(log.head, { prefixes: [''] }).searched).toBe(0);
    expect(read(0, { channels: ['elsewhere'] }).searched).toBe(1);
    const { searched, losses } = read(0, { channels: ['room3'] });
    expect(losses).toMatchObject([{ to: 4, missed: 1 }]);
    expect(searched).toBeLessThan(16);
  });

  it('does not grow with the channels that no filter matches, nor with the lengths of prefixes', async () => {
    const { read } = emptied();
    const nested = Array.from({ length: 254 }, (_, i) => `m${'y'.repeat(i)}`);
    const apart = Array.from({ length: 254 }, (_, i) => `m${'y'.repeat(i)}x`.slice(-255));
    expect(read(0, { prefixes: nested }).searched).toBe(254);
    expect(read(0, { prefixes: apart }).searched).toBe(254);
  });

  it('ends at a bound, and the number of lost publications is unknown then, but the loss is not', async () => {
    const { log, clock } = emptied();
    const name = 'y'.repeat(254);
    for (let i = 0; i < 30_000; i++)
      log.append({ channels: [name], payload: Buffer.from('1'), republish: true });
    clock.advance(1_001);
    const interests = Array.from({ length: 100 }, (_, i) => ({
      filter: { channels: [], prefixes: ['y'.repeat(i + 1)] },
      after: 0,
    }));
    const { searched, losses } = log.read({ after: 0, interests, scan: 10, bytes: 1e6 });
    expect(losses.map(({ to, missed }) => [to, missed])).toEqual(interests.map(() => [log.head, null]));
    expect(searched).toBeLessThan(1_001_000);
    const one = log.read({ after: 0, interests: interests.slice(0, 1), scan: 10, bytes: 1e6 });
    expect(one.losses).toMatchObject([{ missed: 30_000 }]);
  });
});
