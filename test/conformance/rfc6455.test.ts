import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import {
  closing,
  type FrameParts,
  frame,
  OPCODE,
  RawWebSocket,
  text,
  type UpgradeParts,
} from '../support/raw-websocket.ts';
import { openServer } from '../support/server.ts';
import { until } from '../support/until.ts';

// What RFC 6455 says that a server does with frames and handshakes, on bare TCP. Our messages are left alone: they are
// valid JSON all along.

let server: RunningServer;
let bystander: RawWebSocket;

beforeAll(async () => {
  server = await openServer();
  bystander = await RawWebSocket.greeted(server.ws);
});
afterAll(async () => {
  bystander.close();
  await server.stop();
});

async function greeted(): Promise<RawWebSocket> {
  const client = await RawWebSocket.greeted(server.ws);
  onTestFinished(() => client.close());
  return client;
}

/** Whoever was there before, and whoever comes now, is served. */
async function serverLives(): Promise<void> {
  await bystander.answers();
  await (await greeted()).answers();
}

const MESSAGE = '{"unsubscribe":{"id":7,"channels":["ü€😀"]}}';
const BYTES = Buffer.from(MESSAGE);
/** Within the last character. */
const INSIDE = BYTES.indexOf(Buffer.from('😀')) + 2;
const { continuation, binary, close, ping, pong } = OPCODE;
const part = (payload: Buffer | string, more: Partial<FrameParts> = {}) =>
  frame({ opcode: continuation, payload, fin: false, ...more });
const start = (payload: Buffer | string) => text(payload, { fin: false });

describe('frames that are not allowed close the socket', () => {
  it.each<[string, Buffer[], number]>([
    ['reserved bit 1, without compression', [text(MESSAGE, { rsv: 4 })], 1002],
    ['reserved bit 2', [text(MESSAGE, { rsv: 2 })], 1002],
    ['reserved bit 3', [text(MESSAGE, { rsv: 1 })], 1002],
    ['all reserved bits', [text(MESSAGE, { rsv: 7 })], 1002],
    ['a reserved bit in a control frame', [frame({ opcode: ping, rsv: 4 })], 1002],
    ['a reserved bit in a continuation', [start('{'), part('}', { fin: true, rsv: 4 })], 1002],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Buffer[], number] => [
      `reserved opcode ${opcode}`,
      [frame({ opcode, payload: 'x' })],
      1002,
    ]),
    ['no mask', [text(MESSAGE, { masked: false })], 1002],
    ['no mask on a ping', [frame({ opcode: ping, masked: false })], 1002],
    ['no mask on a close frame', [frame({ opcode: close, masked: false })], 1002],
    ['a continuation of nothing', [part('x', { fin: true })], 1002],
    ['a first fragment of nothing', [part('x')], 1002],
    ['a continuation behind the last', [start('{}'), part('', { fin: true }), part('', { fin: true })], 1002],
    ['a new message inside a fragmented one', [start('{'), text('}')], 1002],
    [
      'a binary message inside a fragmented text',
      [start('{'), frame({ opcode: binary, payload: '}' })],
      1002,
    ],
    ['a fragmented ping', [frame({ opcode: ping, fin: false })], 1002],
    ['a fragmented pong', [frame({ opcode: pong, fin: false })], 1002],
    ['a fragmented close frame', [frame({ opcode: close, fin: false })], 1002],
    ['a ping of 126 bytes', [frame({ opcode: ping, payload: 'x'.repeat(126) })], 1002],
    ['a close frame of 126 bytes', [closing(1000, 'x'.repeat(124))], 1002],
    ['a ping whose length takes 64 bits', [frame({ opcode: ping, lengthBits: 64, payload: 'x' })], 1002],
    ['text that is not UTF-8', [text(Buffer.from('7b2261ff227d', 'hex'))], 1007],
    ['a lone surrogate', [text(Buffer.from('22eda08022', 'hex'))], 1007],
    ['an overlong character', [text(Buffer.from('22c0af22', 'hex'))], 1007],
    ['a character above U+10FFFF', [text(Buffer.from('22f490808022', 'hex'))], 1007],
    ['text that ends within a character', [text(BYTES.subarray(0, INSIDE))], 1007],
    ['bad UTF-8 over two fragments', [start(BYTES.subarray(0, INSIDE)), part('x', { fin: true })], 1007],
    ['a message of 512 KiB and one byte', [text('x'.repeat(524_289))], 1009],
    ['a length of 2^31', [text('', { length: 2n ** 31n })], 1009],
    ['a length of 2^53', [text('', { length: 2n ** 53n })], 1009],
    ['a length of 2^63', [text('', { length: 2n ** 63n })], 1009],
    ['a length of 2^64 - 1', [text('', { length: 2n ** 64n - 1n })], 1009],
    [
      'fragments that are too large together',
      [start('x'.repeat(300_000)), part('x'.repeat(300_000), { fin: true })],
      1009,
    ],
    ['a binary message, by our own protocol (F2)', [frame({ opcode: binary, payload: '{}' })], 4501],
  ])('%s', async (_, frames, code) => {
    const client = await greeted();
    client.write(Buffer.concat(frames));
    expect(await client.closeCode()).toBe(code);
    await serverLives();
  });

  it('a binary message is rejected as one, as hello and later (F2)', async () => {
    const client = await greeted();
    client.write(frame({ opcode: binary, payload: '{}' }));
    const first = await RawWebSocket.asking(server.ws, {});
    onTestFinished(() => first.close());
    first.write(frame({ opcode: binary, payload: '{}' }));
    for (const each of [client, first]) {
      expect(await each.closeCode()).toBe(4501);
      const [said = ''] = each.texts.slice(-1);
      expect(JSON.parse(said)).toMatchObject({
        error: { code: 'bad-message', reason: expect.stringMatching(/binary: send text/) },
      });
      expect(each.closeReason).toMatch(/binary: send text/);
    }
  });

  it.each([undefined, 'zerospan.v0'])(
    'a handshake that offers the subprotocol %s ends with its reason (F1)',
    async (offered) => {
      const client = await RawWebSocket.asking(server.ws, { headers: { 'Sec-WebSocket-Protocol': offered } });
      onTestFinished(() => client.close());
      expect(client.status).toBe(101);
      expect(await client.closeCode()).toBe(4500);
      expect(client.texts.map((text) => JSON.parse(text) as object)).toMatchObject([
        { error: { code: 'bad-subprotocol', remedy: expect.stringMatching(/zerospan\.v1/) } },
      ]);
    },
  );
});

describe('close frames', () => {
  it.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
    'with code %i are answered with the same',
    async (code) => {
      const client = await greeted();
      client.write(closing(code, 'grüße'));
      expect(await client.closeCode()).toBe(code);
      await serverLives();
    },
  );

  it('without a code are answered without one', async () => {
    const client = await greeted();
    client.write(closing());
    expect(await client.closeCode()).toBe(1005);
    await serverLives();
  });

  it.each<[string, Buffer, number]>([
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map(
      (code): [string, Buffer, number] => [`code ${code}`, closing(code), 1002],
    ),
    ['one byte', frame({ opcode: close, payload: 'x' }), 1002],
    ['a reason that is not UTF-8', closing(1000, Buffer.of(0xff)), 1007],
    ['a reason that ends within a character', closing(1000, Buffer.of(0xe2, 0x82)), 1007],
  ])('are wrong with %s', async (_, bytes, code) => {
    const client = await greeted();
    client.write(bytes);
    expect(await client.closeCode()).toBe(code);
    await serverLives();
  });

  it('end it: what follows them is not read, and the connection is closed', async () => {
    const client = await greeted();
    client.write(Buffer.concat([closing(1000), text(MESSAGE), frame({ opcode: ping })]));
    await client.until('the end', () => client.ended);
    expect(client.frames.map(({ opcode }) => opcode)).toEqual([close]);
    await serverLives();
  });
});

describe('frames that are allowed are read', () => {
  it.each<[string, Buffer[]]>([
    ['a length in 16 bits that fits 7', [text(MESSAGE, { lengthBits: 16 })]],
    ['a length in 64 bits that fits 7', [text(MESSAGE, { lengthBits: 64 })]],
    [
      'fragments',
      [start(BYTES.subarray(0, 5)), part(BYTES.subarray(5, 9)), part(BYTES.subarray(9), { fin: true })],
    ],
    [
      'a character that is cut in two',
      [start(BYTES.subarray(0, INSIDE)), part(BYTES.subarray(INSIDE), { fin: true })],
    ],
    [
      'a fragment a byte',
      [...BYTES].map((byte, at) =>
        frame({ opcode: at === 0 ? 1 : 0, payload: Buffer.of(byte), fin: at === BYTES.length - 1 }),
      ),
    ],
    ['empty fragments', [start(''), part(''), part(MESSAGE), part('', { fin: true })]],
    ['a pong that nobody asked for', [frame({ opcode: pong, payload: 'x' }), text(MESSAGE)]],
  ])('%s', async (_, frames) => {
    const client = await greeted();
    client.write(Buffer.concat(frames));
    await client.said('refused');
    await serverLives();
  });

  it('byte by byte over TCP', async () => {
    const client = await greeted();
    for (const byte of text(MESSAGE)) {
      client.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    await client.said('refused');
  });

  it('a ping between fragments is answered before their message is', async () => {
    const client = await greeted();
    client.write(start(BYTES.subarray(0, 5)));
    client.write(frame({ opcode: ping, payload: 'between' }));
    await client.until('a pong', () => client.frames.some(({ opcode }) => opcode === pong));
    expect(client.frames.at(-1)?.payload.toString()).toBe('between');
    client.write(part(BYTES.subarray(5), { fin: true }));
    await client.said('refused');
  });

  it('a ping is answered with what it said, up to 125 bytes of anything', async () => {
    const client = await greeted();
    const payload = Buffer.alloc(125, 0xff);
    client.write(frame({ opcode: ping, payload }));
    await client.until('a pong', () => client.frames.some(({ opcode }) => opcode === pong));
    expect(client.frames).toEqual([{ opcode: pong, payload }]);
  });
});

describe('pings in one breath', () => {
  const breath = (pings: number) =>
    Buffer.concat(Array.from({ length: pings }, (_, n) => frame({ opcode: ping, payload: String(n) })));
  const pongs = ({ frames }: RawWebSocket) => frames.filter(({ opcode }) => opcode === pong).length;

  it('are all answered, fifty of them', async () => {
    const client = await greeted();
    client.write(breath(50));
    await client.until('all pongs', () => pongs(client) === 50);
    await client.answers();
  });

  it('end the connection when they are a flood: what waits to be answered is bounded, and nobody else notices', async () => {
    const client = await greeted();
    client.write(breath(100_000));
    await bystander.answers();
    await client.until('the end', () => client.ended);
    // The bound of ws; a pong is lost where the connection is reset before it was read.
    expect(pongs(client)).toBeLessThanOrEqual(60);
    await serverLives();
  });

  it('end it also for a client that reads nothing', async () => {
    const client = await greeted();
    client.socket.pause();
    let failed = false;
    client.socket.once('error', () => {
      failed = true;
    });
    client.write(breath(100_000));
    // Whoever does not read is told of a reset when he writes.
    await until('the end', () => {
      client.write(breath(1));
      return failed;
    });
    await serverLives();
  });
});

describe('a handshake', () => {
  it.each<[string, UpgradeParts, number]>([
    ['of another version', { headers: { 'Sec-WebSocket-Version': '12' } }, 400],
    ['without a version', { headers: { 'Sec-WebSocket-Version': undefined } }, 400],
    ['without a key', { headers: { 'Sec-WebSocket-Key': undefined } }, 400],
    ['with a key of the wrong length', { headers: { 'Sec-WebSocket-Key': 'c2hvcnQ=' } }, 400],
    ['with a key that is not base64', { headers: { 'Sec-WebSocket-Key': `${'!'.repeat(22)}==` } }, 400],
    ['with a subprotocol that cannot be read', { headers: { 'Sec-WebSocket-Protocol': 'a,,b' } }, 400],
    ['without upgrade', { headers: { Upgrade: undefined, Connection: 'close' } }, 426],
    ['without connection', { headers: { Connection: 'close' } }, 426],
    ['to something else', { headers: { Upgrade: 'h2c' } }, 400],
    ['by HTTP/1.0', { version: '1.0' }, 400],
    ['without a Host header', { headers: { Host: undefined } }, 400],
    ['with POST', { method: 'POST', headers: { 'Content-Length': '0' } }, 404],
    ['elsewhere', { path: '/elsewhere' }, 404],
    ['with a header that is no header', { headers: { 'a b': 'c' } }, 400],
    ['with 64 KiB of headers', { headers: { Cookie: 'x'.repeat(65_536) } }, 431],
  ])('%s is refused', async (_, parts, status) => {
    const client = await RawWebSocket.asking(server.ws, parts);
    onTestFinished(() => client.close());
    expect(client.status).toBe(status);
    await serverLives();
  });

  it('that is no HTTP at all is refused', async () => {
    const client = new RawWebSocket(server.ws);
    onTestFinished(() => client.close());
    client.write(Buffer.from('16030100b8010000b40303', 'hex'));
    await client.until('an answer', () => client.status !== undefined || client.ended);
    expect(client.status).toBe(400);
    await serverLives();
  });

  it('that offers no compression is given none, and one that offers it neither (F1)', async () => {
    const client = await RawWebSocket.asking(server.ws, {
      headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' },
    });
    onTestFinished(() => client.close());
    expect(client.status).toBe(101);
    expect(client.head).not.toMatch(/extensions/i);
  });
});
