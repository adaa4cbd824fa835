import { type Context, Reply } from 'zeromq';
import { isSpuriousWake } from '../sockets/options.ts';

/** Where libzmq asks, in the context of the socket that somebody comes to (ZeroMQ RFC 27). */
const ZAP_ADDRESS = 'inproc://zeromq.zap.01';

/** The only version that there is. */
const VERSION = '1.0';

/**
 * What is answered. `later`: the client tries again once its handshake has timed out; `no`: it does not, until it is
 * started anew.
 */
export type Verdict = 'yes' | 'no' | 'later';

const STATUS: Readonly<Record<Verdict, readonly [code: string, text: string]>> = {
  yes: ['200', 'OK'],
  later: ['300', 'Try again later'],
  no: ['400', 'The key is not listed'],
};

export interface ZapOptions {
  readonly context: Context;
  /** Judges who comes with this key of 32 bytes from that IP address. It MUST NOT throw. */
  readonly judge: (key: Uint8Array, from: string) => Verdict;
  /** It cannot be read any more: from here on nobody new is let in. */
  readonly failed: (error: unknown) => void;
}

/**
 * Answers libzmq's question whether a client of CURVE may come in. Open it before the sockets that it is for, and close
 * it after them: libzmq asks nobody and lets everybody in where no such socket is there, unless `zapEnforceDomain` is
 * set.
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
