import { describe, expect, it } from 'vitest';
import { FairShare } from '../../../../server/src/core/sharing/fair-share.ts';

/** Takes one after another as long as there is room. */
function fill(share: FairShare, user: string): number {
  let taken = 0;
  for (; share.hasRoom(user); taken++) share.take(user);
  return taken;
}

describe('a bound with a fair share', () => {
  it('lets one user alone have three quarters, and every other one a sixteenth as long as there is room', () => {
    const share = new FairShare(160);
    expect(fill(share, 'mallory')).toBe(120);
    expect(['a', 'b', 'c', 'd', 'e'].map((user) => fill(share, user))).toEqual([10, 10, 10, 10, 0]);
    expect([share.taken, share.users]).toEqual([160, 5]);
  });

  it('takes several at once whole or not at all', () => {
    const share = new FairShare(160);
    share.take('mallory', 115);
    expect([share.roomFor('mallory'), share.hasRoom('mallory', 5), share.hasRoom('mallory', 6)]).toEqual([
      5,
      true,
      false,
    ]);
    expect([share.roomFor('alice'), share.hasRoom('alice', 10), share.hasRoom('alice', 11)]).toEqual([
      10,
      true,
      false,
    ]);
  });

  it('gives back what is released, and keeps nothing of a user that holds nothing', () => {
    const share = new FairShare(160);
    fill(share, 'mallory');
    share.release('mallory', 119);
    expect([share.of('mallory'), share.taken, share.roomFor('alice')]).toEqual([1, 1, 119]);
    share.release('mallory');
    expect([share.of('mallory'), share.taken, share.users]).toEqual([0, 0, 0]);
  });

  it('is over for a user beyond its share once three quarters are taken, and full beyond the bound', () => {
    const share = new FairShare(160);
    share.take('mallory', 110);
    share.take('alice', 10);
    expect([share.isOver('mallory'), share.isFull]).toEqual([false, false]);
    share.take('bob');
    expect(['mallory', 'alice', 'bob'].map((user) => share.isOver(user))).toEqual([true, false, false]);
    share.take('bob', 40);
    expect([share.isOver('bob'), share.isFull]).toEqual([true, true]);
  });

  it('has a share of one at least; a bound of 0 is none', () => {
    const small = new FairShare(4);
    expect(['mallory', 'alice', 'bob'].map((user) => fill(small, user))).toEqual([3, 1, 0]);
    const none = new FairShare(0);
    none.take('mallory', 1e12);
    expect([none.hasRoom('alice', 1e12), none.isOver('mallory'), none.isFull]).toEqual([true, false, false]);
  });
});
