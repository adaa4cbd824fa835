import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../../server/src/logs/memory/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** @param channels of which one user alone may have three quarters */
function scene(channels: number, lastBytes = 0) {
  const clock = new ManualClock();
  const log = new MemoryLog({ clock, bytes: 1e9, lastBytes, ageMs: 1_000, epoch: 'e', channels });
  const put = (...names: string[]) => putBy(undefined, ...names);
  const putBy = async (user: string | undefined, ...names: string[]): Promise<string> => {
    try {
      const { offsets } = log.append({ user, channels: names, payload: Buffer.from('1'), republish: true });
      return offsets.join(' ');
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  return { clock, log, put, putBy };
}

describe('the bound of distinct channels', () => {
  it('rejects what would make one more, without a trace; known ones are taken (W15)', async () => {
    const { log, put } = scene(4);
    expect(await put('a', 'b')).toBe('1 2');
    expect(await put('a', 'c', 'd')).toBe('too-many-names');
    expect(log.head).toBe(2);
    expect(await put('a', 'b', 'c')).toBe('3 4 5');
    expect(await put('d')).toBe('too-many-names');
    expect(await put('c', 'b')).toBe('6 7');
  });

  it('is of those that the log holds something of: room comes again (W15)', async () => {
    const { clock, put, log } = scene(3);
    expect(await put('a', 'b')).toBe('1 2');
    clock.advance(1_001);
    log.expire();
    expect(await put('c')).toBe('3');
    expect(await put('a', 'd')).toBe('too-many-names');
    expect(await put('a')).toBe('4');
    expect(await put('b')).toBe('too-many-names');
  });

  it('counts a channel of which only the last is kept, also when a newer one takes its place (W15)', async () => {
    const { clock, log, put } = scene(3, 1e6);
    expect(await put('a', 'b')).toBe('1 2');
    clock.advance(1_001);
    log.expire();
    expect(await put('c')).toBe('too-many-names');
    expect(await put('a')).toBe('3');
    expect(await put('c')).toBe('too-many-names');
    clock.advance(1_001);
    log.expire();
    expect(await put('b')).toBe('4');
    expect(await put('c')).toBe('too-many-names');
  });

  it('lets what was lost upstream be reported', async () => {
    const { log, put } = scene(1);
    await put('a');
    expect(log.appendGap({ channels: ['b'], missed: 3 }).offsets).toEqual([2]);
  });

  it('answers a put again that it knows (P9)', async () => {
    const { log } = scene(1);
    const entry = {
      putKey: { client: 'c', id: 1 },
      channels: ['a'],
      payload: Buffer.from('1'),
      republish: true,
    };
    log.append(entry);
    expect(log.append(entry).again).toBe(true);
  });

  it('one user alone may have three quarters of; the others then still have a share each (W15)', async () => {
    const { clock, log, putBy } = scene(64);
    const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
    expect(await putBy('mallory', ...names('m', 49))).toBe('too-many-names');
    expect(await putBy('mallory', ...names('m', 48))).toContain('48');
    for (const user of ['mallory', undefined, 'mallory']) {
      expect(await putBy(user, ...names(`of ${user} `, 5))).toBe('too-many-names');
    }
    expect(await putBy('mallory', 'm48')).toBe('too-many-names');
    expect(await putBy('mallory', 'm47')).toBe('49');
    expect(await putBy('alice', ...names('a', 5))).toBe('too-many-names');
    expect(await putBy('alice', ...names('a', 4))).toBe('50 51 52 53');
    expect(await putBy(undefined, ...names('n', 4))).toBe('54 55 56 57');
    // What is let go of is nobody's any more.
    clock.advance(1_001);
    log.expire();
    expect(await putBy('alice', ...names('m', 48))).toContain('105');
  });

  it('is shared by all: the last one goes to nobody twice (W15)', async () => {
    const { putBy } = scene(16);
    let taken = 0;
    for (let user = 0; user < 100; user++)
      if ((await putBy(`u${user}`, `of ${user}`)) !== 'too-many-names') taken++;
    expect(taken).toBe(16);
  });

  it('of 0 is none', async () => {
    const { put } = scene(0);
    for (let i = 0; i < 1_000; i++) await put(`name${i}`);
    expect(await put('one more')).toBe('1001');
  });
});
