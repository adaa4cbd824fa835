import { describe, expect, it } from 'vitest';
import {
  encodeHeader,
  encodePublication,
  isRelayed,
  originText,
  RELAY_TOPIC,
  readHeader,
} from '../../../../server/src/zeromq/bridge/wire.ts';

const raw = (text: string): Buffer => Buffer.concat([RELAY_TOPIC, Buffer.from(text)]);

describe('what bridges send each other', () => {
  it('begins with a byte with which no channel begins', () => {
    expect(RELAY_TOPIC[0]).toBe(0xff);
    expect(isRelayed(raw('state a 1'))).toBe(true);
    expect(
      [undefined, Buffer.alloc(0), Buffer.from('room1 1'), RELAY_TOPIC.subarray(0, 5)].map(isRelayed),
    ).toEqual([false, false, false, false]);
  });

  it('is read as it was written', () => {
    const origin = { bridge: 'b-2', number: 9 };
    expect(readHeader(encodePublication('a', 3, originText(origin)))).toEqual({
      kind: 'publication',
      sender: 'a',
      place: 3,
      origin,
    });
    for (const kind of ['state', 'end'] as const)
      expect(readHeader(encodeHeader({ kind, sender: 'a', place: 0 }))).toEqual({
        kind,
        sender: 'a',
        place: 0,
      });
    expect(readHeader(encodeHeader({ kind: 'announcement' }))).toEqual({ kind: 'announcement' });
  });

  it.each([
    '',
    'state',
    'state a',
    'state a -1',
    'state a 1.5',
    'state a 9007199254740993',
    'state a\u0000 1',
    `state ${'x'.repeat(65)} 1`,
    'publication a 1',
    'publication a 1 b',
    'publication a 1 b x',
    'publication a 1 b 1e3',
    'other a 1',
    `state a 1 ${'x'.repeat(300)}`,
  ])('is not read where it is none: %j', (text) => {
    expect(readHeader(raw(text))).toBeUndefined();
  });
});
