import { fc, test } from '@fast-check/vitest';
import { isTooDeep, jsonFault } from '@zerospan/shared';
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

  it.each([128, 1_000, 32_767])('is read to its end: %i', (depth) => {
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

/** What the runtime's own parser says of the same text. */
function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const isJson = (text: string) => jsonFault(bytesOf(text), 1_000) === undefined;

describe('a payload is one JSON text (P2)', () => {
  it.each([
    ...['0', '-0', '10', '-1.5e+10', '1E5', '1e-0', '0.0', '1e999', '123456789012345678901234567890'],
    ...['""', '"\\u00e9\\ud800"', '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\u007f\u2028"', '"é😀"', '" "'],
    ...['true', 'false', 'null', ' \t\r\n1 \t\r\n', '[]', '[ ]', '{}', '{ }', '[1,2]', '[[],{}]'],
    ...['{"a":1}', '{"a":1,"a":2}', '{ "a" : [ 1 , { "" : null } ] , "__proto__" : 0 }'],
  ])('%j is one', (text) => {
    expect(parses(text)).toBe(true);
    expect(isJson(text)).toBe(true);
  });

  it.each([
    ...[
      '',
      ' ',
      '01',
      '-',
      '-01',
      '+1',
      '.5',
      '1.',
      '1.e5',
      '1e',
      '1e+',
      '0x10',
      '1_000',
      '--1',
      '1 2',
      '00',
    ],
    ...['NaN', 'Infinity', '-Infinity', 'undefined', 'tru', 'truee', 'nul', 'True', 'nullnull'],
    ...[
      '"',
      '"a',
      'a"',
      "'a'",
      '"\\',
      '"\\"',
      '"\\x41"',
      '"\\u12"',
      '"\\u12g4"',
      '"\\u123"',
      '"\\u123x"',
      '"\\u"',
      '""""',
    ],
    ...['"\n"', '"\t"', '"\u0000"', '"\u001f"'],
    ...['[', ']', '[1', '[1,', '[1,]', '[,1]', '[1 2]', '[1}', '[]]', '[[]', '{', '}', '{]', '{"a"', '{"a":'],
    ...['{"a":1', '{"a":1,', '{"a":1,}', '{"a" 1}', '{a:1}', '{1:1}', '{"a":1]', '{"a":,}', '{,}', '{"a"}'],
    ...['{:1}', '\ufeff1', '\u00a01', '1\u00a0', '\v1', '\f1', '/**/1', '1//', '[1]x', '\u2028[]', '{}{}'],
  ])('%j is none', (text) => {
    expect(parses(text)).toBe(false);
    expect(isJson(text)).toBe(false);
  });

  it('begins where it is said to, and is read to the end', () => {
    expect(jsonFault(bytesOf('room1 {"a":1}'), 8, 6)).toBeUndefined();
    expect(jsonFault(bytesOf('room1 {"a":1}'), 8, 5)).toBeUndefined();
    expect(jsonFault(bytesOf('room1 {"a":1}'), 8)).toBe('no-json');
    expect(jsonFault(bytesOf('1 x'), 8)).toBe('no-json');
    expect(jsonFault(bytesOf('1'), 8, 1)).toBe('no-json');
  });

  const letters = ['', ...Array.from('[]{}":,\\ue-+.0159truefalsn \n\u0000é')];
  /** Texts that are JSON, with some letters taken out, put in or changed. */
  const nearly = fc
    .tuple(
      fc.jsonValue({ stringUnit: 'binary' }),
      fc.array(fc.tuple(fc.nat(), fc.constantFrom(...letters)), { maxLength: 4 }),
      fc.boolean(),
    )
    .map(([value, changes, replaces]) => {
      let text = JSON.stringify(value);
      for (const [where, letter] of changes) {
        const at = where % (text.length + 1);
        text = text.slice(0, at) + letter + text.slice(at + (replaces ? 1 : 0));
      }
      return text;
    });

  test.prop([nearly], { numRuns: 3_000 })('by just what the runtime takes for one', (text) => {
    expect(isJson(text)).toBe(parses(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesOf(text))));
  });
});
