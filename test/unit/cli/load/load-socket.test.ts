import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Carrier,
  type Dialect,
  FrameReader,
  Histogram,
  LoadSocket,
  PutOutlet,
  PutTally,
  readBuffer,
  Stamps,
  Tally,
  WebSocketCarrier,
} from '../../../../cli/src/load/index.ts';
import { until } from '../../../support/until.ts';

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';

/** A server of one connection that the test plays: it answers nothing by itself. */
class PlayedServer {
  readonly url: string;
  /** Frames of the client, as text behind their opcode. */
  readonly heard: string[] = [];
  /** What came before the first frame. */
  handshake = '';
  readonly #peer: Promise<Socket>;

  private constructor(port: number, peer: Promise<Socket>) {
    this.url = `ws://127.0.0.1:${port}/bus?a=1`;
    this.#peer = peer;
  }

  static async open(): Promise<PlayedServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = once(server, 'connection').then(([socket]) => socket as Socket);
    const played = new PlayedServer((server.address() as AddressInfo).port, peer);
    // Zero masks are four bytes before the payload.
    const reader = new FrameReader({
      frame: (opcode, data, at, end) => played.heard.push(`${opcode} ${data.toString('utf8', at + 4, end)}`),
    });
    void peer.then((socket) => {
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => undefined).on('data', (data) => played.#hear(data, reader));
    });
    onTestFinished(() => void server.close());
    return played;
  }

  async writes(data: string | Buffer): Promise<void> {
    (await this.#peer).write(data);
  }

  async sends(opcode: number, text: string | Buffer): Promise<void> {
    const payload = Buffer.from(text);
    await this.writes(Buffer.concat([Buffer.from([0x80 + opcode, payload.length]), payload]));
  }

  #hear(data: Buffer, reader: FrameReader): void {
    const all = this.handshake.endsWith('\r\n\r\n') ? data : undefined;
    if (!all) this.handshake += data.toString('latin1');
    // A masked length has the top bit set, and its frame four bytes more: as one without a mask the reader can cut it.
    for (let at = 0; all && at < all.length; ) {
      const length = (all[at + 1] as number) - 0x80;
      const long = length === 126;
      const bytes = long ? all.readUInt16BE(at + 2) : length;
      const header = long ? 4 : 2;
      const head = Buffer.from([all[at] as number, 126, (bytes + 4) >> 8, (bytes + 4) & 0xff]);
      const frame = Buffer.concat([head, all.subarray(at + header, at + header + 4 + bytes)]);
      reader.read(frame, 0, frame.length);
      at += header + 4 + bytes;
    }
  }
}

/** A load socket to a played server, and what its dialogue hears. */
async function connected(dialect: Partial<Dialect> = {}) {
  const server = await PlayedServer.open();
  const heard: string[] = [];
  const failed: string[] = [];
  const tally = new Tally(new Stamps(100));
  const begin: Dialect['begin'] = (say) => ({
    opened: () => say('hello'),
    message: (data, at, end) => {
      heard.push(data.toString('utf8', at, end));
      if (heard.at(-1) === 'unbearable') throw new Error('I cannot bear it');
    },
    tick: () => say('tick'),
  });
  const target = { url: server.url, dialect: { carrier: new WebSocketCarrier(), begin, ...dialect } };
  let readies = 0;
  const ready = (): void => void readies++;
  const socket = new LoadSocket(target, ['a'], tally, readBuffer(), ready, (reason) => failed.push(reason));
  onTestFinished(() => socket.end());
  await until('the handshake', () => server.handshake.endsWith('\r\n\r\n'));
  return { server, heard, failed, tally, socket, isReady: () => readies === 1 };
}

describe('a load socket', () => {
  it('asks for a WebSocket as a client does, and speaks once it is one, however the answer is cut', async () => {
    const { server, heard, socket } = await connected({ carrier: new WebSocketCarrier('some.v1') });
    expect(server.handshake).toMatch(/^GET \/bus\?a=1 HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
    expect(server.handshake).toContain('\r\nSec-WebSocket-Protocol: some.v1\r\n');
    socket.tick();
    await server.writes(SWITCHING.slice(0, 30));
    await server.writes(
      Buffer.concat([Buffer.from(SWITCHING.slice(30)), Buffer.from([0x81, 2]), Buffer.from('hi')]),
    );
    await until('the frame', () => heard.length > 0);
    expect(heard).toEqual(['hi']);
    socket.tick();
    await until('both', () => server.heard.length === 2);
    expect(server.heard).toEqual(['1 hello', '1 tick']);
  });

  it('answers a ping with what it says', async () => {
    const { server } = await connected();
    await server.writes(SWITCHING);
    await server.sends(9, 'are you there');
    await until('the pong', () => server.heard.length === 2);
    expect(server.heard[1]).toBe('10 are you there');
  });

  it.each<[string, (server: PlayedServer) => Promise<void>, string]>([
    ['the server refuses', (server) => server.writes('HTTP/1.1 403 Forbidden\r\n\r\n'), '403 Forbidden'],
    [
      'the server closes',
      async (server) => {
        await server.writes(SWITCHING);
        await server.sends(8, Buffer.from([0x0f, 0xa0, 0x62, 0x79, 0x65]));
      },
      '4000 bye',
    ],
    [
      'the dialogue does not bear what it hears',
      async (server) => {
        await server.writes(SWITCHING);
        await server.sends(1, 'unbearable');
      },
      'I cannot bear it',
    ],
  ])('ends once with the reason when %s', async (_, happens, reason) => {
    const { server, failed, tally } = await connected();
    await happens(server);
    await until('the end', () => failed.length > 0);
    await new Promise(setImmediate);
    expect(failed).toHaveLength(1);
    expect(failed[0]).toContain(reason);
    expect(tally.closed).toBe(1);
  });

  it('is carried by anything behind one request: here by the lines of an answer that does not end', async () => {
    const lines: Carrier = {
      status: 200,
      request: ({ host, pathname }, channels) =>
        `GET ${pathname}/${channels.join()} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      open: (sink) => ({
        read(data, at, end) {
          for (let from = at; from < end; ) {
            const to = data.indexOf('\n', from);
            sink.message(data, from, to);
            from = to + 1;
          }
        },
      }),
      encode: () => {
        throw new Error('nobody listens');
      },
    };
    const opened: string[] = [];
    const begin: Dialect['begin'] = (say, _channels, _tally, ready) => ({
      opened: ready,
      message: (data, at, end) => void opened.push(data.toString('utf8', at, end)),
      tick: () => say('anything'),
    });
    const { server, failed, isReady } = await connected({ carrier: lines, begin });
    expect(server.handshake).toMatch(/^GET \/bus\/a HTTP/);
    await server.writes('HTTP/1.1 200 OK\r\n\r\none\ntwo\n');
    await until('both', () => opened.length === 2);
    expect([opened, isReady(), failed]).toEqual([['one', 'two'], true, []]);
  });

  it('does not count its own end as a loss', async () => {
    const { failed, tally, socket } = await connected();
    socket.end();
    await new Promise(setImmediate);
    expect({ failed, closed: tally.closed }).toEqual({ failed: [], closed: 0 });
  });
});

describe('an outlet for puts', () => {
  async function outletOf(unansweredMost: number, welcome: object = {}) {
    const server = await PlayedServer.open();
    const puts = new PutTally(new Map([['a', 2]]));
    const events: string[] = [];
    const tally = new Tally(new Stamps(100));
    const outlet = new PutOutlet(
      { url: server.url, buffer: readBuffer(), tally, puts, unansweredMost },
      {
        ready: () => events.push('ready'),
        answered: () => events.push('answered'),
        failed: () => events.push('failed'),
      },
    );
    onTestFinished(() => outlet.close());
    await until('the handshake', () => server.handshake.endsWith('\r\n\r\n'));
    await server.writes(SWITCHING);
    await until('hello', () => server.heard.length === 1);
    await server.sends(1, JSON.stringify({ welcome }));
    await until('ready', () => events.includes('ready'));
    return { server, puts, events, outlet };
  }

  it('puts without waiting, up to its bound, and counts what is beyond as not sent', async () => {
    const { server, puts, events, outlet } = await outletOf(3);
    expect(server.heard[0]).toContain('"hello"');
    for (let i = 0; i < 5; i++) outlet.send('a', `"${i}"`);
    expect({ sent: puts.sent, notSent: puts.notSent, room: outlet.room }).toEqual({
      sent: 3,
      notSent: 2,
      room: 0,
    });
    await until('the puts', () => server.heard.length === 4);
    expect(server.heard[1]).toBe('1 {"put":{"id":1,"channels":["a"]}}\n"0"');
    await server.sends(1, '{"accepted":{"put":1,"time":1,"channels":[]}}');
    await server.sends(1, '{"refused":{"put":2,"code":"draining","reason":"","remedy":""}}');
    await until('the answers', () => events.length === 3);
    expect(outlet.room).toBe(2);
    const summary = puts.summary();
    expect(summary).toMatchObject({ accepted: 1, due: 2, refusedByCode: { draining: 1 } });
    expect(Histogram.of([summary.answers]).count).toBe(1);
  });

  it('keeps the pace that the server says, and calls when it may put again (W14, W16)', async () => {
    // A put of 3 bytes takes 164.
    const pace = { putsPerS: 0, burst: 0, bytesPerS: 50_000, burstBytes: 400 };
    const { puts, events, outlet } = await outletOf(10, { pace });
    for (let i = 0; i < 5; i++) outlet.send('a', `"${i}"`);
    expect({ sent: puts.sent, notSent: puts.notSent, room: outlet.room }).toEqual({
      sent: 2,
      notSent: 3,
      room: 0,
    });
    await until('the pace', () => events.includes('answered'));
    expect(outlet.room).toBe(8);
    outlet.send('a', '"6"');
    expect(puts.sent).toBe(3);
  });

  it('has no room once it is closed, and keeps what was never answered', async () => {
    const { server, puts, events, outlet } = await outletOf(3);
    outlet.send('a', '1');
    await server.sends(8, '');
    await until('the end', () => events.includes('failed'));
    outlet.send('a', '2');
    expect({ unanswered: outlet.unanswered, sent: puts.sent, notSent: puts.notSent }).toEqual({
      unanswered: 1,
      sent: 1,
      notSent: 1,
    });
  });
});
