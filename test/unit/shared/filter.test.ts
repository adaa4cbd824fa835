import {
  type Filter,
  type FilterSet,
  filterCount,
  filterSetFault,
  matcherOf,
  prefixCovers,
  toFilterSet,
  toFilters,
  unionOf,
  without,
} from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const set = (channels: string[], prefixes: string[] = []): FilterSet => ({ channels, prefixes });

// Few letters, so that names and prefixes meet; the last two show that `$` and letters of several units are no
// exception.
const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '$', '💬'), minLength: 1, maxLength: 4 });
const prefix = fc.string({ unit: fc.constantFrom('a', 'b', '.', '$', '💬'), maxLength: 3 });
const someSet = fc.record({
  channels: fc.array(name, { maxLength: 6 }),
  prefixes: fc.array(prefix, { maxLength: 4 }),
});

describe('an exact filter (N5)', () => {
  it.each([
    ['room1', 'room1', true],
    ['room1', 'room10', false],
    ['room10', 'room1', false],
    ['Room1', 'room1', false],
    ['*', 'room1', false],
    ['__proto__', '__proto__', true],
    ['__proto__', 'constructor', false],
    ['e\u0301', '\u00e9', false],
    ['$SYS', '$SYS', true],
  ])('%j to %j: %s', (filter, channel, through) => {
    expect(matcherOf(set([filter]))(channel)).toBe(through);
    // The same with company, which takes another way through the code.
    expect(matcherOf(set([filter, 'elsewhere']))(channel)).toBe(through);
    expect(matcherOf(set([filter], ['elsewhere.']))(channel)).toBe(through);
  });
});

describe('a prefix (N6)', () => {
  it.each([
    ['vote.', 'vote.room1', true],
    ['vote.', 'vote.', true],
    ['vote.', 'vote', false],
    ['room1', 'room10', true],
    ['', 'room1', true],
    ['', '__proto__', true],
    ['', '$SYS', false],
    ['$', '$SYS', true],
    ['$S', '$SYS', true],
    ['$S', '$T', false],
    ['a', 'a$', true],
    ['部', '部屋', true],
  ])('%j to %j: %s', (filter, channel, through) => {
    expect(matcherOf(set([], [filter]))(channel)).toBe(through);
    expect(prefixCovers(filter, channel)).toBe(through);
  });

  it('is a prefix of bytes', () => {
    const bytes = (text: string) => [...new TextEncoder().encode(text)];
    fc.assert(
      fc.property(prefix, name, (covering, channel) => {
        const begins = bytes(covering).every((byte, i) => bytes(channel)[i] === byte);
        expect(prefixCovers(covering, channel)).toBe(
          begins && (!channel.startsWith('$') || covering.startsWith('$')),
        );
      }),
    );
  });
});

describe('filters as a user writes them', () => {
  it.each<[Filter | Filter[], FilterSet]>([
    ['room1', set(['room1'])],
    ['', set([], [''])],
    [{ prefix: 'vote.' }, set([], ['vote.'])],
    [{ prefix: '' }, set([], [''])],
    [['a', { prefix: 'b' }, 'c', ''], set(['a', 'c'], ['b', ''])],
    [[], set([])],
  ])('%j', (filters, expected) => {
    expect(toFilterSet(filters)).toEqual(expected);
  });

  it('come back as they were written', () => {
    const filter: fc.Arbitrary<Filter> = fc.oneof(name, fc.constant(''), fc.record({ prefix: name }));
    fc.assert(
      fc.property(fc.array(filter), (filters) => {
        const known = toFilterSet(filters);
        expect(filterCount(known)).toBe(filters.length);
        expect(toFilterSet(toFilters(known))).toEqual(known);
        for (const one of filters) expect(toFilters(known)).toContainEqual(one);
      }),
    );
  });
});

describe('a set of filters is refused', () => {
  it.each<[string, FilterSet, RegExp | undefined]>([
    ['when it is empty (S1)', set([]), /at least one/],
    ['when a channel is empty (N7)', set(['']), /not empty/],
    ['when one channel among good ones is bad (S1)', set(['a', 'b c']), /"b c".*white space/],
    ['when a prefix is bad (N7)', set([], ['a', '\ufeff']), /white space/],
    ['but not for an empty prefix (N7)', set([], ['']), undefined],
    ['but not for reserved names, which may be read (N4)', set(['$SYS'], ['$']), undefined],
  ])('%s', (_, filters, fault) => {
    const found = filterSetFault(filters);
    if (fault) expect(found).toMatch(fault);
    else expect(found).toBeUndefined();
  });
});

describe('the union of sets', () => {
  it('lets through exactly what one of its parts lets through (S5, N6)', () => {
    fc.assert(
      fc.property(fc.array(someSet, { maxLength: 4 }), fc.array(name), (sets, others) => {
        const union = matcherOf(unionOf(sets));
        const parts = sets.map(matcherOf);
        const near = sets.flatMap(({ channels, prefixes }) => [
          ...channels,
          ...prefixes,
          ...prefixes.map((p) => `${p}a`),
        ]);
        for (const channel of [...others, ...near]) {
          if (channel === '') continue;
          expect(union(channel)).toBe(parts.some((part) => part(channel)));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('has at most one filter for each channel, so that a publication finds its cohorts once (S5)', () => {
    fc.assert(
      fc.property(fc.array(someSet, { maxLength: 4 }), name, (sets, channel) => {
        const { channels, prefixes } = unionOf(sets);
        const fitting = [
          ...channels.filter((exact) => exact === channel),
          ...prefixes.filter((one) => prefixCovers(one, channel)),
        ];
        expect(fitting.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same however it was put together', () => {
    fc.assert(
      fc.property(fc.array(someSet, { maxLength: 4 }), (sets) => {
        const union = unionOf(sets);
        expect(unionOf([...sets].reverse())).toEqual(union);
        expect(unionOf([union])).toEqual(union);
        expect(unionOf([...sets, ...sets])).toEqual(union);
        expect(unionOf(sets.map((one) => unionOf([one])))).toEqual(union);
        expect(
          unionOf(
            sets.map(({ channels, prefixes }) => set([...channels].reverse(), [...prefixes].reverse())),
          ),
        ).toEqual(union);
      }),
    );
  });

  it.each<[string, FilterSet[], FilterSet]>([
    ['nothing', [], set([])],
    [
      'a prefix takes in its channels and longer prefixes',
      [set(['ab', 'b']), set([], ['a', 'ab.'])],
      set(['b'], ['a']),
    ],
    [
      'the empty prefix takes in all but the reserved',
      [set(['a', '$x']), set([], ['', '$y.', 'b'])],
      set(['$x'], ['', '$y.']),
    ],
    ['a prefix that is the whole name takes it in', [set(['a']), set([], ['a'])], set([], ['a'])],
  ])('%s', (_, sets, expected) => {
    expect(unionOf(sets)).toEqual(expected);
  });
});

describe('taking filters away (S8)', () => {
  it.each<[string, FilterSet, FilterSet, FilterSet]>([
    ['as written', set(['a', 'b'], ['c']), set(['a'], ['c']), set(['b'])],
    ['a channel leaves a wider prefix whole', set([], ['']), set(['room1']), set([], [''])],
    ['a prefix leaves the channels that it covers', set(['room1']), set([], ['room']), set(['room1'])],
    ['a channel leaves the prefix of the same name', set(['a'], ['a']), set(['a']), set([], ['a'])],
    ['what was not there changes nothing', set(['a']), set(['b'], ['']), set(['a'])],
    ['every copy goes', set(['a', 'a', 'b']), set(['a']), set(['b'])],
    ['until nothing is left', set(['a'], ['b']), set(['a'], ['b']), set([])],
  ])('%s', (_, before, gone, left) => {
    expect(without(before, gone)).toEqual(left);
  });
});
