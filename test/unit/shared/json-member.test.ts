import { memberOf } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { Random } from '../../support/random.ts';

describe('the text of a member', () => {
  it.each([
    ['{"message":12345678901234567890}', '12345678901234567890'],
    ['{ "a" : [ "}" , {"message":0} ] , "message" : { "x" : "\\"," } , "z":1}', '{ "x" : "\\"," }'],
    ['{"message":1,"message":2}', '2'],
    ['{"m\\u0065ssage":"\\\\"}', '"\\\\"'],
    ['{"a":"message","b":":"}', undefined],
    ['{}', undefined],
  ])('of %s is as it was written', (text, expected) => {
    expect(memberOf(text, 'message')).toBe(expected);
  });

  it('is what JSON.parse makes of it, for any object', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const value = (depth: number): unknown => {
        const kind = Math.floor(random.next() * (depth > 3 ? 4 : 6));
        if (kind === 0) return Math.floor(random.next() * 1e6);
        if (kind === 1)
          return ['"', '\\', '{', '}', ',', ':', 'message', '\n'][Math.floor(random.next() * 8)];
        if (kind === 2) return null;
        if (kind === 3) return `\\"${String(random.next())}`;
        const size = Math.floor(random.next() * 4);
        if (kind === 4) return Array.from({ length: size }, () => value(depth + 1));
        return Object.fromEntries(Array.from({ length: size }, () => [String(value(9)), value(depth + 1)]));
      };
      const whole = { a: value(0), message: value(0), b: value(0) };
      const text = JSON.stringify(whole, null, seed % 3);
      expect(JSON.parse(memberOf(text, 'message') as string)).toEqual(whole.message);
    }
  });
});
