import { randomBytes } from 'node:crypto';
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { clientFrame, FrameReader } from './frames.ts';
import type { Tally } from './tally.ts';

/** PORT: one client's side of a protocol on a raw WebSocket. It says through the socket that it is made with. */
export interface Dialogue {
  /** The WebSocket is open: what is to be said first is said now. */
  opened(): void;
  /**
   * One whole frame of text or bytes, fragments as they come; `data` holds it from `at` to `end`, and only during the
   * call.
   */
  frame(opcode: number, data: Buffer, at: number, end: number): void;
  /** Called every 250 ms. */
  tick(): void;
}

/** How a kind of server is spoken to. */
export interface Dialect {
  /** WebSocket subprotocol that is asked for; none when left out. */
  readonly protocol?: string;
  /** A client that wants these channels. `ready` is called once, when all of them are subscribed. */
  begin(
    say: (text: string | Buffer) => void,
    channels: readonly string[],
    tally: Tally,
    ready: () => void,
  ): Dialogue;
}

const CLOSE = 8;
const PING = 9;
const PONG = 10;
const TEXT = 1;
const BINARY = 2;

/** Read at once from one socket, at most; all sockets of a process share the buffer. */
const READ_BYTES = 256 * 1024;

export interface LoadTarget {
  /** `ws:` or `wss:`. */
  readonly url: string;
  readonly dialect: Dialect;
  /** The authority of the server's certificate, in PEM; left out: those that the system knows. */
  readonly ca?: Buffer | undefined;
}

/**
 * A client of a WebSocket server on a bare TCP socket, which costs far less than what it measures: no WebSocket
 * library, no copy, no object for a frame.
 */
export class LoadSocket {
  readonly #socket: Socket;
  readonly #tally: Tally;
  readonly #dialogue: Dialogue;
  readonly #frames: FrameReader;
  /** Its buffer, and what of the answer to the handshake came so far. */
  #handshake: Buffer | undefined = Buffer.alloc(0);
  #ended = false;

  /**
   * @param buffer for reading, which many may share
   * @param ready called once, when it is subscribed
   * @param failed called once when it is closed, whoever closed
   */
  constructor(
    { url, dialect, ca }: LoadTarget,
    channels: readonly string[],
    tally: Tally,
    buffer: Buffer,
    ready: () => void,
    failed: (reason: string) => void,
  ) {
    this.#tally = tally;
    this.#dialogue = dialect.begin((text) => this.#say(text), channels, tally, ready);
    this.#frames = new FrameReader({ frame: (opcode, data, at, end) => this.#frame(opcode, data, at, end) });
    const end = (reason: string): void => {
      if (this.#ended) return;
      this.#ended = true;
      tally.closed++;
      failed(reason);
    };
    const read: OnReadOpts = {
      buffer,
      callback: (length) => {
        try {
          this.#read(buffer, length);
        } catch (error) {
          // What a dialogue does not bear is the end of its connection: thrown from here it would be the end of the
          // process.
          this.#socket.destroy(error as Error);
        }
        return true;
      },
    };
    this.#socket = opened(new URL(url), read, ca);
    this.#socket.setNoDelay(true);
    const { protocol } = dialect;
    this.#socket.write(handshake(new URL(url), protocol));
    this.#socket.on('error', (error) => end(error.message));
    this.#socket.on('close', () => end('closed'));
  }

  tick(): void {
    if (!this.#ended && !this.#handshake) this.#dialogue.tick();
  }

  /** Ends it without a word. */
  end(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  #read(buffer: Buffer, length: number): void {
    this.#tally.reading(length);
    if (!this.#handshake) {
      this.#frames.read(buffer, 0, length);
      return;
    }
    const answer = Buffer.concat([this.#handshake, buffer.subarray(0, length)]);
    const end = answer.indexOf('\r\n\r\n');
    this.#handshake = end < 0 ? answer : undefined;
    if (end < 0) return;
    const [status = ''] = answer.toString('latin1', 0, end).split('\r\n');
    if (!/^HTTP\/1.1 101 /.test(status)) {
      const why = reasonIn(answer.toString('utf8', end + 4));
      this.#socket.destroy(new Error(`the server answered "${status}"${why}`));
      return;
    }
    this.#dialogue.opened();
    this.#frames.read(answer, end + 4, answer.length);
  }

  #frame(opcode: number, data: Buffer, at: number, end: number): void {
    if (opcode <= BINARY) this.#dialogue.frame(opcode, data, at, end);
    else if (opcode === PING) this.#socket.write(clientFrame(PONG, data.subarray(at, end)));
    else if (opcode === CLOSE) {
      const reason =
        end - at >= 2 ? `${data.readUInt16BE(at)} ${data.toString('utf8', at + 2, end)}` : 'no code';
      this.#socket.destroy(new Error(`the server closed: ${reason}`));
    }
  }

  #say(text: string | Buffer): void {
    const frame = typeof text === 'string' ? clientFrame(TEXT, Buffer.from(text)) : clientFrame(BINARY, text);
    if (!this.#ended) this.#socket.write(frame);
  }
}

/** A buffer for {@link LoadSocket}. */
export function readBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(READ_BYTES);
}

function opened({ protocol, hostname, port }: URL, onread: OnReadOpts, ca: Buffer | undefined): Socket {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'wss:') {
    // The types lack `onread`, which TLS sockets know as well.
    // A server name that is an IP address is against RFC 6066, and Node warns of it.
    const options = { host, port: Number(port || 443), servername: isIP(host) ? '' : host, onread, ca };
    return connectTls(options);
  }
  return connect({ host, port: Number(port || 80), onread });
}

/** What a server of ours says in the body of a refusal, as far as it came with the head. */
function reasonIn(body: string): string {
  const [, code] = /"code":"([a-z-]{1,64})"/.exec(body) ?? [];
  return code === undefined ? '' : `, ${code}`;
}

function handshake({ host, pathname, search }: URL, protocol: string | undefined): string {
  const lines = [
    `GET ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
