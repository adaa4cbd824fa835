import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface FrameParts {
  readonly opcode: number;
  readonly payload?: Buffer | string;
  /** Default: true, the last of its message. */
  readonly fin?: boolean;
  /** Bits 1 to 3, as 4, 2 and 1. */
  readonly rsv?: number;
  /** Default: true, as clients must. */
  readonly masked?: boolean;
  /** Bits of the length field, needed or not. */
  readonly lengthBits?: 7 | 16 | 64;
  /** What the length says, whatever the payload has. */
  readonly length?: bigint;
}

export interface Received {
  readonly opcode: number;
  readonly payload: Buffer;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame of RFC 6455, right or wrong. */
export function frame(parts: FrameParts): Buffer {
  const { opcode, fin = true, rsv = 0, masked = true } = parts;
  const payload = Buffer.from(parts.payload ?? '');
  const length = parts.length ?? BigInt(payload.length);
  const bits = parts.lengthBits ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64);
  const head = Buffer.alloc(bits === 7 ? 2 : bits === 16 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (bits === 7 ? Number(length) : bits === 16 ? 126 : 127);
  if (bits === 16) head.writeUInt16BE(Number(length), 2);
  if (bits === 64) head.writeBigUInt64BE(length, 2);
  if (!masked) return Buffer.concat([head, payload]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ (mask[at % 4] as number))]);
}

export const text = (payload: string | Buffer, more: Partial<FrameParts> = {}): Buffer =>
  frame({ opcode: OPCODE.text, payload, ...more });

/** A close frame with this code and reason; without any payload when there is no code. */
export function closing(code?: number, reason: Buffer | string = ''): Buffer {
  if (code === undefined) return frame({ opcode: OPCODE.close });
  const payload = Buffer.concat([Buffer.of(code >> 8, code & 0xff), Buffer.from(reason)]);
  return frame({ opcode: OPCODE.close, payload });
}

/** The request that asks for a WebSocket; a header that is undefined is left out. */
export function upgradeRequest(
  url: string,
  { method = 'GET', path, version = '1.1', headers = {} }: UpgradeParts = {},
): string {
  const { host, pathname } = new URL(url);
  const all: Record<string, string | undefined> = {
    Host: host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Protocol': 'zerospan.v1',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return [`${method} ${path ?? pathname} HTTP/${version}`, ...lines, '', ''].join('\r\n');
}

export interface UpgradeParts {
  readonly method?: string;
  readonly path?: string;
  readonly version?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export function helloFrame(): Buffer {
  const client = `raw-${randomBytes(8).toString('hex')}`;
  return text(JSON.stringify({ hello: { protocol: 'zerospan.v1', client, subscriptions: [] } }));
}

const PATIENCE_MS = 30_000;

/** The client's end of a TCP connection to the server's WebSocket, byte by byte: it sends whatever a test asks for. */
export class RawWebSocket {
  readonly socket: Socket;
  /** The answer's status once it is there. */
  status: number | undefined;
  /** The answer's head, as it came. */
  head = '';
  readonly frames: Received[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect(Number(port), hostname);
    this.socket.setNoDelay(true);
    this.socket.on('error', () => undefined);
    this.socket.on('data', (bytes) => this.#take(bytes));
    this.socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** One whose request was answered. */
  static async asking(url: string, parts?: UpgradeParts): Promise<RawWebSocket> {
    const each = new RawWebSocket(url);
    each.write(upgradeRequest(url, parts));
    await each.until('an answer', () => each.status !== undefined || each.#ended);
    return each;
  }

  /** One that has its welcome. */
  static async greeted(url: string): Promise<RawWebSocket> {
    const each = await RawWebSocket.asking(url);
    each.write(helloFrame());
    await each.said('welcome');
    return each;
  }

  get ended(): boolean {
    return this.#ended;
  }

  write(bytes: Buffer | string): void {
    this.socket.write(bytes);
  }

  /** Waits for a message of this name, and forgets all frames up to it. */
  async said(name: string): Promise<void> {
    const isIt = ({ opcode, payload }: Received): boolean =>
      opcode === OPCODE.text && payload.toString().startsWith(`{"${name}":`);
    await this.until(name, () => this.frames.some(isIt));
    this.frames.splice(0, this.frames.findIndex(isIt) + 1);
  }

  /** The text messages that have come. */
  get texts(): string[] {
    return this.frames
      .filter(({ opcode }) => opcode === OPCODE.text)
      .map(({ payload }) => payload.toString());
  }

  /** The reason of the close frame that has come. */
  get closeReason(): string {
    return (
      this.frames
        .find(({ opcode }) => opcode === OPCODE.close)
        ?.payload.subarray(2)
        .toString() ?? ''
    );
  }

  /** The code of the close frame that comes; 1005 for one without, 1006 when the connection ends with none. */
  async closeCode(): Promise<number> {
    const close = (): Received | undefined => this.frames.find(({ opcode }) => opcode === OPCODE.close);
    await this.until('a close frame', () => close() !== undefined || this.#ended);
    const payload = close()?.payload;
    return payload === undefined ? 1006 : payload.length < 2 ? 1005 : payload.readUInt16BE(0);
  }

  /** Whether the server answers a message now, as it does all who are well. */
  async answers(): Promise<void> {
    this.write(text('{"ping":{"id":1}}'));
    await this.said('pong');
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    while (!holds()) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0 || this.#ended)
        throw new Error(`${what} did not come${this.#ended ? ': it was closed' : ''}`);
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (this.status === undefined) this.#readHead();
    if (this.status === 101) this.#readFrames();
    this.#wake();
  }

  #readHead(): void {
    const end = this.#bytes.indexOf('\r\n\r\n');
    if (end < 0) return;
    this.head = this.#bytes.toString('latin1', 0, end);
    this.status = Number(/^HTTP\/1\.\d (\d+)/.exec(this.head)?.[1]);
    this.#bytes = this.#bytes.subarray(end + 4);
  }

  #readFrames(): void {
    for (;;) {
      const [first, second] = this.#bytes;
      if (first === undefined || second === undefined) return;
      const head = second === 126 ? 4 : second === 127 ? 10 : 2;
      if (this.#bytes.length < head) return;
      const length =
        head === 2
          ? second
          : head === 4
            ? this.#bytes.readUInt16BE(2)
            : Number(this.#bytes.readBigUInt64BE(2));
      if (this.#bytes.length < head + length) return;
      const received = { opcode: first & 0x0f, payload: this.#bytes.subarray(head, head + length) };
      this.frames.push(received);
      // A client that stays for long must be alive.
      if (received.opcode === OPCODE.ping) this.write(frame({ ...received, opcode: OPCODE.pong }));
      this.#bytes = this.#bytes.subarray(head + length);
    }
  }
}
