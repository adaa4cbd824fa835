import { describe, expect, it } from 'vitest';
import { Forgotten } from '../../../server/src/logs/memory/forgotten.ts';

const NEVER = Number.NEGATIVE_INFINITY;

describe('up to which time puts are forgotten', () => {
  it('is known by user where one put too many, and of all for their age', () => {
    const forgotten = new Forgotten(100);
    forgotten.look(0);
    forgotten.crowdedOut('mallory', 7);
    expect([forgotten.upTo('mallory'), forgotten.upTo('alice')]).toEqual([7, NEVER]);
    forgotten.aged(3);
    expect([forgotten.upTo('mallory'), forgotten.upTo('alice')]).toEqual([7, 3]);
  });

  it('is kept by user for as long as a put is remembered, and holds for all after that', () => {
    const forgotten = new Forgotten(100);
    forgotten.look(0);
    forgotten.crowdedOut('mallory', 7);
    forgotten.look(100);
    expect([forgotten.upTo('mallory'), forgotten.upTo('alice'), forgotten.users]).toEqual([7, NEVER, 1]);
    forgotten.look(200);
    expect([forgotten.upTo('mallory'), forgotten.upTo('alice'), forgotten.users]).toEqual([7, 7, 0]);
  });

  it('of more users than it knows by name holds for all', () => {
    const forgotten = new Forgotten(100);
    for (let user = 0; user < 10_000; user++) forgotten.crowdedOut(`u${user}`, user);
    expect(forgotten.upTo('alice')).toBe(NEVER);
    forgotten.crowdedOut('one more', 20_000);
    expect([forgotten.users, forgotten.upTo('alice'), forgotten.upTo('u5')]).toEqual([
      10_000, 20_000, 20_000,
    ]);
  });
});
