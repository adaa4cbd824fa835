import { CODES, FAILURES, PROTOCOL_CODES } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { REFUSALS } from '../../server/src/web/entry/refusals.ts';

describe('docs/troubleshooting.md', () => {
  it('has no code that the protocol has', () => {
    expect(Object.keys(FAILURES).filter((code) => code in PROTOCOL_CODES)).toEqual([]);
  });

  it('has, with the protocol, each code that the server gives over HTTP', () => {
    expect(Object.values(REFUSALS).filter(({ code }) => !(code in CODES))).toEqual([]);
  });
});
