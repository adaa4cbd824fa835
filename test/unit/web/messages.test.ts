import { fc, test } from '@fast-check/vitest';
import { LIMITS } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { decodeClientMessage } from '../../../server/src/web/socket/messages.ts';

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
  ])('are a fault %s, whichever part let them through (F2)', (_, bytes) => {
    expect(decodeClientMessage(Buffer.from(bytes), LIMITS)).toMatchObject({
      kind: 'fault',
      fault: { code: 'bad-message' },
    });
  });
});

describe('a name', () => {
  const hello = (name: unknown) =>
    decode(JSON.stringify({ hello: { protocol: 'zerospan.v1', client: 'c'.repeat(8), name } }));

  it('of the right kind is taken as it stands, and null is none (H10, F11)', () => {
    expect(hello('Lobby 💬')).toMatchObject({ kind: 'message', message: { hello: { name: 'Lobby 💬' } } });
    expect(hello(null)).toMatchObject({ kind: 'message' });
  });

  it.each([7, '', 'a\u0000', '\u202ea', 'x'.repeat(65)])(
    'that is not good makes no good hello: %#',
    (name) => {
      const { fault } = hello(name) as { fault: { code: string; message: string } };
      expect(fault.code).toBe('bad-hello');
      expect(fault.message).toMatch(/^hello\.name: /);
    },
  );
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

  it.each([7, true, [], {}, ['x'], 'x'.repeat(most + 1)])('that is none is a fault (W1): %#', (token) => {
    expect(decode(auth(token))).toMatchObject({ kind: 'fault', fault: { code: 'bad-message' } });
    expect(decode(hello(token))).toMatchObject({ kind: 'fault', fault: { code: 'bad-hello' } });
  });

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
    '{"ack":{"offset":1,"bytes":2}}\n',
    '{"ack":{"offset":1,"bytes":2}}\r\n \n',
    '{\n  "ack": {\n    "offset": 1,\n    "bytes": 2\n  }\n}',
    `{"ack":{"offset":1,"bytes":2}}${' '.repeat(64)}`,
    '{"ack":{"offset":1,"offset":1,"bytes":2}}',
  ])('is understood when it is written as %j', (text) => {
    expect(decode(text)).toMatchObject({ kind: 'message', message: { ack: { offset: 1, bytes: 2 } } });
  });
});

const client = 'client-id';
const hello = { protocol: 'zerospan.v1', client };

describe('a line feed', () => {
  it.each([
    ['at the end', (text: string) => `${text}\n`],
    ['at the end of a line of Windows', (text: string) => `${text}\r\n`],
    ['at the beginning', (text: string) => `\n${text}`],
    ['wherever JSON allows it', (text: string) => JSON.stringify(JSON.parse(text), null, 2)],
  ])('%s is white space in all but put (F5)', (_, written) => {
    for (const message of [
      { hello },
      { subscribe: { id: 1, channels: ['a'] } },
      { unsubscribe: { id: 1 } },
      { ack: { offset: 1, bytes: 2 } },
      { auth: { token: 'x' } },
      { ping: { id: 0 } },
    ])
      expect(decode(written(JSON.stringify(message)))).toMatchObject({
        kind: 'message',
        message,
        payload: undefined,
      });
  });

  it('ends the envelope of a put, and its payload may hold more (F5)', () => {
    const envelope = '{"put":{"id":1,"channels":["a"]}}';
    const payloadOf = (text: string) => {
      const read = decode(text);
      return read.kind === 'message' ? read.payload?.toString() : read;
    };
    expect(payloadOf(`${envelope}\n{\n}\n`)).toBe('{\n}\n');
    expect(payloadOf(`${envelope}\n`)).toBe('');
    expect(payloadOf(envelope)).toBeUndefined();
    expect(payloadOf(JSON.stringify(JSON.parse(envelope), null, 2))).toBeUndefined();
  });

  it('with something behind it that is no JSON is a fault that names the line feed, to whom it concerns (F5)', () => {
    const fault = { code: 'bad-message', message: expect.stringMatching(/line feed/) };
    expect(decode(`${JSON.stringify({ hello })}\n1`)).toEqual({
      kind: 'fault',
      fault: expect.objectContaining(fault),
    });
    expect(decode('{"subscribe":{"id":7}}\n1')).toMatchObject({ kind: 'fault', fault, subscription: 7 });
  });
});

describe('a field that is null', () => {
  const full = {
    hello: {
      ...hello,
      token: 't',
      acks: true,
      connection: 1,
      epoch: 'e',
      subscriptions: [
        {
          id: 1,
          channels: ['a'],
          prefixes: ['b'],
          replay: { last: 1 },
          onLag: 'latest',
          after: 1,
          replayed: 1,
        },
      ],
    },
    subscribe: {
      id: 1,
      channels: ['a'],
      prefixes: ['b'],
      replay: { since: { epoch: 'e', offset: 1 } },
      onLag: 'close',
    },
    unsubscribe: { id: 1, channels: ['a'], prefixes: ['b'] },
    put: { id: 1, channels: ['a'], againMs: 1, confirm: { timeoutMs: 1 } },
    ack: { offset: 1, bytes: 1 },
    auth: { token: 't' },
    ping: { id: 1 },
  };

  /** The same with one field set to null or left out, for each field of each part. */
  function* without(
    value: unknown,
    more: (part: unknown) => unknown = (part) => part,
  ): Generator<[unknown, unknown]> {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, field] of Object.entries(value)) {
      if (!Array.isArray(value)) {
        const { [name]: _, ...rest } = value as Record<string, unknown>;
        yield [more({ ...value, [name]: null }), more(rest)];
      }
      const inside = (part: unknown): unknown =>
        more(
          Array.isArray(value)
            ? value.map((each, i) => (String(i) === name ? part : each))
            : { ...value, [name]: part },
        );
      yield* without(field, inside);
    }
  }

  it.each(Object.entries(full))('is read as left out, in every part of %s (F11)', (kind, body) => {
    const read = (part: unknown) => {
      const incoming = decode(JSON.stringify({ [kind]: part }));
      if (incoming.kind === 'message') return incoming;
      return { ...incoming, fault: `${incoming.fault.code}: ${incoming.fault.message}` };
    };
    const pairs = [...without(body)];
    expect(pairs.length).toBeGreaterThanOrEqual(Object.keys(body).length);
    for (const [isNull, isLeftOut] of pairs) expect(read(isNull)).toEqual(read(isLeftOut));
  });

  it('is no field at all beside the one that a replay request holds, and names none alone (F11, R2)', () => {
    const subscribe = (replay: object) =>
      decode(JSON.stringify({ subscribe: { id: 1, channels: ['a'], replay } }));
    expect(subscribe({ since: null, last: 3, sinceMs: null })).toMatchObject({ kind: 'message' });
    expect(subscribe({ last: null })).toMatchObject({ kind: 'fault', fault: { code: 'bad-replay' } });
  });
});

describe('a put or subscription without a number for its id', () => {
  it.each([
    '{"put":{"channels":["a"]}}\n1',
    '{"put":{"id":"1","channels":[]}}\n1',
    '{"put":{"id":1e999,"channels":["a"]}}\n1',
    '{"put":{}}\n1',
    '{"subscribe":{"id":null,"channels":["a"]}}',
    '{"subscribe":{"id":[1],"replay":7}}',
    '{"unsubscribe":{}}',
    '{"unsubscribe":7}',
  ])('is a bad message, whose reason names it: %s (E1)', (text) => {
    const read = decode(text);
    expect(read).toMatchObject({ kind: 'fault', fault: { code: 'bad-message' } });
    expect(read).not.toHaveProperty('put');
    expect(read).not.toHaveProperty('subscription');
    if (read.kind === 'fault') expect(read.fault.message).toMatch(/put|subscribe/);
  });

  it.each([
    ['{"put":{"id":0,"channels":["a"]}}\n1', { put: 0, fault: { code: 'bad-id' } }],
    ['{"subscribe":{"id":1.5,"channels":["a"]}}', { subscription: 1.5, fault: { code: 'bad-id' } }],
    [
      '{"put":{"id":1,"channels":["a"],"confirm":{"timeoutMs":null}}}\n1',
      { put: 1, fault: { code: 'bad-confirm' } },
    ],
  ])('but with any number is refused by it: %s (E1)', (text, fault) => {
    expect(decode(text)).toMatchObject({ kind: 'fault', ...fault });
  });
});
