import { FairShare } from '../sharing/fair-share.ts';
import { Parked } from '../sharing/parked.ts';

/** What a put that the log has not answered takes of memory beside its payload, in bytes: about. */
const PUT_OVERHEAD_BYTES = 1_024;

interface Waiting {
  readonly user: string;
  readonly go: () => void;
}

/**
 * Memory of the puts of all clients that a slow log has not answered, shared by the users. Beyond it a put waits before
 * it is handed to the log: each session has a bound of its own, but there may be ten thousand sessions, and more that
 * put, leave and reconnect. A log that answers at once is never counted.
 */
export class BytesInFlight {
  readonly #most: number;
  readonly #share: FairShare;
  readonly #waiting = new Parked<Waiting>();
  readonly #onFailure: (error: unknown) => void;

  /**
   * @param most at least 1; one put more may be under way
   * @param onFailure called with what a put that goes on throws: those that wait behind it go on all the same
   */
  constructor(most: number, onFailure: (error: unknown) => void) {
    this.#most = most;
    this.#share = new FairShare(most);
    this.#onFailure = onFailure;
  }

  get taken(): number {
    return this.#share.taken;
  }

  /** Puts that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Asks to hand a put to the log.
   * @param go called when it may be
   * @returns calls that off; undefined: it may be now
   */
  wait(user: string, go: () => void): (() => void) | undefined {
    if (this.#share.hasRoom(user)) return undefined;
    const waiting = { user, go };
    this.#waiting.add(waiting);
    return () => this.#waiting.remove(waiting);
  }

  /** The log answers a put of this user later. @returns to be called when it has */
  took(user: string, payloadBytes: number): () => void {
    const bytes = payloadBytes + PUT_OVERHEAD_BYTES;
    this.#share.take(user, bytes);
    return () => {
      this.#share.release(user, bytes);
      this.#goOn();
    };
  }

  #goOn(): void {
    while (this.#share.taken < this.#most) {
      const next = this.#waiting.next((user) => this.#share.hasRoom(user));
      if (!next) return;
      const { taken } = this;
      try {
        next.go();
      } catch (error) {
        this.#onFailure(error);
      }
      // It waits for something else. The others would come with it: they wait for one that is under way.
      if (taken > 0 && this.taken === taken) return;
    }
  }
}
