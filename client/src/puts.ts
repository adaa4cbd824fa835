import { type AcceptedBody, encodePut, LIMITS, type Limits, utf8Bytes, ZerospanError } from '@zerospan/shared';
import { onAbort } from './abort.ts';
import { payloadBytes } from './put-check.ts';
import type { PutResult } from './types.ts';

/** Puts of one bus that wait for a connection or for their answer; one more rejects with `queue-full`. */
export const PUTS_PENDING = 16_384;

/** The same in bytes of their frames. */
export const PUTS_PENDING_BYTES = 16 * 1024 * 1024;

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
  readonly #send: (frame: string) => boolean;
  readonly #unsent = new Map<number, Pending>();
  readonly #inFlight = new Map<number, Pending>();
  #limits: Limits = LIMITS;
  #epoch = '';
  #isLive = false;
  #lastId = 0;
  #bytes = 0;
  #ended: ZerospanError | undefined;
  #whenIdle: (() => void)[] = [];

  /** @param send false when the connection takes nothing any more */
  constructor(send: (frame: string) => boolean) {
    this.#send = send;
  }

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
      off = onAbort(signal, pending.reject);
      this.#flush();
    });
  }

  /** The server has said welcome: what waits goes out, in the order it was put. */
  welcomed(epoch: string, limits: Limits): void {
    this.#epoch = epoch;
    this.#limits = limits;
    this.#isLive = true;
    this.#flush();
  }

  /** The connection has ended: nobody knows what became of those in flight; the others wait for the next one. */
  lost(): void {
    this.#isLive = false;
    for (const pending of this.#inFlight.values()) pending.reject(new ZerospanError('outcome-unknown'));
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
      throw new ZerospanError('too-large', `the channel names take more than ${this.#limits.envelopeBytes} bytes`);
    }
    if (this.#unsent.size + this.#inFlight.size >= PUTS_PENDING || this.#bytes + bytes > PUTS_PENDING_BYTES) {
      throw new ZerospanError('queue-full');
    }
    return bytes;
  }

  #flush(): void {
    if (!this.#isLive) return;
    for (const pending of this.#unsent.values()) {
      if (!this.#send(pending.frame)) return;
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
