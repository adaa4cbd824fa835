import { LIMITS, utf8Bytes } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { putsFor, readTargets } from '../../../../../client/console/src/parts/targets/targets.ts';

describe('targets as they are pasted', () => {
  it('stand apart by white space, commas and semicolons, each counted once', () => {
    const { names, repeated, faults } = readTargets(' room1,room2;room1\r\n\tvote.a\u00a0vote.b ,');
    expect(names).toEqual(['room1', 'room2', 'vote.a', 'vote.b']);
    expect(repeated).toBe(1);
    expect(faults).toEqual([]);
  });

  it('say which name is none, and why', () => {
    const { names, faults } = readTargets(`$zs good ${'a'.repeat(256)}`);
    expect(names).toEqual(['good']);
    expect(faults).toMatchObject(
      [{ text: '$zs', words: /begin with \$/ }, { words: /256 bytes, more than 255\.$/ }].map(
        ({ words, ...rest }) => ({ ...rest, words: expect.stringMatching(words) }),
      ),
    );
  });

  it('are at most 10,000', () => {
    const { faults } = readTargets(Array.from({ length: 10_001 }, (_, at) => `c${at}`).join('\n'));
    expect(faults).toEqual([{ text: '', words: '10001 channels are more than 10000.' }]);
  });
});

describe('the puts of a broadcast', () => {
  const names = Array.from({ length: 2_500 }, (_, at) => `c${at}`);

  it('have as many channels as one put may have', () => {
    expect(putsFor(names, 100, LIMITS).map((put) => put.length)).toEqual([1_000, 1_000, 500]);
    expect(putsFor(names, 100, LIMITS).flat()).toEqual(names);
  });

  it('take no more of the log than one put may', () => {
    const puts = putsFor(names, 64 * 1024, LIMITS);
    expect(puts.flat()).toEqual(names);
    for (const put of puts) expect(put.length * (64 * 1024 + 160 + 5)).toBeLessThanOrEqual(LIMITS.putBytes);
    expect(puts.length).toBeLessThan(25);
  });

  it('have envelopes that are not too large, however names are escaped', () => {
    const long = names.map((name) => `${name}${'"'.repeat(240)}`);
    for (const put of putsFor(long, 1, LIMITS)) {
      const envelope = utf8Bytes(JSON.stringify({ put: { id: 2 ** 53 - 1, channels: put } }));
      expect(envelope).toBeLessThanOrEqual(LIMITS.envelopeBytes);
    }
  });
});
