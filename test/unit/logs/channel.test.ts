import { describe, expect, it } from 'vitest';
import { Channel } from '../../../server/src/logs/memory/channel.ts';
import { Held } from '../../../server/src/logs/memory/held.ts';

const entry = (kind: Held['kind'], offset: number, nth: number): Held => {
  const about = { kind, offset, time: 0, channel: 'a', republish: false, stands: 1 };
  const held = new Held(about, { memory: Buffer.alloc(0), at: 0, bytes: 0, nativeAt: 0 });
  held.nth = nth;
  return held;
};

describe('a channel of the log in memory', () => {
  it('is not hollow, and so never forgotten, while it holds a publication or a gap', () => {
    const channel = new Channel('a', 0);
    const [publication, gap] = [entry('publication', 1, 1), entry('gap', 2, 1)];
    expect(channel.isHollow).toBe(true);
    channel.push(publication);
    channel.push(gap);
    channel.drop(publication);
    expect(channel.isHollow).toBe(false);
    channel.drop(gap);
    expect(channel).toMatchObject({ isHollow: true, lostUpTo: 2, published: 1 });
  });

  it('answers both in order of their offsets, and as many as it is asked for at least', () => {
    const channel = new Channel('a', 0);
    const entries = [1, 2, 3, 4, 5, 6].map((n) => entry(n % 2 ? 'publication' : 'gap', n, n));
    for (const each of entries) channel.push(each);
    expect(channel.above(0, 9)).toEqual(entries);
    expect(channel.above(2, 2).slice(0, 2)).toEqual(entries.slice(2, 4));
    expect(channel.nthUpTo(4)).toBe(3);
  });
});
