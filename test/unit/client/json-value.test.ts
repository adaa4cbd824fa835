import { LIMITS, type ZerospanError } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { payloadBytes, textOf } from '../../../client/src/puts/put-check.ts';

const message = (value: unknown): string => {
  try {
    textOf(value);
  } catch (error) {
    expect(error).toMatchObject({ code: 'not-json' });
    return (error as Error).message;
  }
  return 'carried';
};

class Point {
  x = 1;
  y = 2;
}

describe('a value that JSON would change in silence is not put, and its place is named', () => {
  it.each([
    ['NaN', Number.NaN, 'message is NaN'],
    ['Infinity', Number.POSITIVE_INFINITY, 'message is Infinity'],
    ['-Infinity', { a: Number.NEGATIVE_INFINITY }, 'message.a is -Infinity'],
    ['a Map', { a: [0, new Map([[1, 2]])] }, 'message.a[1] is a Map'],
    ['a Set', new Set([1]), 'message is a Set'],
    ['a WeakMap', new WeakMap(), 'message is a WeakMap'],
    ['a Promise', { answer: Promise.resolve(1) }, 'message.answer is a Promise'],
    ['an Error', { error: Object.assign(new Error('x'), { code: 'E' }) }, 'message.error is an Error'],
    ['a RegExp', /x/, 'message is a RegExp'],
    ['an invalid Date', { at: new Date(Number.NaN) }, 'message.at is an invalid Date'],
    ['bytes', { a: { b: new Uint8Array([7]) } }, 'message.a.b is an Uint8Array'],
    ['floats', new Float32Array(2), 'message is a Float32Array'],
    ['big numbers', new BigInt64Array(0), 'message is a BigInt64Array'],
    ['a buffer', new ArrayBuffer(4), 'message is an ArrayBuffer'],
    ['a view', new DataView(new ArrayBuffer(2)), 'message is a DataView'],
    ['a Blob', [new Blob(['x'])], 'message[0] is a Blob'],
    ['a form', new FormData(), 'message is a FormData'],
    ['what a query is', new URLSearchParams('a=1'), 'message is an URLSearchParams'],
    ['an iterator', [1].values(), 'message is an Array Iterator'],
    ['a function', { a: () => 1 }, 'message.a is a function'],
    ['a class', [Point], 'message[0] is a function'],
    ['a symbol', { a: Symbol('s') }, 'message.a is a symbol'],
    ['undefined in a list', [1, undefined], 'message[1] is undefined'],
    ['a hole', Array(2), 'message[0] is undefined'],
    ['without a prototype', Object.assign(Object.create(null), { a: new Map() }), 'message.a is a Map'],
    ['in an object of a class', Object.assign(new Point(), { z: Number.NaN }), 'message.z is NaN'],
  ])('%s', (_, value, what) => {
    expect(message(value)).toBe(`${what}, which JSON cannot carry`);
  });

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a bigint', { a: 1n }],
    [
      'a circle',
      (() => {
        const a: { a?: unknown } = {};
        a.a = a;
        return a;
      })(),
    ],
  ])('nor %s, which has no JSON form', (_, value) => {
    expect(message(value)).toMatch(/has no JSON form/);
  });

  it('says what to put instead', () => {
    expect(() => textOf(new Map())).toThrow(
      expect.objectContaining({ remedy: 'Put Object.fromEntries(map) or [...map].' }),
    );
    expect(() => textOf([Promise.resolve()])).toThrow(expect.objectContaining({ remedy: 'Await it first.' }));
  });
});

it.each([
  null,
  0,
  -0,
  -1.5,
  false,
  '',
  'NaN',
  [],
  {},
  [null, [], [{}]],
  { u: undefined, d: new Date(0) },
  Buffer.from('x'),
  new Point(),
  Object.create(null),
  new URL('http://h/'),
  { toJSON: () => 1, f: () => 2 },
  [Object(1), Object('s'), Object(true)],
])('%j is carried as JSON.stringify writes it', (value) => {
  expect(textOf(value)).toBe(JSON.stringify(value));
});

describe('how deep a message is', () => {
  const limits = { ...LIMITS, depth: 4 };

  it.each([
    ['[[[[0]]]]', 'good'],
    ['[[[[[0]]]]]', 'too-deep'],
    ['{"a":[{"b":[1,2,3,4]}],"c":[[[]]]}', 'good'],
    ['{"a":[{"b":[1,{}]}],"c":1}', 'too-deep'],
    ['["[[[[[[[[[[","\\"[[[[[","\\\\",[[["{"]]]]', 'good'],
    ['["\\\\",[[[["{"]]]]]', 'too-deep'],
  ])('%s is %s: brackets in strings do not count', (text, expected) => {
    const code = (() => {
      try {
        return payloadBytes(text, limits) > 0 && 'good';
      } catch (error) {
        return (error as ZerospanError).code;
      }
    })();
    expect(code).toBe(expected);
  });
});
