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
      wants: [{ filter: { channels: [], prefixes: [], ...filter }, after: 0 }],
      scan: 10,
      bytes: 1e6,
    });
  return { log, read };
}

describe('what a read looks through for losses', () => {
  it('is told, so that it can be paid for: every channel for a prefix, and the dropped offsets (R11)', async () => {
    const { read } = emptied();
    const other = await read(0, { prefixes: ['zz'] });
    expect([other.scanned, other.searched, other.losses]).toEqual([0, CHANNELS, []]);
    const every = await read(0, { prefixes: ['room'] });
    expect(every.searched).toBe(2 * CHANNELS);
    expect(every.losses).toMatchObject([{ to: CHANNELS, missed: CHANNELS }]);
  });

  it('is nothing where nothing was lost, and for names that have lost nothing', async () => {
    const { log, read } = emptied();
    expect((await read(log.head, { prefixes: [''] })).searched).toBe(0);
    expect((await read(0, { channels: ['elsewhere'] })).searched).toBe(0);
    expect((await read(0, { channels: ['room3'] })).searched).toBe(4);
  });
});
