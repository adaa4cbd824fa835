import {
  CHANNEL_MAX_BYTES,
  channelFault,
  isReserved,
  isWellFormed,
  prefixFault,
  quote,
  utf8Bytes,
} from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** The fault as its author would name it, or nothing. */
const size = /has \d+ bytes, more than 255/;
const forbidden = /white space or a control character/;
const surrogate = /lone surrogate/;

const names: [what: string, name: string, fault?: RegExp][] = [
  ['a word', 'room1'],
  ['one byte', 'a'],
  ['punctuation', '!"#%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
  ['a star, which is no pattern', '*'],
  ['a dot', '.'],
  ['slashes', '/a//b/'],
  ['a dollar inside', 'price$'],
  ['a dollar in front', '$SYS.beat'],
  ['a dollar alone', '$'],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['toString', 'toString'],
  ['digits alone', '1042'],
  ['what looks like JSON', '{"put":{}}'],
  ['a base64 id', 'U2hlbGxib3Qgcm9vbSBpZGVudGlmaWVyIG9mIDc2IGNoYXJhY3RlcnMsIGFzIG1lYXN1cmVk'],
  ['two bytes a letter', 'größe'],
  ['three bytes a letter', '部屋'],
  ['four bytes a letter', '💬'],
  ['a letter beyond the basic plane at the end', 'room💬'],
  ['a joiner, which is no white space', '👩\u200d👩'],
  ['U+200B, which is no white space', 'a\u200bb'],
  ['U+180E, which is no white space any more', 'a\u180eb'],
  ['U+FFFD itself', '\ufffd'],
  ['the last code point', '\u{10ffff}'],
  ['a combining mark, not normalised', 'e\u0301'],
  ['255 bytes of ASCII', 'a'.repeat(255)],
  ['255 bytes in 85 letters', '部'.repeat(85)],
  ['255 bytes, the last letter of four', `${'a'.repeat(251)}💬`],
  ['nothing', '', /not empty/],
  ['256 bytes of ASCII', 'a'.repeat(256), size],
  ['256 bytes in 128 letters', 'ö'.repeat(128), size],
  ['258 bytes in 86 letters', '部'.repeat(86), size],
  ['256 bytes, the last letter of four', `${'a'.repeat(252)}💬`, size],
  ['a million bytes', 'a'.repeat(1_000_000), size],
  ['a space', ' ', forbidden],
  ['a space inside', 'room 1', forbidden],
  ['a space in front', ' room1', forbidden],
  ['a space behind', 'room1 ', forbidden],
  ['a line feed', 'a\nb', forbidden],
  ['a line feed behind', 'room1\n', forbidden],
  ['a carriage return', 'a\rb', forbidden],
  ['a tab', 'a\tb', forbidden],
  ['a vertical tab', 'a\vb', forbidden],
  ['NUL', '\0', forbidden],
  ['NUL inside', 'a\0b', forbidden],
  ['U+001F', 'a\u001f', forbidden],
  ['delete', 'a\u007f', forbidden],
  ['U+0085, next line', 'a\u0085', forbidden],
  ['U+009F, the last control character', 'a\u009f', forbidden],
  ['U+00A0, a space that does not break', 'a\u00a0b', forbidden],
  ['U+1680, the Ogham space', 'a\u1680b', forbidden],
  ['U+2003, an em space', 'a\u2003b', forbidden],
  ['U+2028, a line separator', 'a\u2028b', forbidden],
  ['U+2029, a paragraph separator', 'a\u2029b', forbidden],
  ['U+202F, a narrow space', 'a\u202fb', forbidden],
  ['U+205F, a mathematical space', 'a\u205fb', forbidden],
  ['U+3000, a wide space', 'a\u3000b', forbidden],
  ['U+FEFF in front', '\ufeffroom', forbidden],
  ['U+FEFF inside', 'ro\ufeffom', forbidden],
  ['a lone high surrogate', 'a\ud83d', surrogate],
  ['a lone low surrogate', '\udc00a', surrogate],
  ['surrogates the wrong way round', '\udcac\ud83d', surrogate],
  ['two high surrogates', '\ud83d\ud83d', surrogate],
  ['a high surrogate before a letter', '\ud83da', surrogate],
];

describe('a channel name (N1, N2, N3)', () => {
  it.each(names)('%s', (_, name, fault) => {
    const found = channelFault(name);
    if (fault) expect(found).toMatch(fault);
    else expect(found).toBeUndefined();
  });

  it.each([
    [undefined, 'a value of type undefined'],
    [null, 'null'],
    [7, 'a value of type number'],
    [['a'], 'an array'],
    [{ prefix: 'a' }, 'a value of type object'],
  ])('is a string, not %j', (value, kind) => {
    expect(channelFault(value)).toBe(`a channel name is a string, not ${kind}`);
    expect(prefixFault(value)).toBe(`a prefix is a string, not ${kind}`);
  });

  it('is good exactly when its UTF-8 is (N1, N2)', () => {
    // Written the other way round than the code: every code point by itself, and the bytes by the platform.
    const isGood = (name: string) =>
      name !== '' &&
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(name)) === name &&
      new TextEncoder().encode(name).length <= CHANNEL_MAX_BYTES &&
      Array.from(name).every((letter) => !/\p{White_Space}|\p{Cc}/u.test(letter) && letter !== '\ufeff');
    const odd = fc.constantFrom(
      ' ',
      '\n',
      '\0',
      '\u0085',
      '\u00a0',
      '\u2028',
      '\u3000',
      '\ufeff',
      '\ud800',
      '\udc00',
      '$',
    );
    const letter = fc.oneof(
      { weight: 6, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
      { weight: 2, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
      { weight: 1, arbitrary: odd },
    );
    const name = fc.oneof(
      fc.array(letter, { maxLength: 12 }).map((letters) => letters.join('')),
      fc.tuple(letter, fc.integer({ min: 50, max: 260 })).map(([one, n]) => one.repeat(n)),
    );
    fc.assert(
      fc.property(name, (text) => {
        expect(channelFault(text) === undefined).toBe(isGood(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses every code point of White_Space and Cc, and U+FEFF, and no other (N2)', () => {
    const wrong: string[] = [];
    for (let point = 0; point <= 0x10ffff; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const letter = String.fromCodePoint(point);
      const refused = channelFault(`a${letter}`) !== undefined;
      if (refused !== (/[\p{White_Space}\p{Cc}]/u.test(letter) || point === 0xfeff))
        wrong.push(point.toString(16));
    }
    expect(wrong).toEqual([]);
  });
});

describe('a prefix (N7)', () => {
  it('may be empty', () => {
    expect(prefixFault('')).toBeUndefined();
  });

  it.each(names.filter(([, name]) => name !== ''))(
    'else follows the rules of a name: %s',
    (_, name, fault) => {
      const found = prefixFault(name);
      if (fault) expect(found).toMatch(fault);
      else expect(found).toBeUndefined();
    },
  );
});

describe('a reserved name (N4)', () => {
  it.each([
    ['$', true],
    ['$SYS', true],
    ['a$', false],
    ['', false],
    ['＄wide', false],
  ])('%j: %s', (name, reserved) => {
    expect(isReserved(name)).toBe(reserved);
  });
});

describe('a fault', () => {
  it('quotes a name so that it is one line and short, however it looks', () => {
    expect(quote('a\nb')).toBe('"a\\nb"');
    expect(quote('a\u007fb\u0085')).toBe('"a\\u007fb\\u0085"');
    expect(quote('x'.repeat(1_000)).length).toBeLessThan(100);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const fault = channelFault(name) ?? '';
        expect(isWellFormed(fault)).toBe(true);
        expect(fault).not.toMatch(/\p{Cc}/u);
        expect(utf8Bytes(fault)).toBeLessThan(800);
      }),
    );
  });
});
