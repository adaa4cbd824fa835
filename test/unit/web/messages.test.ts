import { fc, test } from '@fast-check/vitest';
import { LIMITS } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { decodeClientMessage } from '../../../server/src/web/messages.ts';

const decode = (text: string) => decodeClientMessage(Buffer.from(text), LIMITS);

/** The same ack as a client writes it that formats JSON in its own way: read like all messages. */
const spaced = (offset: string, bytes: string): string => `{"ack":{"offset":${offset},"bytes":${bytes} }}`;
const plain = (offset: string, bytes: string): string => `{"ack":{"offset":${offset},"bytes":${bytes}}}`;

/** Whole numbers of every length, not only long ones. */
const whole = fc.oneof(
  fc.integer({ min: 0, max: 16 }).chain((digits) => fc.maxSafeNat().map((n) => n % 10 ** digits)),
  fc.constantFrom(0, 9, 10, 999_999_999_999_999, 1_000_000_000_000_000, Number.MAX_SAFE_INTEGER),
);

describe('bytes that are no UTF-8', () => {
  it.each([
    ['in a payload', [...Buffer.from('{"put":{"id":1,"channels":["a"]}}\n"'), 0xff, 0x22]],
    ['in a name', [...Buffer.from('{"put":{"id":1,"channels":["'), 0xc3, ...Buffer.from('"]}}\n1')]],
  ])('are a fault %s, whoever let them through (F2)', (_, bytes) => {
    expect(decodeClientMessage(Buffer.from(bytes), LIMITS)).toMatchObject({
      kind: 'fault',
      fault: { code: 'bad-message' },
    });
  });
});

describe('a token', () => {
  const hello = (token: unknown) =>
    JSON.stringify({ hello: { protocol: 'zerospan.v1', client: 'c'.repeat(8), token } });
  const auth = (token: unknown) => JSON.stringify({ auth: { token } });
  const most = 64 * 1024;

  it.each(['', 'x', 'x'.repeat(most), '\u0000', '\ud800', '{"a":1}'])(
    'is whatever text of bounded length (W1): %#',
    (token) => {
      expect(decode(auth(token))).toMatchObject({ kind: 'message', message: { auth: { token } } });
      expect(decode(hello(token))).toMatchObject({ kind: 'message', message: { hello: { token } } });
    },
  );

  it.each([null, 7, true, [], {}, ['x'], 'x'.repeat(most + 1)])(
    'that is none is a fault (W1): %#',
    (token) => {
      expect(decode(auth(token))).toMatchObject({ kind: 'fault', fault: { code: 'bad-message' } });
      expect(decode(hello(token))).toMatchObject({ kind: 'fault', fault: { code: 'bad-hello' } });
    },
  );

  it.each([
    ['is left out', '{"auth":{}}'],
    ['has a body behind it', `${auth('x')}\n1`],
    ['stands alone', '{"auth":"x"}'],
    ['has an id beside it, which is that of no put', '{"auth":{"id":1}}'],
  ])('that %s is a bad message', (_, text) => {
    expect(decode(text)).toMatchObject({ kind: 'fault', fault: { code: 'bad-message' } });
    expect(decode(text)).not.toHaveProperty('put');
    expect(decode(text)).not.toHaveProperty('subscription');
  });
});

describe('an ack', () => {
  test.prop([whole, whole])('is read as the same message however it is spaced', (offset, bytes) => {
    const read = decode(plain(String(offset), String(bytes)));
    expect(read).toStrictEqual({
      kind: 'message',
      message: { ack: { offset, bytes } },
      payload: undefined,
    });
    expect(read).toStrictEqual(decode(spaced(String(offset), String(bytes))));
  });

  const odd = [
    '9007199254740991',
    '9007199254740992',
    '1000000000000000000000',
    '99999999999999999999999999999999999999999999',
    '00',
    '01',
    '007',
    '-0',
    '-1',
    '-42',
    '0.5',
    '1.0',
    '1e3',
    '1E+3',
    '+1',
    '.5',
    '5.',
    '0x10',
    '',
    ' 7',
    '"7"',
    'null',
    '٣',
    '1_000',
    'NaN',
  ];
  it.each(odd)('with the number %j is answered as it is when it is spaced', (number) => {
    for (const [offset, bytes] of [
      [number, '1'],
      ['1', number],
      [number, number],
    ] as const) {
      expect(decode(plain(offset, bytes))).toStrictEqual(decode(spaced(offset, bytes)));
    }
  });

  test.prop([fc.string({ unit: fc.constantFrom(...'0123456789-.e+" '.split('')), maxLength: 24 })])(
    'with whatever for a number is answered as it is when it is spaced',
    (number) => {
      expect(decode(plain(number, '1'))).toStrictEqual(decode(spaced(number, '1')));
      expect(decode(plain('1', number))).toStrictEqual(decode(spaced('1', number)));
    },
  );

  it.each([
    ['an offset above the safe ones', plain('9007199254740992', '1')],
    ['a negative one', plain('-1', '1')],
    ['a broken one', plain('0.5', '1')],
    ['leading zeros', plain('01', '1')],
    ['a line feed behind it', `${plain('1', '1')}\n`],
    ['a body', `${plain('1', '1')}\n1`],
    ['another brace', `${plain('1', '1')}}`],
    ['something before it', `x${plain('1', '1')}`],
    ['a second key', '{"ack":{"offset":1,"bytes":1},"x":1}'],
    ['another key', '{"acks":{"offset":1,"bytes":1}}'],
    ['no bytes', '{"ack":{"offset":1}}'],
    ['a cut', '{"ack":{"offset":1,"bytes":1'],
    ['nothing', '{"a'],
    ['a byte that is no character', `{"ack":{"offset":1,"bytes":1\u00a0}}`],
  ])('with %s is a bad message', (_, text) => {
    expect(decode(text)).toMatchObject({ kind: 'fault', fault: { code: 'bad-message' } });
  });

  it.each([
    '{"ack":{"bytes":2,"offset":1}}',
    '{"ack":{"offset":1,"bytes":2,"more":3}}',
    ' {"ack":{"offset":1,"bytes":2}}',
    '{"ack":{"offset":1,"bytes":2}}\r',
    `{"ack":{"offset":1,"bytes":2}}${' '.repeat(64)}`,
    '{"ack":{"offset":1,"offset":1,"bytes":2}}',
  ])('is understood when it is written as %j', (text) => {
    expect(decode(text)).toMatchObject({ kind: 'message', message: { ack: { offset: 1, bytes: 2 } } });
  });
});
