import type { Fanout } from '../fanout/fanout.ts';
import type { EndOfTurn } from '../turns.ts';

/** One who has something to read from the log: see `Session.step`. It MUST NOT throw. */
export interface Reader {
  step(): Promise<boolean>;
}

/** How long catching up may hold the event loop before others have a turn. */
const SLICE_MS = 4;

/**
 * Everybody who is behind, one step each in turn: a thousand who catch up share what one would have, and live traffic
 * goes first.
 */
export class CatchUp {
  readonly #endOfTurn: EndOfTurn;
  readonly #fanout: Fanout;
  readonly #onFailure: (reader: Reader, error: unknown) => void;
  readonly #waiting = new Set<Reader>();
  #running = false;

  /**
   * @param fanout while the filters of many change in it, which the end of a replay does too, one reader a turn reads.
   * None would be too few: users who change filters all the time would keep the others from their history
   * @param onFailure called when the log could not be read; that reader is not called again by itself
   */
  constructor(endOfTurn: EndOfTurn, fanout: Fanout, onFailure: (reader: Reader, error: unknown) => void) {
    this.#endOfTurn = endOfTurn;
    this.#fanout = fanout;
    this.#onFailure = onFailure;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  add(reader: Reader): void {
    this.#waiting.add(reader);
    if (this.#running) return;
    this.#running = true;
    this.#endOfTurn(() => void this.#run());
  }

  async #run(): Promise<void> {
    const untilMs = performance.now() + SLICE_MS;
    let steps = 0;
    for (const reader of this.#waiting) {
      if (steps++ > 0 && !this.#fanout.changes.hasRoom) break;
      this.#fanout.catchUpWithLog();
      this.#waiting.delete(reader);
      try {
        // Added again, it stands at the end of the line.
        if (await reader.step()) this.#waiting.add(reader);
      } catch (error) {
        this.#onFailure(reader, error);
      }
      if (performance.now() > untilMs) break;
    }
    this.#running = false;
    const [next] = this.#waiting;
    if (next) this.add(next);
  }
}
