import { type AckBody, type Clock, TIMES } from '@zerospan/shared';

/**
 * One publication on its way to the application. Whoever keeps it for later holds it; when the last one has let go, it counts as handed
 * over.
 */
export class Parcel {
  readonly bytes: number;
  readonly offset: number | undefined;
  readonly #gone: (parcel: Parcel) => void;
  #held = 1;

  /** @param offset undefined for a replayed one, which moves no position */
  constructor(bytes: number, offset: number | undefined, gone: (parcel: Parcel) => void) {
    this.bytes = bytes;
    this.offset = offset;
    this.#gone = gone;
  }

  get isGone(): boolean {
    return this.#held === 0;
  }

  hold(): void {
    this.#held += 1;
  }

  release(): void {
    this.#held -= 1;
    if (this.#held === 0) this.#gone(this);
  }
}

/** For what comes without a connection that counts it. */
export const UNCOUNTED = new Parcel(0, undefined, () => undefined);

/** Says on one connection how far the application has come: each quarter of the window, and at the latest after 250 ms. */
export class Acks {
  readonly #clock: Clock;
  readonly #send: (ack: AckBody) => void;
  readonly #quarterBytes: number;
  /** Ordinary publications, oldest first; those before the first one still held are done. */
  #ordinary: Parcel[] = [];
  #first = 0;
  #offset: number;
  #bytes = 0;
  #said: AckBody;
  #stopTimer: (() => void) | undefined;
  #ended = false;

  constructor(clock: Clock, windowBytes: number, offset: number, send: (ack: AckBody) => void) {
    this.#clock = clock;
    this.#send = send;
    this.#quarterBytes = windowBytes / 4;
    this.#offset = offset;
    this.#said = { offset, bytes: 0 };
  }

  /** A publication has come. It is held by the caller, who releases it when it has been handed round. */
  received(bytes: number, offset?: number): Parcel {
    const parcel = new Parcel(bytes, offset, (gone) => this.#gone(gone));
    if (offset !== undefined) this.#ordinary.push(parcel);
    return parcel;
  }

  /** The connection has ended: what is released later was never this one's to acknowledge. */
  end(): void {
    this.#ended = true;
    this.#stopTimer?.();
    this.#ordinary = [];
  }

  #gone({ bytes }: Parcel): void {
    if (this.#ended) return;
    this.#bytes += bytes;
    for (let parcel = this.#ordinary[this.#first]; parcel?.isGone; parcel = this.#ordinary[this.#first]) {
      this.#offset = parcel.offset ?? this.#offset;
      this.#first += 1;
    }
    if (this.#first > 256 && this.#first * 2 > this.#ordinary.length) {
      this.#ordinary = this.#ordinary.slice(this.#first);
      this.#first = 0;
    }
    if (this.#bytes - this.#said.bytes >= this.#quarterBytes) this.#say();
    else this.#stopTimer ??= this.#clock.later(TIMES.ackMs, () => this.#say());
  }

  #say(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#said = { offset: this.#offset, bytes: this.#bytes };
    this.#send(this.#said);
  }
}
