import { randomBytes } from 'node:crypto';
import type { Carried, Carrier, CarrierSink } from './carrier.ts';
import { clientFrame, FrameReader } from './frames.ts';

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** Messages are WebSocket frames, fragments as they come. Pings are answered. */
export class WebSocketCarrier implements Carrier {
  readonly status = 101;
  readonly #protocol: string | undefined;

  /** @param protocol subprotocol that is asked for; none when left out */
  constructor(protocol?: string) {
    this.#protocol = protocol;
  }

  request({ host, pathname, search }: URL): string {
    const lines = [
      `GET ${pathname}${search} HTTP/1.1`,
      `Host: ${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      ...(this.#protocol ? [`Sec-WebSocket-Protocol: ${this.#protocol}`] : []),
    ];
    return `${lines.join('\r\n')}\r\n\r\n`;
  }

  open(sink: CarrierSink): Carried {
    return new FrameReader({
      frame(opcode, data, at, end) {
        if (opcode <= BINARY) sink.message(data, at, end);
        else if (opcode === PING) sink.reply(clientFrame(PONG, data.subarray(at, end)));
        else if (opcode === CLOSE) throw new Error(`the server closed: ${reasonOf(data, at, end)}`);
      },
    });
  }

  encode(message: string | Buffer): Buffer {
    return typeof message === 'string'
      ? clientFrame(TEXT, Buffer.from(message))
      : clientFrame(BINARY, message);
  }
}

function reasonOf(data: Buffer, at: number, end: number): string {
  return end - at >= 2 ? `${data.readUInt16BE(at)} ${data.toString('utf8', at + 2, end)}` : 'no code';
}
