import { readFileSync } from 'node:fs';
import { CODES, FAILURES, PROTOCOL_CODES } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { REFUSALS } from '../../server/src/web/entry/refusals.ts';

const document = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');

describe('docs/troubleshooting.md', () => {
  it('has the codes of failed connections, in the order of the code, and no others', () => {
    const rows = [...document.matchAll(/^\| `([a-z-]+)` \| (yes|no) \| (.*?) \| (.*?) \|$/gm)].map(
      ([, code, retry, meaning, remedy]) => ({ code, retry: retry === 'yes', meaning, remedy }),
    );
    const expected = Object.entries(FAILURES).map(([code, { retry, meaning, remedy }]) => ({
      code,
      retry,
      meaning,
      remedy,
    }));
    expect(rows).toEqual(expected);
  });

  it('has no code that the protocol has', () => {
    expect(Object.keys(FAILURES).filter((code) => code in PROTOCOL_CODES)).toEqual([]);
  });

  it('has, with the protocol, each code that the server gives over HTTP', () => {
    expect(Object.values(REFUSALS).filter(({ code }) => !(code in CODES))).toEqual([]);
  });
});
