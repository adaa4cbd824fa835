import type { Clock } from '@zerospan/shared';
import type { Subscriber } from 'zeromq';
import { isSpuriousWake } from '../sockets/options.ts';

/**
 * Messages taken running, and the time that they may take, before the rest of the process has a turn. The time is
 * checked every `check` messages.
 */
const BURST = { most: 256, ms: 4, check: 16 } as const;

/** ZeroMQ's own word for waiting without an end, and for not waiting at all. */
const FOR_EVER = -1;
const NOT_AT_ALL = 0;

/**
 * When the next burst begins less than `closeMs` after the last one, the socket is busy: then it is left alone for
 * `restMs` after each. Being woken for every single message costs more than taking it, and each wake is a turn of the
 * event loop with a flush of its own. A burst of `many` was worth its wake: a socket from which that much comes is
 * found empty only because ZeroMQ's own thread is a moment behind, and a rest would hold up what is on its way.
 */
const REST = { closeMs: 2, restMs: 2, many: 128 } as const;

export interface BurstsOptions {
  readonly socket: Subscriber;
  readonly clock: Clock;
  /** Takes one message; answers a promise only if the next one must wait for something. It MUST NOT throw. */
  readonly take: (parts: Buffer[]) => Promise<void> | undefined;
  /** The socket cannot be read any more, and has not been closed. */
  readonly failed: (error: unknown) => void;
}

/**
 * The one read loop of a socket. It waits for a message, and then takes all that are there without asking ZeroMQ each
 * time whether there is another, which costs as much as taking one: with a receive timeout of 0 a message is simply
 * given, or is not there.
 */
export class Bursts {
  readonly #options: BurstsOptions;
  #closed = false;
  /** Whether a receive waits for what comes. */
  #waits = false;

  constructor(options: BurstsOptions) {
    this.#options = options;
  }

  /** Reads until the socket is closed. The first receive is pending when this returns. */
  async read(): Promise<void> {
    const { socket, clock, failed } = this.#options;
    let endedMs = Number.NEGATIVE_INFINITY;
    while (!this.#closed) {
      try {
        // The one pending receive of this socket: a second one throws.
        socket.receiveTimeout = FOR_EVER;
        this.#waits = true;
        const parts = await socket.receive();
        this.#waits = false;
        const waiting = this.#options.take(parts);
        if (waiting) await waiting;
        const isBusy = performance.now() - endedMs < REST.closeMs;
        // While little comes, asking is cheaper than the error with which a burst finds its end, and what came is on
        // its way the sooner.
        const more = isBusy || socket.readable ? await this.#drain() : 0;
        if (isBusy && more < REST.many)
          await new Promise<void>((resolve) => clock.later(REST.restMs, resolve));
        endedMs = performance.now();
      } catch (error) {
        // Closing rejects the pending receive.
        if (this.#closed) return;
        if (isSpuriousWake(error)) continue;
        failed(error);
        return;
      }
    }
  }

  /**
   * Whether nothing is there to be taken. A socket that is being waited at is not asked: the question would take the
   * wake-up of a message that has just come from the receive that waits, and ZeroMQ gives no second one before all was
   * taken. It would wait for ever.
   */
  get isDrained(): boolean {
    return this.#waits || !this.#options.socket.readable;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Closes the socket, and so ends the reading. */
  close(): void {
    this.#closed = true;
    if (!this.#options.socket.closed) this.#options.socket.close();
  }

  /** Takes what is there; answers how many that were. */
  async #drain(): Promise<number> {
    const { socket, take } = this.#options;
    let taken = 0;
    socket.receiveTimeout = NOT_AT_ALL;
    try {
      let untilMs = performance.now() + BURST.ms;
      while (!this.#closed) {
        const waiting = take(await socket.receive());
        taken++;
        if (waiting) await waiting;
        if (taken % BURST.check !== 0 || (taken % BURST.most !== 0 && performance.now() < untilMs)) continue;
        // Receiving what is there never gives the event loop a turn.
        await new Promise((resolve) => setImmediate(resolve));
        untilMs = performance.now() + BURST.ms;
      }
    } catch (error) {
      if (!isSpuriousWake(error)) throw error;
    }
    return taken;
  }
}
