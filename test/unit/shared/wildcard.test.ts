import { beforeWildcard } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';

describe('the wildcard of another bus in the name of a channel', () => {
  it.each([
    ['vote.*', 'vote.'],
    ['vote*', 'vote'],
    ['*', ''],
    ['**', ''],
    ['>', ''],
    ['#', ''],
    ['vote.>', 'vote.'],
    ['vote/#', 'vote/'],
    ['vote.#', 'vote.'],
    ['a.*.b', 'a.'],
    ['a/+/b/*', 'a/'],
    ['+', ''],
    ['a:+', 'a:'],
  ])('%s: all that begins with %j', (channel, prefix) => {
    expect(beforeWildcard(channel)).toBe(prefix);
  });

  it.each(['room1', 'room#1', 'c#', 'c++', 'a+b', 'a>b', 'x.c++', '#general', '>=', '', 'a/b+'])(
    '%j has none',
    (channel) => {
      expect(beforeWildcard(channel)).toBeUndefined();
    },
  );
});
