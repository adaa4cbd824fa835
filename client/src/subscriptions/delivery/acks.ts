import { type AckBody, type Clock, TIMES } from '@zerospan/shared';

/**
 * One publication on its way to the application. Code that keeps it for later holds it; when the last holder has
 * released it, it counts as handed over.
 */
export class Parcel {
  readonly bytes: number;
  readonly offset: number;
  #gone: (parcel: Parcel) => void;
  #held = 1;

  constructor(bytes: number, offset: number, gone: (parcel: Parcel) => void) {
    this.bytes = bytes;
    this.offset = offset;
    this.#gone = gone;
  }

  get isGone(): boolean {
    return this.#held === 0;
  }

  /** Replaces the listener that is called when it is handed over. */
  onRelease(gone: (parcel: Parcel) => void): void {
    this.#gone = gone;
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
export const UNCOUNTED = new Parcel(0, 0, () => undefined);

/** A subscription that is given by a replay what ordinary publications may have passed already. */
interface Backlog {
  /** What matches it above this offset is not all handed over. */
  readonly offset: number;
  held: number;
  isLive: boolean;
}

/**
 * Says on one connection how far the application has come: each quarter of the window, and at the latest after 250 ms.
 * What comes after a quiet time is acknowledged at once, because a page in the background may get its timers minutes
 * late.
 */
export class Acks {
  readonly #clock: Clock;
  readonly #send: (ack: AckBody) => void;
  readonly #quarterBytes: number;
  /** Ordinary publications, oldest first; those before the first one still held are done. */
  #ordinary: Parcel[] = [];
  #first = 0;
  #offset: number;
  #bytes = 0;
  /** Replayed ones that are not handed over. */
  readonly #replayed = new Set<Parcel>();
  /** By subscription; 0 for what an earlier connection brought. */
  readonly #backlogs = new Map<number, Backlog>();
  #said: AckBody = { offset: 0, bytes: 0 };
  #saidMs: number;
  #stopTimer: (() => void) | undefined;
  #ended = false;

  constructor(clock: Clock, windowBytes: number, offset: number, send: (ack: AckBody) => void) {
    this.#clock = clock;
    this.#send = send;
    this.#quarterBytes = windowBytes / 4;
    this.#offset = offset;
    this.#saidMs = clock.elapsed();
  }

  /** An ordinary publication has come. It is held by the caller, who releases it when it has been handed round. */
  received(bytes: number, offset: number): Parcel {
    const parcel = new Parcel(bytes, offset, (gone) => this.#gone(gone));
    this.#ordinary.push(parcel);
    return parcel;
  }

  /** One has come that is replayed to a subscription. It is held as well. */
  replayed(bytes: number, offset: number, subscription: number | undefined): Parcel {
    const backlog = subscription === undefined ? undefined : this.#backlogs.get(subscription);
    if (backlog) backlog.held += 1;
    const parcel = new Parcel(bytes, offset, (gone) => {
      this.#replayed.delete(gone);
      if (backlog) backlog.held -= 1;
      this.#lift(subscription);
      this.#gone(gone);
    });
    this.#replayed.add(parcel);
    return parcel;
  }

  /**
   * Goes on with what earlier connections brought and the application has not been handed, and says at once how far it
   * has come: of what it had received, the server knows nothing else.
   */
  resume(held: readonly Parcel[]): void {
    if (held.length > 0) {
      const offset = held.reduce((least, parcel) => Math.min(least, parcel.offset), Infinity) - 1;
      const backlog = { offset, held: held.length, isLive: true };
      this.#backlogs.set(0, backlog);
      const gone = (): void => {
        backlog.held -= 1;
        this.#lift(0);
        this.#moved();
      };
      for (const parcel of held) parcel.onRelease(gone);
    }
    this.#say();
  }

  /** From now on the server replays to a subscription what matches it above an offset. */
  replaying(subscription: number, offset: number): void {
    const known = this.#backlogs.get(subscription)?.offset ?? offset;
    this.#backlogs.set(subscription, { offset: Math.min(known, offset), held: 0, isLive: false });
  }

  /** Its replay has ended, or it has ended itself. */
  caughtUp(subscription: number): void {
    const backlog = this.#backlogs.get(subscription);
    if (backlog === undefined) return;
    backlog.isLive = true;
    this.#lift(subscription);
    this.#moved();
  }

  /**
   * The connection has ended: what is released later is not this one's to acknowledge. Answers what is not handed over.
   */
  end(): Parcel[] {
    this.#ended = true;
    this.#stopTimer?.();
    const held = this.#ordinary.slice(this.#first).filter(({ isGone }) => !isGone);
    held.push(...this.#replayed);
    this.#ordinary = [];
    this.#replayed.clear();
    this.#backlogs.clear();
    return held;
  }

  #lift(subscription: number | undefined): void {
    if (subscription === undefined) return;
    const backlog = this.#backlogs.get(subscription);
    if (backlog?.isLive && backlog.held === 0) this.#backlogs.delete(subscription);
  }

  #gone({ bytes }: Parcel): void {
    if (this.#ended) return;
    this.#bytes += bytes;
    for (let parcel = this.#ordinary[this.#first]; parcel?.isGone; parcel = this.#ordinary[this.#first]) {
      this.#offset = parcel.offset;
      this.#first += 1;
    }
    if (this.#first > 256 && this.#first * 2 > this.#ordinary.length) {
      this.#ordinary = this.#ordinary.slice(this.#first);
      this.#first = 0;
    }
    this.#moved();
  }

  #moved(): void {
    if (this.#ended) return;
    const isDue =
      this.#bytes - this.#said.bytes >= this.#quarterBytes ||
      this.#clock.elapsed() - this.#saidMs >= TIMES.ackMs;
    if (isDue) this.#say();
    else this.#stopTimer ??= this.#clock.later(TIMES.ackMs, () => this.#say());
  }

  #say(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    let offset = this.#offset;
    for (const backlog of this.#backlogs.values()) offset = Math.min(offset, backlog.offset);
    // A new replay of an old position does not lower what was acknowledged.
    this.#said = { offset: Math.max(offset, this.#said.offset), bytes: this.#bytes };
    this.#saidMs = this.#clock.elapsed();
    this.#send(this.#said);
  }
}
