import { describe, expect, it } from 'vitest';
import {
  bytes,
  duration,
  positionOf,
  positionText,
  rate,
} from '../../../../client/console/src/data/format.ts';
import { numberPaths, pathIn, pathText, valueAt } from '../../../../client/console/src/data/json-path.ts';
import { channelsFault } from '../../../../client/console/src/parts/put/put-check.ts';
import { pathOf } from '../../../../client/console/src/parts/sparkline-path.ts';
import { filteringOf } from '../../../../client/console/src/screens/messages/model/filter.ts';
import { extentOf } from '../../../../client/console/src/screens/messages/model/rows.ts';

describe('channels of one put as they are typed', () => {
  it.each([
    ['', /at least one channel/],
    [' , \n', /at least one channel/],
    ['room1, $zs', /^“\$zs”: Channels that begin with \$/],
    ['a'.repeat(256), /255 bytes|more than 255/],
    [Array.from({ length: 1_001 }, (_, i) => `c${i}`).join(), /^1,001 channels are more .* 1,000\.$/],
  ])('%.20j has a fault, in plain words', (text, words) => {
    expect(channelsFault(text)).toMatch(words);
  });

  it.each(['room1', 'room1,room2 room3', '__proto__', 'orders/eu\n*'])('%j has none', (text) => {
    expect(channelsFault(text)).toBeUndefined();
  });
});

describe('a gap in words', () => {
  it.each([
    [{ from: 12, to: 40, missed: 1_029 }, 'offsets 12 to 40, 1,029 missed'],
    [{ from: 12, to: 12, missed: 1 }, 'offset 12, 1 missed'],
    [{ from: 12, to: null, missed: null }, 'from offset 12 on, number missed not known'],
    [{ from: null, to: 40, missed: null }, 'up to offset 40, number missed not known'],
    [{ from: null, to: null, missed: 3 }, '3 missed'],
  ])('%j', (gap, words) => {
    expect(extentOf(gap)).toBe(words);
  });
});

it('the sparkline ends at the right, at the bottom for zero and at the top for the highest rate', () => {
  expect(pathOf([0, 5, 10], 10)).toBe('M57 100.0L58 52.0L59 4.0');
});

describe('a path into a message', () => {
  it.each([
    ['choice', ['choice']],
    ['votes[2].choice', ['votes', 2, 'choice']],
    ['["a b"].c', ['a b', 'c']],
    ['[0][1]', [0, 1]],
    ['été.ß', ['été', 'ß']],
  ])('%s is read, and written the same again', (text, path) => {
    expect(pathIn(text)).toEqual(path);
    expect(pathText(path)).toBe(text);
  });

  it.each(['', '.a', 'a..b', 'a.[0]', '[a]', 'a b', '["a', 'a[', '1a'])('%j is none', (text) => {
    expect(pathIn(text)).toBeUndefined();
  });

  it('leads to what a message itself has, and to nothing that all objects have', () => {
    expect(valueAt({ votes: [{ n: 1 }, { n: 2 }] }, ['votes', 1, 'n'])).toBe(2);
    expect(valueAt({ a: null }, ['a', 'b'])).toBeUndefined();
    expect(valueAt({}, ['constructor'])).toBeUndefined();
  });

  it('leads to each number, the message itself included', () => {
    expect(numberPaths({ a: 1, b: [2, { c: 3 }], d: 'x' })).toEqual([['a'], ['b', 0], ['b', 1, 'c']]);
    expect(numberPaths(7)).toEqual([[]]);
  });
});

describe('a filter as it is typed', () => {
  const said = (message: unknown) => ({
    channel: 'vote.r1',
    message,
    text: JSON.stringify(message),
    offset: 1,
    epoch: 'e',
    time: 0,
  });

  it.each([
    ['vote', { a: 1 }, true],
    ['Vote', { a: 1 }, false],
    ['"a":1', { a: 1 }, true],
    ['choice = yes', { choice: 'yes' }, true],
    ['choice = yes', { choice: 'no' }, false],
    ['choice = yes', { other: 'yes' }, false],
    ['choice != yes', { choice: 'no' }, true],
    ['choice != yes', { other: 1 }, false],
    ['n = 1', { n: 1 }, true],
    ['n = 1', { n: '1' }, true],
    ['n >= 3', { n: 3 }, true],
    ['n > 3', { n: 3 }, false],
    ['n < 10', { n: 9 }, true],
    ['n <= 10', { n: '9' }, false],
    ['votes[0].ok = true', { votes: [{ ok: true }] }, true],
    // Without blanks it is a text.
    ['n=1', { n: 1 }, false],
    ['n=1', 'n=1', true],
  ])('%s for %j', (text, message, passes) => {
    expect(filteringOf(text)?.(said(message))).toBe(passes);
  });

  it('is none where nothing is typed', () => {
    expect(filteringOf('  ')).toBeUndefined();
  });
});

describe('numbers for people', () => {
  it.each([
    [340, '340 ms'],
    [12_400, '12 s'],
    [580_000, '9 min 40 s'],
    [600_000, '10 min'],
    [11_100_000, '3 h 5 min'],
    [187_200_000, '2 d 4 h'],
  ])('%i ms', (ms, words) => {
    expect(duration(ms)).toBe(words);
  });

  it.each([
    [22, '22 B'],
    [1_434, '1.4 KiB'],
    [64 * 1_024 * 1_024, '64 MiB'],
    [150 * 1_024 * 1_024, '150 MiB'],
  ])('%i bytes', (value, words) => {
    expect(bytes(value)).toBe(words);
  });

  it('a rate has a decimal while it is small', () => {
    expect([0, 2.14, 9.96, 1_234.5].map(rate)).toEqual(['0', '2.1', '10', '1,235']);
  });
});

it('a place in the log is written with sixteen decimals, and read with fewer', () => {
  const place = { epoch: 'a_b', offset: 12 };
  expect(positionText(place)).toBe('a_b_0000000000000012');
  expect([positionText(place), 'a_b_12', ' a_b_12 '].map(positionOf)).toEqual([place, place, place]);
  expect(['', 'a_b', '12', `a_${2 ** 53}`].map(positionOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
