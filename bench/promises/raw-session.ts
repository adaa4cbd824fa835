import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { headerBytes, payloadBytes } from '../frame.ts';

/** Who a raw session tells. */
export interface RawEvents {
  /** The WebSocket is open: what `hello` says beside protocol and client. */
  opened(): object;
  control(message: Record<string, unknown>): void;
  /** One publication stands in `data` from `at` to `end`. */
  publication(data: Buffer, at: number, end: number): void;
  /** @param code of the close frame; 1006 when there was none */
  closed(code: number): void;
}

const TEXT = 0x81;
const CLOSE = 0x88;
const PING = 0x89;
const PONG = 0x8a;
const BRACE = 0x7b;

/** A client of the protocol on a bare TCP socket, with an id of its own: it costs far less than what it measures. */
export class RawSession {
  readonly #events: RawEvents;
  readonly #socket: Socket;
  #state: 'handshake' | 'open' | 'ended' = 'handshake';
  /** What came of a frame, without its end. */
  #rest: Buffer | undefined;
  #closeCode = 1006;

  constructor(port: number, events: RawEvents) {
    this.#events = events;
    this.#socket = connect(port, '127.0.0.1', () => {
      this.#socket.write(
        `GET /bus HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: zerospan.v1\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
      );
    });
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (data) => this.#read(this.#rest ? Buffer.concat([this.#rest, data]) : data));
    // An error is followed by `close`, which is told.
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#state = 'ended';
      this.#events.closed(this.#closeCode);
    });
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  say(text: string): void {
    this.#write(TEXT, Buffer.from(text));
  }

  #read(data: Buffer): void {
    this.#rest = undefined;
    let at = 0;
    if (this.#state === 'handshake') {
      at = data.indexOf('\r\n\r\n') + 4;
      if (at < 4) {
        this.#rest = data;
        return;
      }
      this.#open();
    }
    while (at < data.length) {
      const end = this.#frame(data, at);
      if (end === undefined) {
        this.#rest = data.subarray(at);
        return;
      }
      at = end;
    }
  }

  #open(): void {
    this.#state = 'open';
    const client = randomBytes(16).toString('hex');
    this.say(
      JSON.stringify({
        hello: { protocol: 'zerospan.v1', client, connection: 1, ...this.#events.opened() },
      }),
    );
  }

  /** Answers where the frame ends; undefined when it is not all there. */
  #frame(data: Buffer, start: number): number | undefined {
    const short = data[start + 1];
    if (short === undefined) return undefined;
    const at = start + headerBytes(short);
    if (at > data.length) return undefined;
    const length = payloadBytes(data, start, short);
    const end = at + length;
    if (end > data.length) return undefined;
    const kind = data[start];
    if (kind === TEXT && data[at] !== BRACE) this.#events.publication(data, at, end);
    else if (kind === TEXT)
      this.#events.control(JSON.parse(data.toString('utf8', at, end)) as Record<string, unknown>);
    else if (kind === PING) this.#write(PONG, data.subarray(at, end));
    else if (kind === CLOSE) {
      this.#closeCode = length >= 2 ? data.readUInt16BE(at) : 1005;
      this.#socket.end();
    }
    return end;
  }

  /** A masked frame; the mask may be zero. */
  #write(kind: number, payload: Uint8Array): void {
    const { length } = payload;
    const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
    this.#socket.write(Buffer.concat([Buffer.from([kind, ...size, 0, 0, 0, 0]), payload]));
  }
}
