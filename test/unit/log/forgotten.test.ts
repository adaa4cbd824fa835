import { describe, expect, it } from 'vitest';
import { Forgotten } from '../../../server/src/core/log/puts/forgotten.ts';

const NEVER = Number.NEGATIVE_INFINITY;
const of = (user: string, isMobile = false) => ({ user, isMobile });

describe('up to which time puts are forgotten', () => {
  it('is known by user where one put too many, and of all for their age', () => {
    const forgotten = new Forgotten(100);
    forgotten.rotate(0);
    forgotten.crowdedOut(of('mallory'), 7);
    expect([forgotten.upTo(of('mallory')), forgotten.upTo(of('alice'))]).toEqual([7, NEVER]);
    forgotten.aged(3);
    expect([forgotten.upTo(of('mallory')), forgotten.upTo(of('alice'))]).toEqual([7, 3]);
  });

  it('is kept by user for as long as a put is remembered, and holds for all after that', () => {
    const forgotten = new Forgotten(100);
    forgotten.rotate(0);
    forgotten.crowdedOut(of('mallory'), 7);
    forgotten.rotate(100);
    expect([forgotten.upTo(of('mallory')), forgotten.upTo(of('alice')), forgotten.users]).toEqual([
      7,
      NEVER,
      1,
    ]);
    forgotten.rotate(200);
    expect([forgotten.upTo(of('mallory')), forgotten.upTo(of('alice')), forgotten.users]).toEqual([7, 7, 0]);
  });

  it('of more users than it knows by name holds for all', () => {
    const forgotten = new Forgotten(100);
    for (let user = 0; user < 10_000; user++) forgotten.crowdedOut(of(`u${user}`), user);
    expect(forgotten.upTo(of('alice'))).toBe(NEVER);
    forgotten.crowdedOut(of('one more'), 20_000);
    expect([forgotten.users, forgotten.upTo(of('alice')), forgotten.upTo(of('u5'))]).toEqual([
      10_000, 20_000, 20_000,
    ]);
  });

  it('of one client that goes by its address holds for all of these, and for nobody else', () => {
    const forgotten = new Forgotten(100);
    forgotten.crowdedOut(of('192.0.2.1', true), 7);
    expect([forgotten.upTo(of('2001:db8::/64', true)), forgotten.upTo(of('alice'))]).toEqual([7, NEVER]);
    forgotten.crowdedOut(of('alice'), 9);
    expect([forgotten.upTo(of('192.0.2.1', true)), forgotten.users]).toEqual([7, 1]);
  });
});
