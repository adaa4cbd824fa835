import {
  type AcceptedBody,
  type Clock,
  type ConfirmedBody,
  encodePut,
  LIMITS,
  type Limits,
  type PutCost,
  PutPacer,
  putCost,
  utf8Bytes,
  type WelcomeBody,
  ZerospanError,
} from '@zerospan/shared';
import { onAbort } from '../abort.ts';
import { Since } from '../since.ts';
import type { PutOptions, PutResult } from '../types.ts';
import { confirmationOf } from './confirmation.ts';
import { checkCost, payloadBytes } from './put-check.ts';
import type { PutRequest } from './put-request.ts';

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
  readonly channels: readonly string[];
  readonly text: string;
  readonly bytes: number;
  readonly cost: PutCost;
  /** Since when it has been sent. */
  sent: Since | undefined;
  /** Whether it was sent on an earlier connection, too. */
  again: boolean;
  readonly confirm: PutOptions['confirm'];
  readonly onAccepted: PutRequest['accepted'];
  /** The put has been appended, and waits for its receipt. */
  accepted?: PutResult;
  resolve(result: PutResult): void;
  reject(error: ZerospanError): void;
}

/** The puts of a bus, over its connections, from the call to the answer. */
export class Puts {
  #unsent = new Map<number, Pending>();
  readonly #inFlight = new Map<number, Pending>();
  readonly #unconfirmed = new Map<number, Pending>();
  readonly #clock: Clock;
  #limits: Limits = LIMITS;
  #epoch = '';
  #link: PutLink | undefined;
  #pace: PutPacer | undefined;
  #lastId = 0;
  #bytes = 0;
  #ended: ZerospanError | undefined;
  #whenIdle: (() => void)[] = [];

  get limits(): Limits {
    return this.#limits;
  }

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  put(
    channels: readonly string[],
    { text, signal, confirm, accepted: onAccepted }: PutRequest,
  ): Promise<PutResult> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) throw this.#ended;
      this.#lastId += 1;
      const id = this.#lastId;
      const cost = putCost(channels, payloadBytes(text, this.#limits));
      checkCost(cost, this.#limits);
      const bytes = this.#roomFor(encodePut({ id, channels, ...(confirm && { confirm }) }, text), text);
      let off = (): void => {};
      const settled = (): void => {
        off();
        this.#forget(id);
      };
      const pending: Pending = {
        id,
        channels,
        text,
        bytes,
        cost,
        sent: undefined,
        again: false,
        confirm,
        onAccepted,
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
      // Behind others it waits with them: fewer, larger batches mean fewer scans of what waits.
      if (this.#unsent.size === 1) this.#flush();
    });
  }

  /**
   * The server has said welcome. Those whose answer was lost are sent again first: in the same epoch the server
   * remembers them, in another one nobody knows what became of them. Then goes out what waits, in the order it was put.
   */
  welcomed({ epoch, limits, pace }: WelcomeBody, link: PutLink): void {
    if (this.#epoch !== epoch) this.#giveUp();
    this.#epoch = epoch;
    this.#limits = limits;
    this.#link = link;
    this.#pace = pace && new PutPacer(pace, this.#clock);
    this.#unsent = new Map([...this.#unconfirmed, ...this.#inFlight, ...this.#unsent]);
    this.#inFlight.clear();
    this.#unconfirmed.clear();
    this.#flush();
  }

  /**
   * The connection has ended; everything waits for the next one.
   * @param tooLarge one of those in flight closed the socket by its size, and would do so again
   */
  lost(tooLarge: boolean): void {
    this.hold();
    if (tooLarge) this.#giveUp();
  }

  /** Sends what waits, if there is room again. To be called whenever the server has said something. */
  roomAgain(): void {
    if (this.#unsent.size > 0 && this.#inFlight.size <= PUTS_IN_FLIGHT / 2) this.#flush();
  }

  accepted({ put, time, channels }: AcceptedBody): void {
    const pending = this.#inFlight.get(put);
    if (pending === undefined) return;
    // Kept as it is, it would throw later, out of close() for one; thrown now, it ends the connection that it came by,
    // and the put is sent again.
    if (!Array.isArray(channels) || channels.includes(null as never))
      throw new SyntaxError('accepted names its channels');
    const accepted = { epoch: this.#epoch, time, channels };
    if (pending.accepted === undefined) pending.onAccepted?.(accepted);
    if (pending.confirm === undefined) {
      pending.resolve(accepted);
      return;
    }
    // Out of the way of the others, which are answered sooner.
    this.#inFlight.delete(put);
    this.#unconfirmed.set(put, pending);
    // The first answer counts: when it was put, and to how many.
    pending.accepted ??= accepted;
  }

  confirmed(confirmed: ConfirmedBody): void {
    const pending = this.#unconfirmed.get(confirmed.put);
    if (pending?.accepted === undefined) return;
    const { accepted } = pending;
    pending.resolve({ ...accepted, ...confirmationOf(accepted.channels, confirmed) });
  }

  refused(put: number, error: ZerospanError): void {
    const pending = this.#inFlight.get(put);
    if (pending?.accepted !== undefined) giveUp(pending);
    else if (pending === undefined || error.code !== 'draining') pending?.reject(error);
    // Sent only now, it has surely not been appended: it waits as if it had never been sent. Sent before, it may have
    // been.
    else if (!pending.again) pending.sent = undefined;
  }

  /** Sends nothing more on this connection; those in flight are still answered. */
  hold(): void {
    this.#link = undefined;
    this.#pace?.stop();
  }

  /** Takes no more puts; those that wait may still be sent and answered. */
  close(error: ZerospanError): void {
    this.#ended ??= error;
  }

  /** Gives up on what waits. */
  stop(error: ZerospanError): void {
    this.close(error);
    this.#giveUp();
    for (const pending of this.#all()) pending.reject(error);
  }

  /** Settles when no put waits for anything. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
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
    if (this.#count >= PUTS_PENDING || this.#bytes + bytes > PUTS_PENDING_BYTES) {
      throw new ZerospanError('queue-full');
    }
    return bytes;
  }

  #flush(): void {
    const link = this.#link;
    if (link === undefined) return;
    for (const pending of this.#unsent.values()) {
      if (this.#inFlight.size >= PUTS_IN_FLIGHT || link.bufferedAmount >= SOCKET_BYTES) return;
      const { id, channels, text, cost, sent, confirm } = pending;
      if (this.#pace?.isOpenFor(cost) === false) {
        this.#pace.whenOpenFor(cost, () => this.#flush());
        return;
      }
      const again = sent && { againMs: sent.ms };
      if (!link.send(encodePut({ id, channels, ...again, ...(confirm && { confirm }) }, text))) return;
      this.#pace?.spend(cost);
      pending.again = sent !== undefined;
      pending.sent ??= new Since(this.#clock);
      this.#unsent.delete(id);
      this.#inFlight.set(id, pending);
    }
  }

  /** Of those in flight nobody can say what became of them; of those accepted, nobody can say any more who got them. */
  #giveUp(): void {
    for (const pending of this.#all()) if (pending.sent !== undefined) giveUp(pending);
  }

  get #count(): number {
    return this.#unsent.size + this.#inFlight.size + this.#unconfirmed.size;
  }

  #all(): Pending[] {
    return [...this.#unconfirmed.values(), ...this.#inFlight.values(), ...this.#unsent.values()];
  }

  #forget(id: number): void {
    const pending = this.#unsent.get(id) ?? this.#inFlight.get(id) ?? this.#unconfirmed.get(id);
    if (pending === undefined) return;
    for (const some of [this.#unsent, this.#inFlight, this.#unconfirmed]) some.delete(id);
    this.#bytes -= pending.bytes;
    if (this.#count > 0) return;
    for (const idle of this.#whenIdle.splice(0)) idle();
  }
}

function giveUp(pending: Pending): void {
  const { accepted } = pending;
  if (accepted === undefined) {
    pending.reject(new ZerospanError('outcome-unknown'));
    return;
  }
  const channels = accepted.channels.map((each) => ({
    ...each,
    confirmed: 0,
    skipped: 0,
    unanswered: each.sessions,
  }));
  pending.resolve({ ...accepted, channels });
}
