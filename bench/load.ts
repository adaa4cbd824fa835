/**
 * The measuring side: raw TCP sockets that do the WebSocket handshake, say hello, and count frames. No WebSocket library, so that
 * it costs far less than what it measures.
 * Arguments: host, port, path, sockets, channel ("" for a server that needs no hello).
 * stdin `count`: says {"frames":…,"bytes":…} received since the last time, control frames left out.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { headerBytes, payloadBytes } from './frame.ts';

const [host = '127.0.0.1', port = '', path = '/', sockets = '1', channel = ''] = process.argv.slice(2);
let frames = 0;
let bytes = 0;
let ready = 0;

class Counting {
  readonly #socket: Socket;
  #open = false;
  /** Bytes of a frame, or of its header, that came without the rest. */
  #rest: Buffer | undefined;
  /** Payload bytes of the present frame that are still to come. */
  #skip = 0;

  constructor() {
    this.#socket = connect(Number(port), host, () => this.#upgrade());
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (data) => this.#read(data));
    this.#socket.on('error', (error) => {
      process.stderr.write(`load: ${error.message}\n`);
      process.exit(1);
    });
  }

  #upgrade(): void {
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: zerospan.v1\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
  }

  #read(data: Buffer): void {
    let at = 0;
    if (!this.#open) {
      at = data.indexOf('\r\n\r\n') + 4;
      if (at < 4) throw new Error('the handshake came in pieces');
      this.#open = true;
      if (channel) {
        const hello = {
          protocol: 'zerospan.v1',
          client: randomBytes(8).toString('hex'),
          subscriptions: [{ id: 1, channels: [channel] }],
        };
        this.#say(JSON.stringify({ hello }));
      } else up();
    }
    bytes += data.length - at;
    this.#count(this.#rest ? Buffer.concat([this.#rest, data.subarray(at)]) : data.subarray(at));
  }

  #count(data: Buffer): void {
    this.#rest = undefined;
    let at = this.#skip;
    while (at < data.length) {
      const short = data[at + 1];
      const header = headerBytes(short ?? 0);
      // One byte of the payload tells a publication (a digit) from a control frame.
      if (short === undefined || at + header + 1 > data.length) {
        this.#rest = data.subarray(at);
        this.#skip = 0;
        return;
      }
      const length = payloadBytes(data, at, short);
      if (data[at] === 0x81 && data[at + header] !== 0x7b) frames++;
      else if (data.toString('latin1', at + header, at + header + 13) === '{"subscribed"') up();
      at += header + length;
    }
    this.#skip = at - data.length;
  }

  /** A masked text frame; the mask may be zero. */
  #say(text: string): void {
    const payload = Buffer.from(text);
    const header = Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0]);
    this.#socket.write(Buffer.concat([header, payload]));
  }
}

function up(): void {
  if (++ready === Number(sockets)) say({ ready });
}

function say(about: object): void {
  process.stdout.write(`${JSON.stringify(about)}\n`);
}

for (let i = 0; i < Number(sockets); i++) new Counting();
createInterface({ input: process.stdin }).on('line', () => {
  say({ frames, bytes });
  frames = 0;
  bytes = 0;
});
process.on('SIGTERM', () => process.exit(0));
