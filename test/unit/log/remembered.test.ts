import { describe, expect, it } from 'vitest';
import { MemoryLog, REMEMBERED } from '../../../server/src/logs/memory/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function scene(weight: number) {
  const clock = new ManualClock();
  const log = new MemoryLog({ clock, bytes: 1e6, lastBytes: 0, ageMs: 0, puts: { ...REMEMBERED, weight } });
  const put = (id: number, firstSentMs?: number, user = 'mallory') =>
    log.append({
      user,
      putKey: { client: `client of ${user}`, id, firstSentMs },
      channels: ['a'],
      payload: Buffer.from('1'),
      republish: true,
    });
  return { clock, log, put };
}

/** One user alone may have three quarters of the bound. */
describe('limits.rememberedPuts', () => {
  it('puts and their channels count; the oldest beyond are forgotten, counted, and not appended twice (P10)', () => {
    const { clock, log, put } = scene(8);
    const sentMs = clock.elapsed();
    for (let id = 1; id <= 4; id++) {
      put(id);
      clock.advance(1);
    }
    expect([log.counts.remembered, log.counts.forgotten]).toEqual([3, 1]);
    expect(put(2, sentMs)).toMatchObject({ offsets: [2], again: true });
    expect(() => put(1, sentMs)).toThrow(expect.objectContaining({ code: 'outcome-unknown' }));
    expect(log.head).toBe(4);
  });

  it('those that are forgotten because their time has passed are not counted', () => {
    const { clock, log, put } = scene(8);
    put(1);
    clock.advance(REMEMBERED.ageMs + 1);
    put(2);
    expect([log.counts.remembered, log.counts.forgotten]).toEqual([1, 0]);
  });

  it('a user that puts more than its share makes the server forget its own alone (P10)', () => {
    const { clock, log, put } = scene(64);
    const sentMs = clock.elapsed();
    const first = put(1, undefined, 'alice');
    for (let id = 1; id <= 1_000; id++) {
      put(id);
      clock.advance(1);
    }
    expect(log.counts.remembered).toBe(24);
    expect(put(1, sentMs, 'alice')).toEqual({ ...first, again: true });
    expect(() => put(1, sentMs)).toThrow(expect.objectContaining({ code: 'outcome-unknown' }));
    // Never heard of, and nothing of bob's was forgotten: it is appended.
    expect(put(7, sentMs, 'bob').again).toBeUndefined();
    // Alice may have a share of her own, however much another puts.
    put(2, undefined, 'alice');
    for (let id = 1_001; id <= 2_000; id++) put(id);
    expect(put(2, sentMs, 'alice').again).toBe(true);
    expect(log.head).toBe(2_003);
  });

  it('what one user had to forget holds for all once all of that age is forgotten (P10)', () => {
    const { clock, log, put } = scene(8);
    for (let id = 1; id <= 10; id++) put(id);
    const lateMs = clock.elapsed();
    clock.advance(2 * REMEMBERED.ageMs + 2);
    put(1, undefined, 'alice');
    expect(() => put(1, lateMs)).toThrow(expect.objectContaining({ code: 'outcome-unknown' }));
    expect(() => put(2, lateMs, 'alice')).toThrow(expect.objectContaining({ code: 'outcome-unknown' }));
    expect(put(2, clock.elapsed(), 'alice').again).toBeUndefined();
    expect(log.counts.remembered).toBe(2);
  });

  it('a client without a subject that comes back by another address is not appended twice (P9, P10)', () => {
    const { clock, log } = scene(8);
    const sentMs = clock.elapsed();
    const put = (user: string, id: number, firstSentMs?: number) =>
      log.append({
        user,
        putKey: { client: 'a client', id, firstSentMs, isMobile: true },
        channels: ['a'],
        payload: Buffer.from('1'),
        republish: true,
      });
    for (let id = 1; id <= 4; id++) put('a192.0.2.1', id);
    expect(put('a2001:db8:0:0::/64', 4, sentMs).again).toBe(true);
    expect(() => put('a2001:db8:0:0::/64', 1, sentMs)).toThrow(
      expect.objectContaining({ code: 'outcome-unknown' }),
    );
    expect(log.head).toBe(4);
  });
});
