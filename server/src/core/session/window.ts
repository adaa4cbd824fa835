import { AckMarks } from '../journal/ack-marks.ts';
import type { Log } from '../log/log.ts';

/**
 * What a client that acks has been sent and has not acknowledged. A client whose script stands still goes on draining
 * its TCP socket; the window is what stops the server then.
 */
export class Window {
  readonly #mostBytes: number;
  #sentBytes = 0;
  #ackedBytes = 0;
  /** What was acknowledged when it was asked last whether anything moves; undefined while there was room. */
  #ackedBefore: number | undefined;
  #isReported = false;
  #marks: AckMarks | undefined;
  #offset: number;

  /** @param offset where the session begins: everything up to here is had */
  constructor(mostBytes: number, offset: number) {
    this.#mostBytes = mostBytes;
    this.#offset = offset;
  }

  /** The offset up to which the application has been handed everything, or a gap for it. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether anything is on its way, so that `offset` says how far the application is. */
  get outstanding(): boolean {
    return this.#sentBytes > this.#ackedBytes;
  }

  /** When acks came; undefined: none has been marked. */
  get marks(): AckMarks | undefined {
    return this.#marks;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  get ackedBytes(): number {
    return this.#ackedBytes;
  }

  /**
   * To be asked now and then: whether it has been full since it was asked last, and no ack has moved it. Answers true
   * once, until there is room again.
   */
  isStuck(): boolean {
    const before = this.#ackedBefore;
    this.#ackedBefore = this.hasRoom ? undefined : this.#ackedBytes;
    if (this.hasRoom) this.#isReported = false;
    if (this.#isReported || this.hasRoom || before !== this.#ackedBytes) return false;
    this.#isReported = true;
    return true;
  }

  get hasRoom(): boolean {
    return this.#sentBytes - this.#ackedBytes < this.#mostBytes;
  }

  sent(bytes: number): void {
    this.#sentBytes += bytes;
  }

  /** Takes an ack; it cannot go below an earlier one, nor be ahead of what was sent. */
  acked(offset: number, bytes: number): void {
    this.#offset = Math.max(this.#offset, offset);
    this.#ackedBytes = Math.max(this.#ackedBytes, Math.min(bytes, this.#sentBytes));
  }

  /** Notes when an ack came, if it says something new. Where the session begins, nobody has acknowledged. */
  mark(offset: number, log: Pick<Log, 'now'>): void {
    const allBytes = this.outstanding ? 0 : this.#sentBytes;
    if (this.#marks?.isNews(offset, allBytes) === false) return;
    this.#marks ??= new AckMarks();
    this.#marks.add(log.now(), offset, allBytes);
  }
}
