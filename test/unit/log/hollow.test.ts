import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../../server/src/logs/memory/index.ts';
import { set } from '../../support/grants.ts';
import { ManualClock } from '../../support/manual-clock.ts';

describe('channels of which nothing is held', () => {
  it('are forgotten of a user that has more than its share, and what others lost stays known', async () => {
    const clock = new ManualClock();
    const log = new MemoryLog({ clock, bytes: 1e9, lastBytes: 0, ageMs: 1_000 });
    const put = (user: string, channels: string[]) =>
      log.append({ user, channels, payload: Buffer.from('1'), republish: false });
    put('alice', ['alice']);
    for (let i = 0; i < 110; i++) {
      put(
        'mallory',
        Array.from({ length: 1_000 }, (_, j) => `m${i}.${j}`),
      );
      clock.advance(1_001);
      log.expire();
    }
    expect(log.counts.channels).toBe(75_000);
    // Alice's own offset was lost, and nothing above it: what lies between was never hers.
    const read = (after: number) =>
      log.read({ after, interests: [{ filter: set('alice'), after }], scan: 10, bytes: 1e6 });
    expect(read(0).losses).toMatchObject([{ to: 1, missed: null }]);
    expect(read(1).losses).toEqual([]);
  });
});
