import { type Context, Reply } from 'zeromq';
import { isSpuriousWake } from '../sockets/options.ts';

/** Where libzmq asks, in the context of the socket that somebody comes to (ZeroMQ RFC 27). */
const ZAP_ADDRESS = 'inproc://zeromq.zap.01';

/** The only version that there is. */
const VERSION = '1.0';

/**
 * The answer to a peer. `later`: the peer tries again once its handshake has timed out; `no`: it does not, until it is
 * restarted.
 */
export type Verdict = 'yes' | 'no' | 'later';

const STATUS: Readonly<Record<Verdict, readonly [code: string, text: string]>> = {
  yes: ['200', 'OK'],
  later: ['300', 'Try again later'],
  no: ['400', 'The key is not listed'],
};

export interface ZapOptions {
  readonly context: Context;
  /** Judges a peer by its key of 32 bytes and its IP address. It MUST NOT throw. */
  readonly judge: (key: Uint8Array, from: string) => Verdict;
  /** The socket cannot be read any more: from here on no new peer is admitted. */
  readonly failed: (error: unknown) => void;
}

/**
 * Answers libzmq's question whether to admit a client of CURVE. Open it before the sockets that it protects, and close
 * it after them: without such a socket libzmq admits everybody, unless `zapEnforceDomain` is set.
 */
export class Zap {
  readonly #socket: Reply;
  readonly #options: ZapOptions;
  readonly #answering: Promise<void>;

  constructor(options: ZapOptions) {
    this.#options = options;
    this.#socket = new Reply({ context: options.context, linger: 0 });
    this.#socket.bindSync(ZAP_ADDRESS);
    this.#answering = this.#answer();
  }

  async close(): Promise<void> {
    if (!this.#socket.closed) this.#socket.close();
    await this.#answering;
  }

  async #answer(): Promise<void> {
    while (!this.#socket.closed) {
      try {
        const [, id = '', , address = '', , mechanism, key] = await this.#socket.receive();
        const isCurve = String(mechanism) === 'CURVE' && key?.length === 32;
        const [code, text] = STATUS[isCurve ? this.#options.judge(key, String(address)) : 'no'];
        await this.#socket.send([VERSION, id, code, text, '', '']);
      } catch (error) {
        // Closing rejects the pending receive.
        if (this.#socket.closed) return;
        if (isSpuriousWake(error)) continue;
        this.#options.failed(error);
        return;
      }
    }
  }
}
