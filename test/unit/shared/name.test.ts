import { NAME_MOST, nameFault } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';

describe('a name that a client chooses for people (H10)', () => {
  it.each([
    ['a word', 'bot-7'],
    ['words', 'Dashboard of the lobby'],
    ['letters of other scripts', 'Größe 部屋 שלום'],
    ['joined emoji', '👩\u200d🚀'],
    ['markup, which is shown as text', '<b>bold</b>'],
    ['the longest', 'x'.repeat(NAME_MOST)],
    ['the longest in characters, not in code units', '💬'.repeat(NAME_MOST)],
  ])('may be %s', (_, name) => {
    expect(nameFault(name)).toBeUndefined();
  });

  it.each([
    ['a number', 7, /not a string/],
    ['empty', '', /empty/],
    ['white space alone', ' \u00a0', /empty/],
    ['too long', 'x'.repeat(NAME_MOST + 1), /more than 64/],
    ['much too long', 'x'.repeat(100_000), /more than 64/],
    ['too long in emoji', '💬'.repeat(NAME_MOST + 1), /more than 64/],
    ['with a line feed', 'a\nb', /control character/],
    ['with an escape sequence of a terminal', '\u001b[2J', /control character/],
    ['with a control character of the second kind', 'a\u0085b', /control character/],
    ['with a separator of lines', 'a\u2028b', /control character/],
    ['turned around, so that it pretends to be another', '\u202ebocA', /direction/],
    ['isolated from the text around it', '\u2067a', /direction/],
    ['with a mark of direction', 'a\u200f', /direction/],
    ['with U+FEFF', '\ufeffa', /control character/],
    ['with half a character', 'a\ud800', /control character/],
  ])('is not %s', (_, name, fault) => {
    expect(nameFault(name)).toMatch(fault);
  });
});
