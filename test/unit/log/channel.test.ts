import { describe, expect, it } from 'vitest';
import { Channel } from '../../../server/src/core/log/hot/channel.ts';

describe('a channel of the log in memory', () => {
  it('is not hollow, and so never forgotten, while it holds a publication or a gap', () => {
    const channel = new Channel('a', 0);
    expect(channel.isHollow).toBe(true);
    channel.push('publication', 1);
    channel.push('gap', 2);
    channel.drop({ kind: 'publication', offset: 1 });
    expect(channel.isHollow).toBe(false);
    channel.drop({ kind: 'gap', offset: 2 });
    expect(channel).toMatchObject({ isHollow: true, lostUpTo: 2 });
  });

  it('answers both in order of their offsets, and as many as it is asked for at least', () => {
    const channel = new Channel('a', 0);
    for (const offset of [1, 2, 3, 4, 5, 6]) channel.push(offset % 2 ? 'publication' : 'gap', offset);
    expect(channel.beyond(0, 'forwards', 9)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(channel.beyond(2, 'forwards', 2).slice(0, 2)).toEqual([3, 4]);
  });

  it('answers nothing behind the place where one of both is cut short: the rest is for the next time', () => {
    const channel = new Channel('a', 0);
    for (let offset = 1; offset <= 8; offset++) channel.push('publication', offset);
    for (const offset of [9, 20, 21]) channel.push('gap', offset);
    channel.push('publication', 22);
    expect(channel.beyond(0, 'forwards', 3)).toEqual([1, 2, 3]);
    expect(channel.beyond(6, 'forwards', 4)).toEqual([7, 8, 9, 20, 21, 22]);
    expect(channel.beyond(8, 'forwards', 2)).toEqual([9, 20]);
  });

  it('counts its publications between two offsets, those dropped and gaps left out', () => {
    const channel = new Channel('a', 0);
    for (let offset = 1; offset <= 100; offset++) channel.push(offset % 2 ? 'publication' : 'gap', offset);
    for (let offset = 1; offset < 80; offset += 2) channel.drop({ kind: 'publication', offset });
    const { publications } = channel;
    expect([publications.oldest, publications.newest, publications.length]).toEqual([81, 99, 10]);
    expect(publications.between(81, 85)).toBe(2);
    expect(publications.between(80, 1_000)).toBe(10);
    expect(publications.between(99, 81)).toBe(0);
  });
});
