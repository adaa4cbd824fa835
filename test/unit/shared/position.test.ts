import { isOffset, isPosition } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';

describe('an offset (F7)', () => {
  it.each([0, 1, 1042, Number.MAX_SAFE_INTEGER])('%d', (value) => {
    expect(isOffset(value)).toBe(true);
  });

  it.each([
    -1,
    0.5,
    Number.MAX_SAFE_INTEGER + 1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '1',
    null,
    undefined,
    1n,
  ])('is not %s', (value) => {
    expect(isOffset(value)).toBe(false);
  });
});

describe('a position', () => {
  it.each([
    { epoch: 'e', offset: 0 },
    { epoch: 'e', offset: 7, more: true },
  ])('%j', (value) => {
    expect(isPosition(value)).toBe(true);
  });

  it.each([
    null,
    undefined,
    7,
    'e7',
    [],
    {},
    { epoch: '', offset: 7 },
    { epoch: 'e' },
    { epoch: 'e', offset: -1 },
    { epoch: 1, offset: 1 },
  ])('is not %j', (value) => {
    expect(isPosition(value)).toBe(false);
  });
});
