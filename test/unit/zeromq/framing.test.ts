import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { DROP_REASONS, nativeParts, parseMessage } from '../../../server/src/zeromq/framing.ts';
import { entryOf } from '../../support/zeromq.ts';

const most = 64;
const bounds = { maxPayloadBytes: most, depth: 8 };

function parse(...parts: (string | Buffer)[]) {
  const message = parseMessage(
    parts.map((part) => Buffer.from(part)),
    bounds,
  );
  if (typeof message === 'string') return message;
  return { ...message, payload: Buffer.from(message.payload).toString() };
}

describe('a message from ZeroMQ', () => {
  it('is one part: channel, one space, payload', () => {
    expect(parse('room1 {"a": 1}')).toEqual({ channel: 'room1', payload: '{"a": 1}' });
  });

  it('is split at the first space only', () => {
    expect(parse('room1  "a b"')).toEqual({ channel: 'room1', payload: ' "a b"' });
  });

  it('is two parts: channel and payload', () => {
    expect(parse('room1', '[1, 2]')).toEqual({ channel: 'room1', payload: '[1, 2]' });
  });

  it('is three parts with a decimal sequence', () => {
    expect(parse('room1', '1', '0')).toEqual({ channel: 'room1', payload: '1', sequence: 0 });
    expect(parse('room1', '1', '9007199254740991')).toMatchObject({ sequence: Number.MAX_SAFE_INTEGER });
  });

  it.each([
    'null',
    '0',
    'false',
    '""',
    '{}',
    '[]',
    '12345678901234567890',
    '1.0',
    '"\\u00fc"',
    '"ü😀"',
    ' {"a" :1 }\n',
  ])('keeps the payload %j byte for byte', (text) => {
    expect(parse(`room1 ${text}`)).toEqual({ channel: 'room1', payload: text });
    expect(parse('room1', text)).toEqual({ channel: 'room1', payload: text });
  });

  it('may name a channel that is not ASCII', () => {
    expect(parse('raum-ü😀 1')).toEqual({ channel: 'raum-ü😀', payload: '1' });
  });

  it('may name the channel of the loop guard, alone among those that begin with $', () => {
    expect(parse('$zerospan.bridge {}')).toEqual({ channel: '$zerospan.bridge', payload: '{}' });
    expect(parse('$zerospan {}')).toBe('reserved');
    expect(parse('$', '{}')).toBe('reserved');
  });

  it('gives a view of the received bytes, not a copy', () => {
    const received = Buffer.from('room1 {"a":1}');
    const message = parseMessage([received], bounds);
    expect(typeof message === 'object' && message.payload.buffer === received.buffer).toBe(true);
  });

  it.each<[string, (string | Buffer)[]]>([
    ['parts', []],
    ['parts', ['room1', '1', '1', '1']],
    ['no-space', ['room1']],
    ['no-space', ['']],
    ['too-large', [`room1 "${'x'.repeat(most - 1)}"`]],
    ['too-large', ['room1', `"${'x'.repeat(most - 1)}"`]],
    ['bad-utf8', [Buffer.from('room1 "\xff"', 'latin1')]],
    ['bad-utf8', [Buffer.from('r\xe9 "x"', 'latin1')]],
    ['bad-utf8', ['room1', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])]],
    ['bad-channel', [' 1']],
    ['bad-channel', ['', '1']],
    ['bad-channel', ['room\t1 1']],
    ['bad-channel', ['room 1', '1']],
    ['bad-channel', ['\ufeffroom1', '1']],
    ['bad-channel', [`${'x'.repeat(256)} 1`]],
    ['bad-channel', [`${'ü'.repeat(128)} 1`]],
    ['empty-payload', ['room1 ']],
    ['empty-payload', ['room1', '']],
    ['too-deep', [`room1 ${'['.repeat(9)}${']'.repeat(9)}`]],
    ['too-deep', ['raum-ü', `${'{"ü":'.repeat(8)}[]${'}'.repeat(8)}`]],
    ['bad-json', ['room1 NaN']],
    ['bad-json', ['room1 {"a": NaN}']],
    ['bad-json', ['room1 Infinity']],
    ['bad-json', ['room1  ']],
    ['bad-json', ['room1 hello']],
    ['bad-json', ['room1 1 2']],
    ['bad-json', ['room1 \ufeff1']],
    ['bad-sequence', ['room1', '1', '']],
    ['bad-sequence', ['room1', '1', '-1']],
    ['bad-sequence', ['room1', '1', '1e3']],
    ['bad-sequence', ['room1', '1', ' 1']],
    ['bad-sequence', ['room1', '1', '9007199254740992']],
    ['bad-json', ['room1', '{', '1']],
  ])('is dropped as %s: %j', (reason, parts) => {
    expect(parse(...parts)).toBe(reason);
  });

  it('may have a payload of exactly the largest depth', () => {
    expect(parse(`room1 ${'['.repeat(8)}${']'.repeat(8)}`)).toMatchObject({ channel: 'room1' });
  });

  it('may have a payload of exactly the largest size', () => {
    expect(parse(`room1 "${'x'.repeat(most - 2)}"`)).toMatchObject({ channel: 'room1' });
  });

  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
  // Mostly near the real thing: random bytes alone never come past the first checks.
  const part = fc.oneof(
    bytes,
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    fc.tuple(fc.string(), fc.json()).map(([channel, json]) => Buffer.from(`${channel} ${json}`)),
    fc.json().map((json) => Buffer.from(json)),
  );

  test.prop([fc.array(part, { maxLength: 5 })])(
    'never throws, and what it lets through is sound',
    (parts) => {
      const message = parseMessage(parts, bounds);
      if (typeof message === 'string') {
        expect(DROP_REASONS).toContain(message);
        return;
      }
      const payload = Buffer.from(message.payload);
      expect(message.channel).toMatch(/^\S{1,255}$/u);
      expect(payload.length).toBeLessThanOrEqual(most);
      expect(Buffer.from(payload.toString())).toEqual(payload);
      JSON.parse(payload.toString());
      expect(Buffer.concat(parts).includes(payload)).toBe(true);
    },
  );
});

describe('a message to ZeroMQ', () => {
  const { text, nativeAt } = entryOf('raum-ü', '{"a": "b c"}');

  it('is one part without a copy', () => {
    const message = nativeParts(text.subarray(nativeAt), 'single') as Buffer;
    expect(message.toString()).toBe('raum-ü {"a": "b c"}');
    expect(message.buffer).toBe(text.buffer);
  });

  it('is two parts, channel and payload, if it is so set', () => {
    const parts = nativeParts(text.subarray(nativeAt), 'two-parts') as Buffer[];
    expect(parts.map(String)).toEqual(['raum-ü', '{"a": "b c"}']);
  });
});
