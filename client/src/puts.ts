import {
  type AcceptedBody,
  encodePut,
  LIMITS,
  type Limits,
  utf8Bytes,
  type WelcomeBody,
  ZerospanError,
} from '@zerospan/shared';
import { onAbort } from './abort.ts';
import { payloadBytes } from './put-check.ts';
import type { PutResult } from './types.ts';

/** Puts of one bus that wait for a connection or for their answer; one more rejects with `queue-full`. */
export const PUTS_PENDING = 16_384;

/** The same in bytes of their frames. */
export const PUTS_PENDING_BYTES = 16 * 1024 * 1024;

/**
 * Puts sent and not yet answered, and what waits in the socket: beyond, the others wait here, where they can still be
 * called off and are not lost with the connection.
 */
export const PUTS_IN_FLIGHT = 1_024;
export const SOCKET_BYTES = 1024 * 1024;

/** Where puts go while a connection is live. */
export interface PutLink {
  readonly bufferedAmount: number;
  /** Answers false when it takes nothing any more. */
  send(frame: string): boolean;
}

interface Pending {
  readonly id: number;
  readonly bytes: number;
  /** Let go once sent. */
  frame: string;
  resolve(result: PutResult): void;
  reject(error: ZerospanError): void;
}

/** The puts of a bus, over its connections, from the call to the answer. */
export class Puts {
  readonly #unsent = new Map<number, Pending>();
  readonly #inFlight = new Map<number, Pending>();
  #limits: Limits = LIMITS;
  #epoch = '';
  #link: PutLink | undefined;
  #lastId = 0;
  #bytes = 0;
  #ended: ZerospanError | undefined;
  #whenIdle: (() => void)[] = [];

  get limits(): Limits {
    return this.#limits;
  }

  /** @param text checked JSON text */
  put(channels: readonly string[], text: string, signal: AbortSignal | undefined): Promise<PutResult> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) throw this.#ended;
      this.#lastId += 1;
      const id = this.#lastId;
      const frame = encodePut({ id, channels }, text);
      const bytes = this.#roomFor(frame, text);
      let off = (): void => {};
      const settled = (): void => {
        off();
        this.#forget(id);
      };
      const pending: Pending = {
        id,
        bytes,
        frame,
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      this.#unsent.set(id, pending);
      this.#bytes += bytes;
      off = onAbort(signal, (error) => pending.reject(error));
      // Behind others it waits with them: sent in larger lots, they are looked through less often.
      if (this.#unsent.size === 1) this.#flush();
    });
  }

  /** The server has said welcome: what waits goes out, in the order it was put. */
  welcomed({ epoch, limits }: WelcomeBody, link: PutLink): void {
    this.#epoch = epoch;
    this.#limits = limits;
    this.#link = link;
    this.#flush();
  }

  /** The connection has ended: nobody knows what became of those in flight; the others wait for the next one. */
  lost(): void {
    this.#link = undefined;
    for (const pending of this.#inFlight.values()) pending.reject(new ZerospanError('outcome-unknown'));
  }

  /** Sends what waits, if there is room again. To be called whenever the server has said something. */
  roomAgain(): void {
    if (this.#unsent.size > 0 && this.#inFlight.size <= PUTS_IN_FLIGHT / 2) this.#flush();
  }

  accepted({ put, time, channels }: AcceptedBody): void {
    this.#inFlight.get(put)?.resolve({ epoch: this.#epoch, time, channels });
  }

  refused(put: number, error: ZerospanError): void {
    this.#inFlight.get(put)?.reject(error);
  }

  /** Takes no more puts; those that wait may still be sent and answered. */
  close(error: ZerospanError): void {
    this.#ended ??= error;
  }

  /** Gives up on what waits. */
  stop(error: ZerospanError): void {
    this.close(error);
    this.lost();
    for (const pending of this.#unsent.values()) pending.reject(error);
  }

  /** Settles when no put waits for anything. */
  idle(): Promise<void> {
    if (this.#unsent.size + this.#inFlight.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
    });
  }

  #roomFor(frame: string, text: string): number {
    const payload = payloadBytes(text, this.#limits);
    const bytes = utf8Bytes(frame);
    if (bytes - payload - 1 > this.#limits.envelopeBytes) {
      throw new ZerospanError(
        'too-large',
        `the channel names take more than ${this.#limits.envelopeBytes} bytes`,
      );
    }
    if (this.#unsent.size + this.#inFlight.size >= PUTS_PENDING || this.#bytes + bytes > PUTS_PENDING_BYTES) {
      throw new ZerospanError('queue-full');
    }
    return bytes;
  }

  #flush(): void {
    const link = this.#link;
    if (link === undefined) return;
    for (const pending of this.#unsent.values()) {
      if (this.#inFlight.size >= PUTS_IN_FLIGHT || link.bufferedAmount >= SOCKET_BYTES) return;
      if (!link.send(pending.frame)) return;
      this.#unsent.delete(pending.id);
      this.#inFlight.set(pending.id, pending);
      pending.frame = '';
    }
  }

  #forget(id: number): void {
    const pending = this.#unsent.get(id) ?? this.#inFlight.get(id);
    if (pending === undefined) return;
    this.#unsent.delete(id);
    this.#inFlight.delete(id);
    this.#bytes -= pending.bytes;
    if (this.#unsent.size + this.#inFlight.size > 0) return;
    for (const idle of this.#whenIdle.splice(0)) idle();
  }
}
