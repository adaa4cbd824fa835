import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  faultWords,
  jsonFaultPlace,
  messageFault,
} from '../../../../../client/console/src/parts/message/json-check.ts';

describe('the place where a text stops being JSON', () => {
  it.each([
    ['', 1, 1, /ends where a value/],
    ['  \n ', 2, 2, /ends where a value/],
    ['hello', 1, 1, /"hello"/],
    ['{"a": yes}', 1, 7, /"yes"/],
    ["{'a': 1}", 1, 2, /key in double/],
    ['[1, 2,]', 1, 7, /No comma may stand before \]/],
    ['{"a": 1,\n}', 2, 1, /No comma may stand before \}/],
    ['{"a" 1}', 1, 6, /colon/],
    ['{"a": 1\n "b": 2}', 2, 2, /comma or \}/],
    ['[1 2]', 1, 4, /comma or \]/],
    ['{"a": [1, 2}', 1, 12, /comma or \]/],
    ['{"a": {"b": 1}', 1, 15, /before \} closes/],
    ['{"a": "open}\n', 1, 7, /not closed on its line/],
    ['"a\tb"', 1, 3, /control characters/],
    ['"a\\x"', 1, 3, /escape/],
    ['“curly”', 1, 1, /straight/],
    ["'single'", 1, 1, /not single/],
    ['1 2', 1, 3, /behind the end/],
    ['01', 1, 2, /behind the end/],
    ['{"a":', 1, 6, /ends where a value/],
    ['{', 1, 2, /ends where a key/],
    ['nul', 1, 1, /"nul"/],
  ])('%j', (text, line, column, words) => {
    expect(jsonFaultPlace(text)).toMatchObject({ line, column, words: expect.stringMatching(words) });
  });

  it('is there exactly where JSON.parse rejects the text, however it was broken', () => {
    const broken = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', ',', '"', '}', ']', '\\', 'x', '\n', '0'),
    );
    fc.assert(
      fc.property(broken, ([json, at, put]) => {
        const place = at % (json.length + 1);
        const text = json.slice(0, place) + put + json.slice(place + 1);
        const fault = jsonFaultPlace(text);
        expect(fault === undefined).toBe(isJson(text));
        // What lies before the place can be completed: so JSON.parse, too, fails at it or behind.
        if (fault !== undefined) expect(fault.offset).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it('takes what is nested deeply', () => {
    expect(jsonFaultPlace('['.repeat(100_000))).toMatchObject({ line: 1, column: 100_001 });
  });
});

describe('a message', () => {
  it.each([
    ['', 'Any JSON value: "hello", 42, {"choice": "yes"}, null.'],
    [`"${'é'.repeat(40_000)}"`, 'It has 78.1 KiB, and a message may have 64 KiB.'],
    ['[1,\n2,]', 'Line 2, column 3: No comma may stand before ].'],
  ])('%.20j has a fault, in plain words', (text, words) => {
    expect(faultWords(messageFault(text) ?? '')).toBe(words);
  });

  it.each(['null', '0', 'false', '""', '{}', ' [1,\n2] ', '"it\'s {a: 1}"'])('%j has none', (text) => {
    expect(messageFault(text)).toBeUndefined();
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
