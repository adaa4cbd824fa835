import { describe, expect, it } from 'vitest';
import { MemoryLog, REMEMBERED } from '../../../server/src/logs/memory/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function scene(weight: number) {
  const clock = new ManualClock();
  const log = new MemoryLog({ clock, bytes: 1e6, lastBytes: 0, ageMs: 0, puts: { ...REMEMBERED, weight } });
  const put = (id: number, firstSentMs?: number) =>
    log.append({
      putKey: { client: 'client-1', id, firstSentMs },
      channels: ['a'],
      payload: Buffer.from('1'),
      republish: true,
    });
  return { clock, log, put };
}

describe('limits.rememberedPuts', () => {
  it('puts and their channels count; the oldest beyond are forgotten, counted, and not appended twice (P10)', () => {
    const { clock, log, put } = scene(6);
    const sentMs = clock.now();
    for (let id = 1; id <= 4; id++) {
      put(id);
      clock.advance(1);
    }
    expect([log.remembered, log.forgotten]).toEqual([3, 1]);
    expect(put(2, sentMs)).toMatchObject({ offsets: [2], again: true });
    expect(() => put(1, sentMs)).toThrow(expect.objectContaining({ code: 'outcome-unknown' }));
    expect(log.head).toBe(4);
  });

  it('those that are forgotten because their time has passed are not counted', () => {
    const { clock, log, put } = scene(6);
    put(1);
    clock.advance(REMEMBERED.ageMs + 1);
    put(2);
    expect([log.remembered, log.forgotten]).toEqual([1, 0]);
  });
});
