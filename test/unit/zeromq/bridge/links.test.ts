import { describe, expect, it } from 'vitest';
import { LINKS_MAX, Links } from '../../../../server/src/zeromq/bridge/links.ts';

describe('a link to a bridge', () => {
  it('has lost something when a place is left out, and says so once', () => {
    const links = new Links();
    expect([links.publication('a', 5), links.publication('a', 6), links.publication('a', 9)]).toEqual([
      false,
      false,
      true,
    ]);
    expect([links.state('a', 9), links.state('a', 11), links.state('a', 11)]).toEqual([false, true, false]);
  });

  it('has lost nothing when the first thing heard is an old place', () => {
    expect(new Links().state('a', 1_000)).toBe(false);
  });

  it('has not lost again what it hears a second time', () => {
    const links = new Links();
    for (const place of [1, 2, 3]) links.publication('a', place);
    expect([links.publication('a', 2), links.state('a', 1), links.publication('a', 4)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('to several behind one source is followed for each, and a new one among them is said once', () => {
    const links = new Links();
    links.publication('a', 1);
    expect(links.publication('b', 1)).toBe(true);
    const rounds = [2, 3, 4].flatMap((place) => [
      links.publication('a', place),
      links.publication('b', place),
    ]);
    expect(rounds).toEqual([false, false, false, false, false, false]);
    expect(links.publication('a', 6)).toBe(true);
  });

  it(`is followed for ${LINKS_MAX} bridges: the one silent for longest is forgotten, and then like one not heard before`, () => {
    const links = new Links();
    for (let i = 0; i < LINKS_MAX; i++) links.state(`b${i}`, 5);
    expect(links.state('b0', 5)).toBe(false);
    for (let i = 0; i < LINKS_MAX; i++) links.end(`b${i}`, 5);
    links.publication('b0', 6);
    links.state('one more', 0);
    expect(links.publication('b0', 7)).toBe(false);
    // b1 is not known any more, and has sent something before.
    expect(links.publication('b1', 6)).toBe(true);
  });
});
