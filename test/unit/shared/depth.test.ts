import { fc, test } from '@fast-check/vitest';
import { isTooDeep } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** So many arrays, or objects, one in another. */
const arrays = (count: number, core = '') => '['.repeat(count) + core + ']'.repeat(count);
const objects = (count: number) => `${'{"a":'.repeat(count - 1)}{}${'}'.repeat(count - 1)}`;

describe('the depth of JSON text (F9)', () => {
  it.each([
    ['1', 0],
    ['"[[[["', 0],
    ['[]', 1],
    ['{}', 1],
    ['[{}]', 2],
    ['[[],[],[]]', 2],
    ['{"a":{"b":[1]}}', 3],
    ['["\\"[[[[",[]]', 2],
    ['["\\\\",[[]]]', 3],
    ['{"]]]":[{}],"}}":1}', 3],
    ['[1,[2,[3,[4]]]]', 4],
    [' [ [ ] ]\n\t', 2],
    ['["ü😀",["\\u005b"]]', 2],
    ['[[[[]]],"x"]', 4],
    ['["x",[[[]]]]', 4],
  ])('%s is %i deep', (text, depth) => {
    JSON.parse(text);
    expect(isTooDeep(bytesOf(text), depth)).toBe(false);
    if (depth > 0) expect(isTooDeep(bytesOf(text), depth - 1)).toBe(true);
  });

  it.each([128, 1_000, 32_767])('is looked at to its end: %i', (depth) => {
    for (const text of [arrays(depth), objects(depth), arrays(depth, '"]"'), `["x",${arrays(depth - 1)}]`]) {
      expect(isTooDeep(bytesOf(text), depth)).toBe(false);
      expect(isTooDeep(bytesOf(text), depth - 1)).toBe(true);
    }
  });

  it.each(['', '[', '"', '"\\', ']]]]]]', '[[[[[[[[', '{"a', '\\\\\\\\'])(
    'of no JSON is no matter: %j',
    (text) => {
      expect(typeof isTooDeep(bytesOf(text), 2)).toBe('boolean');
    },
  );

  const deep = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.oneof(
        fc.integer(),
        fc.string({ unit: 'binary' }),
        fc.constantFrom('[', ']', '{', '}', '"', '\\', '\\"'),
      ),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
    ),
  })).value;

  test.prop([deep, fc.integer({ min: 0, max: 12 }), fc.boolean()])(
    'is what a walk through the value finds',
    (value, most, spaced) => {
      const text = JSON.stringify(value, undefined, spaced ? 1 : 0);
      expect(isTooDeep(bytesOf(text), most)).toBe(depthOf(JSON.parse(text)) > most);
    },
  );
});
