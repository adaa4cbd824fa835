import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Tally } from '../tally.ts';
import type { Carried, Carrier } from './carrier.ts';

/** PORT: one client's side of a protocol. It says through the socket that it is made with. */
export interface Dialogue {
  /** The connection is open: what is to be said first is said now. */
  opened(): void;
  /** One whole message, or a piece of one as it comes; `data` holds it from `at` to `end`, and only during the call. */
  message(data: Buffer, at: number, end: number): void;
  /** Called every 250 ms. */
  tick(): void;
}

/** How a kind of server is spoken to. */
export interface Dialect {
  /** What its messages come in. */
  readonly carrier: Carrier;
  /** Subscribes a client to these channels. `ready` is called once, when all of them are subscribed. */
  begin(
    say: (text: string | Buffer) => void,
    channels: readonly string[],
    tally: Tally,
    ready: () => void,
  ): Dialogue;
}

/** Read at once from one socket, at most; all sockets of a process share the buffer. */
const READ_BYTES = 256 * 1024;

const HEAD_END = '\r\n\r\n';

export interface LoadTarget {
  /** `ws:` or `http:`; `wss:` or `https:` with TLS. */
  readonly url: string;
  readonly dialect: Dialect;
  /** The authority of the server's certificate, in PEM; left out: those that the system knows. */
  readonly ca?: Buffer | undefined;
}

/**
 * A client on a bare TCP socket, which costs far less than what it measures: no library, no copy, no object for a
 * message.
 */
export class LoadSocket {
  readonly #socket: Socket;
  readonly #tally: Tally;
  readonly #dialogue: Dialogue;
  readonly #carrier: Carrier;
  /** Before: what came so far of the answer to the request. */
  #state: { readonly head: Buffer } | { readonly carried: Carried } = { head: Buffer.alloc(0) };
  #ended = false;

  /**
   * @param buffer for reading, which many may share
   * @param ready called once, when it is subscribed
   * @param failed called once when it is closed, by either side
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
    this.#carrier = dialect.carrier;
    this.#dialogue = dialect.begin((text) => this.#say(text), channels, tally, ready);
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
    const address = new URL(url);
    this.#socket = opened(address, read, ca);
    this.#socket.setNoDelay(true);
    this.#socket.write(this.#carrier.request(address, channels));
    this.#socket.on('error', (error) => end(error.message));
    this.#socket.on('close', () => end('closed'));
  }

  tick(): void {
    if (!this.#ended && 'carried' in this.#state) this.#dialogue.tick();
  }

  /** Ends it without a word. */
  end(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  #read(buffer: Buffer, length: number): void {
    this.#tally.reading(length);
    if ('carried' in this.#state) {
      this.#state.carried.read(buffer, 0, length);
      return;
    }
    const head = Buffer.concat([this.#state.head, buffer.subarray(0, length)]);
    const end = head.indexOf(HEAD_END);
    if (end < 0) {
      this.#state = { head };
      return;
    }
    const body = end + HEAD_END.length;
    const [status = ''] = head.toString('latin1', 0, end).split('\r\n');
    if (!status.startsWith(`HTTP/1.1 ${this.#carrier.status} `)) {
      throw new Error(`the server answered "${status}"${reasonIn(head.toString('utf8', body))}`);
    }
    const carried = this.#carrier.open({
      message: (data, at, to) => this.#dialogue.message(data, at, to),
      reply: (bytes) => void this.#socket.write(bytes),
    });
    this.#state = { carried };
    this.#dialogue.opened();
    carried.read(head, body, head.length);
  }

  #say(message: string | Buffer): void {
    if (!this.#ended) this.#socket.write(this.#carrier.encode(message));
  }
}

/** A buffer for {@link LoadSocket}. */
export function readBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(READ_BYTES);
}

function opened({ protocol, hostname, port }: URL, onread: OnReadOpts, ca: Buffer | undefined): Socket {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'wss:' || protocol === 'https:') {
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
