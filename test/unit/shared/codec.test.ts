import {
  type ClientMessage,
  channelFault,
  decodePublication,
  decodeServerFrame,
  encodeControl,
  encodePut,
  type ServerMessage,
} from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const offset = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const time = fc.integer({ min: 0, max: 8.64e15 });
const channel = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((name) => channelFault(name) === undefined);
/** A JSON text with white space as its author likes it: spaces and line feeds are part of the payload. */
const payload = fc
  .tuple(fc.json(), fc.constantFrom('', ' ', '\n', ' \r\n\t'), fc.constantFrom(0, 1, 4))
  .map(([json, around, indent]) => around + JSON.stringify(JSON.parse(json), null, indent) + around);

describe('a publication frame (F3, P3)', () => {
  it('gives back offset, time and channel, and the payload untouched', () => {
    fc.assert(
      fc.property(offset, time, channel, payload, (at, ms, name, text) => {
        const publication = { offset: at, time: ms, channel: name, text };
        const frame = `${at} ${ms} ${name} ${text}`;
        expect(decodePublication(frame)).toEqual(publication);
        expect(decodeServerFrame(frame)).toEqual({ kind: 'publication', publication });
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['{"choice": "yes"}', '1042 1795458000123 vote.room1 {"choice": "yes"}'],
    ['[1, 2]\n', '1042 1795458000123 vote.room1 [1, 2]\n'],
    [' null', '1042 1795458000123 vote.room1  null'],
    ['"1 2 3 {"', '1042 1795458000123 vote.room1 "1 2 3 {"'],
  ])('has the payload %j as it was put', (text, frame) => {
    expect(decodePublication(frame)).toEqual({
      offset: 1042,
      time: 1_795_458_000_123,
      channel: 'vote.room1',
      text,
    });
  });

  it('takes a channel that looks like a control message as a channel', () => {
    expect(decodeServerFrame('1 2 {"beat":{"offset":9}} 0')).toMatchObject({
      kind: 'publication',
      publication: { channel: '{"beat":{"offset":9}}', text: '0' },
    });
  });

  it.each([
    '',
    ' ',
    '1',
    '1 2',
    '1 2 a',
    ' 1 2 a',
    'x 2 a null',
    '1 x a null',
    '1.5 2 a null',
    '9007199254740992 2 a null',
    'hello',
  ])('is refused: %j', (frame) => {
    expect(() => decodeServerFrame(frame)).toThrow(SyntaxError);
  });
});

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const anyText = fc.string({ unit: 'binary' });
const filters = { channels: fc.array(anyText), prefixes: fc.array(anyText) };
const clientMessage = fc.oneof(
  fc.record({
    hello: fc.record({
      protocol: anyText,
      client: anyText,
      subscriptions: fc.array(fc.record({ id, ...filters, after: offset })),
    }),
  }),
  fc.record({ subscribe: fc.record({ id, ...filters, replay: fc.record({ last: id }) }) }),
  fc.record({ unsubscribe: fc.record({ id }) }),
) satisfies fc.Arbitrary<ClientMessage>;
const serverMessage = fc.oneof(
  fc.record({ subscribed: fc.record({ id, offset, replaying: fc.boolean() }) }),
  fc.record({ refused: fc.record({ put: id, code: anyText, reason: anyText, remedy: anyText }) }),
  fc.record({ beat: fc.record({ offset }) }),
  fc.record({ error: fc.record({ code: anyText, reason: anyText, remedy: anyText }) }),
) satisfies fc.Arbitrary<ServerMessage>;

describe('a control message (F4)', () => {
  it('stands on one line, begins with a brace, and comes back whole', () => {
    fc.assert(
      fc.property(fc.oneof(clientMessage, serverMessage), (message) => {
        const frame = encodeControl(message);
        expect(frame).not.toContain('\n');
        expect(frame[0]).toBe('{');
        expect(JSON.parse(frame)).toEqual(message);
      }),
    );
  });

  it('of the server is decoded as what it is', () => {
    fc.assert(
      fc.property(serverMessage, (message) => {
        expect(decodeServerFrame(encodeControl(message))).toEqual({ kind: 'control', message });
      }),
    );
  });

  it.each(['{"comforted":{"put":1}}', '{"put":{"id":1}}', '{}', '{"__proto__":{}}', '{"toString":{}}'])(
    'that is not known is foreign, so that a client ignores it: %s (U2)',
    (frame) => {
      expect(decodeServerFrame(frame)).toEqual({ kind: 'foreign' });
    },
  );

  it('keeps fields that are not known, for the reader to ignore (U1)', () => {
    const read = decodeServerFrame('{"beat":{"offset":9,"mood":"good"}}');
    expect(read).toMatchObject({ kind: 'control', message: { beat: { offset: 9 } } });
  });

  it.each(['{', '{"beat":', '{"beat":{"offset":1}} x'])('that is no JSON is refused: %s', (frame) => {
    expect(() => decodeServerFrame(frame)).toThrow(SyntaxError);
  });
});

describe('a put (F5, P3)', () => {
  it('is one line of envelope, and after the first line feed the payload untouched', () => {
    fc.assert(
      fc.property(id, fc.array(anyText), payload, (number, channels, text) => {
        const put = { id: number, channels };
        const frame = encodePut(put, text);
        const end = frame.indexOf('\n');
        expect(JSON.parse(frame.slice(0, end))).toEqual({ put });
        expect(frame.slice(end + 1)).toBe(text);
      }),
    );
  });
});
