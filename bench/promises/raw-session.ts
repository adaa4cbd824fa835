import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { clientFrame, FrameReader } from 'zerospan/load';

/** Receives the events of a raw session. */
export interface RawEvents {
  /** The WebSocket is open: what `hello` says beside protocol and client. */
  opened(): object;
  control(message: Record<string, unknown>): void;
  /** One publication stands in `data` from `at` to `end`, during the call only. */
  publication(data: Buffer, at: number, end: number): void;
  /** @param code of the close frame; 1006 when there was none */
  closed(code: number): void;
}

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const BRACE = 0x7b;
const HEAD_END = '\r\n\r\n';

/**
 * A client of the protocol on a bare TCP socket, with an id of its own: it costs far less than what it measures. Not a
 * `LoadSocket`, which counts for all sockets together and reports its end as text; here each reports for itself what it
 * received, and with which code it was closed.
 */
export class RawSession {
  readonly #events: RawEvents;
  readonly #socket: Socket;
  #state: 'handshake' | 'open' | 'ended' = 'handshake';
  readonly #frames = new FrameReader({
    frame: (opcode, data, at, end) => this.#frame(opcode, data, at, end),
  });
  /** What came of the answer to the handshake. */
  #answer: Buffer = Buffer.alloc(0);
  #closeCode = 1006;

  constructor(port: number, events: RawEvents) {
    this.#events = events;
    this.#socket = connect(port, '127.0.0.1', () => {
      this.#socket.write(
        `GET /bus HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: zerospan.v1\r\n' +
          `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
      );
    });
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (data) => this.#read(data));
    // An error is followed by `close`, which is reported.
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
    this.#socket.write(clientFrame(TEXT, Buffer.from(text)));
  }

  /** Closes the connection, without a close frame. */
  end(): void {
    this.#socket.end();
  }

  #read(data: Buffer): void {
    if (this.#state !== 'handshake') {
      this.#frames.read(data, 0, data.length);
      return;
    }
    this.#answer = Buffer.concat([this.#answer, data]);
    const end = this.#answer.indexOf(HEAD_END);
    if (end < 0) return;
    this.#open();
    this.#frames.read(this.#answer, end + HEAD_END.length, this.#answer.length);
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

  #frame(opcode: number, data: Buffer, at: number, end: number): void {
    if (opcode === TEXT && data[at] !== BRACE) this.#events.publication(data, at, end);
    else if (opcode === TEXT)
      this.#events.control(JSON.parse(data.toString('utf8', at, end)) as Record<string, unknown>);
    else if (opcode === PING) this.#socket.write(clientFrame(PONG, data.subarray(at, end)));
    else if (opcode === CLOSE) {
      this.#closeCode = end - at >= 2 ? data.readUInt16BE(at) : 1005;
      this.#socket.end();
    }
  }
}
