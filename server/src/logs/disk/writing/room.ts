import type { Clock } from '@zerospan/shared';
import type { Reserve } from './reserve.ts';
import type { Writer } from './writer.ts';

/** How often a full log looks whether there is room again. */
const RETRY_MS = 1_000;

/** For the operator of a log that is full. @param reserveBytes room that the log keeps, and needs once more */
export function fullText(reserveBytes: number): string {
  const mib = Math.ceil((2 * reserveBytes) / (1024 * 1024));
  return `The disk of the log is full: puts are refused until ${mib} MiB are free there.`;
}

export interface RoomParts {
  readonly clock: Clock;
  readonly reserve: Reserve;
  readonly writer: Pick<Writer, 'between'>;
  /** There is no room any more, or there is again. */
  readonly changed: (isFull: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/** Whether there is room on the disk. When there is none, the reserve is let go of, and made again when it can be. */
export class Room {
  readonly #parts: RoomParts;
  #isFull = false;
  #isClosed = false;
  #cancelTimer: (() => void) | undefined;

  constructor(parts: RoomParts) {
    this.#parts = parts;
  }

  /** Nothing but counts of losses is written. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Something could not be written for lack of room. */
  async exhausted(): Promise<void> {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#parts.changed(true);
    await this.#parts.reserve.release();
    this.#retryLater();
  }

  /** Nothing is tried any more, also by what is under way. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
  }

  #retryLater(): void {
    if (this.#isClosed) return;
    const { clock, writer, failed } = this.#parts;
    this.#cancelTimer = clock.later(RETRY_MS, () => {
      writer.between(() => this.#retry()).catch(failed);
    });
  }

  async #retry(): Promise<void> {
    if (this.#isClosed) return;
    if (!(await this.#parts.reserve.remake())) return this.#retryLater();
    this.#isFull = false;
    this.#parts.changed(false);
  }
}
