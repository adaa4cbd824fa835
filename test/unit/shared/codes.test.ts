import {
  CLOSE,
  CLOSE_FOR_GOOD,
  CODES,
  type Code,
  LIMITS,
  shouldReconnect,
  TIMES,
  ZerospanError,
} from '@zerospan/shared';
import { describe, expect, it } from 'vitest';

describe('after its socket closed, a client comes back (E5)', () => {
  it.each([1000, 1001, 1002, 1003, 1005, 1006, 1008, 1009, 1011, 1012, 1013, 1015, 3000, 4000, 4499, 5000])(
    '%d',
    (code) => {
      expect(shouldReconnect(code)).toBe(true);
    },
  );

  it.each([4500, 4501, 4750, 4999])('but not after %d', (code) => {
    expect(shouldReconnect(code)).toBe(false);
  });

  it.each([
    ['goingAway', true],
    ['silent', true],
    ['helloTimeout', true],
    ['failed', true],
    ['badHello', false],
    ['badMessage', false],
  ] as const)('as the name says: %s, %s', (name, back) => {
    expect(shouldReconnect(CLOSE[name].code)).toBe(back);
  });
});

describe('the close codes', () => {
  const all = Object.values(CLOSE).map(({ code }) => code);

  it('are each given once, in the range that WebSocket leaves to applications', () => {
    expect(all).toEqual([...new Set(all)]);
    expect(all.every((code) => code >= 4000 && code <= 4999)).toBe(true);
    expect(CLOSE_FOR_GOOD).toBe(4500);
  });

  it('have a meaning that fits into a close frame', () => {
    for (const { meaning } of Object.values(CLOSE))
      expect(new TextEncoder().encode(meaning).length).toBeLessThanOrEqual(123);
  });
});

describe('the codes', () => {
  it.each(Object.entries(CODES))(
    '%s is a word, and says in sentences what is wrong and what to do',
    (code, { meaning, remedy }) => {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(meaning).toMatch(/^[A-Z].*\.$/);
      expect(remedy).toMatch(/^[A-Z].*\.$/);
    },
  );

  it.each(Object.keys(CODES) as Code[])('%s makes an error that carries all of it', (code) => {
    const error = new ZerospanError(code);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'ZerospanError',
      code,
      message: CODES[code].meaning,
      remedy: CODES[code].remedy,
      retry: CODES[code].retry,
    });
    expect(error.cause).toBeUndefined();
  });

  it('an error has the reason, the remedy and the cause of its own case', () => {
    const cause = new Error('disk');
    const error = new ZerospanError('log-failed', 'The disk is full.', { remedy: 'Make room.', cause });
    expect(error).toMatchObject({ message: 'The disk is full.', remedy: 'Make room.', retry: true });
    expect(error.cause).toBe(cause);
  });
});

describe('the limits and times', () => {
  it('let a put that is a little too large be refused, and not close the socket (F6)', () => {
    expect(LIMITS.messageBytes).toBeGreaterThanOrEqual(LIMITS.envelopeBytes + LIMITS.payloadBytes);
  });

  it('let an envelope name as many of the longest channels as a put or a subscription may', () => {
    // A name of ASCII takes its bytes, two quotes and a comma.
    const names = Math.max(LIMITS.putChannels, LIMITS.filters) * (255 + 3);
    expect(LIMITS.envelopeBytes).toBeGreaterThan(names + 1_000);
  });

  it('let a beat and some delay pass before a side is called dead (B1, B3)', () => {
    expect(TIMES.silenceMs).toBeGreaterThanOrEqual(1.5 * TIMES.beatMs);
  });
});
