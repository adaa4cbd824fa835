import type { Socket } from 'node:net';

/**
 * How bytes go one way. `hold`: nothing is read. `swallow`: everything is read and nothing passed on, not even the end;
 * what it has swallowed once can never be whole again. `slow`: a number of bytes a second. `slice`: each byte by
 * itself. `break`: half of what comes next, then both ends are reset.
 */
export type Flow =
  | { readonly kind: 'pass' | 'hold' | 'swallow' | 'slice' | 'break' }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number };

export const PASS: Flow = { kind: 'pass' };

/** How often a slow or sliced flow goes on, in ms. */
const STEP_MS = 10;

/** Bytes of a sliced flow in one step: more would cost a core. */
const SLICES = 100;

/** One direction of a connection through the proxy. */
export class OneWay {
  readonly #from: Socket;
  readonly #to: Socket;
  #flow: Flow;
  #waiting: Buffer = Buffer.alloc(0);
  /** Set while a part is sent: the rest goes out in its time. */
  #callOff: (() => void) | undefined;
  #ended = false;
  #lossy = false;

  constructor(from: Socket, to: Socket, flow: Flow) {
    this.#from = from;
    this.#to = to;
    this.#flow = flow;
    from.on('data', (bytes) => this.#take(bytes));
    from.on('end', () => {
      this.#ended = true;
      this.#go();
    });
    // Followed by `close`.
    from.on('error', () => {});
    from.on('close', () => this.#closed());
    to.on('drain', () => this.#go());
    if (flow.kind === 'hold') from.pause();
  }

  /** Bytes that were swallowed are missing for good: such a connection swallows until its ends find out. */
  set flow(flow: Flow) {
    if (this.#lossy) return;
    this.#flow = flow;
    this.#callOff?.();
    this.#callOff = undefined;
    this.#go();
  }

  #take(bytes: Buffer): void {
    if (this.#to.destroyed) return;
    if (this.#flow.kind === 'break' && bytes.length > 1) {
      this.#break(bytes.subarray(0, bytes.length >> 1));
      return;
    }
    this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes]);
    this.#go();
  }

  #go(): void {
    if (this.#callOff) return;
    switch (this.#flow.kind) {
      case 'hold':
        this.#from.pause();
        return;
      case 'swallow':
        this.#lossy ||= this.#waiting.length > 0 || this.#ended;
        this.#waiting = Buffer.alloc(0);
        this.#from.resume();
        return;
      case 'slow':
        this.#step(Math.ceil((this.#flow.bytesPerSecond * STEP_MS) / 1_000));
        break;
      case 'slice':
        if (this.#waiting.length > 0) this.#slice(SLICES);
        break;
      case 'pass':
      case 'break':
        this.#write(this.#waiting.length);
        break;
    }
    if (this.#waiting.length > 0 || this.#to.writableNeedDrain) this.#from.pause();
    else if (this.#ended) this.#to.end();
    else this.#from.resume();
  }

  /** A part of what waits now, the rest later. */
  #step(bytes: number): void {
    if (this.#waiting.length === 0) return;
    this.#write(bytes);
    this.#later();
  }

  /** One byte a turn: written in one turn they would be read as one. */
  #slice(left: number): void {
    this.#write(1);
    if (left === 0 || this.#waiting.length === 0) this.#later();
    else {
      const turn = setImmediate(() => this.#slice(left - 1));
      this.#callOff = () => clearImmediate(turn);
    }
  }

  #later(): void {
    const timer = setTimeout(() => {
      this.#callOff = undefined;
      this.#go();
    }, STEP_MS);
    this.#callOff = () => clearTimeout(timer);
  }

  #write(count: number): void {
    const bytes = this.#waiting.subarray(0, count);
    this.#waiting = this.#waiting.subarray(count);
    if (bytes.length > 0 && !this.#to.destroyed) this.#to.write(bytes);
  }

  #break(bytes: Buffer): void {
    this.#flow = { kind: 'hold' };
    this.#from.pause();
    this.#to.write(bytes, () => {
      this.#to.resetAndDestroy();
      this.#from.resetAndDestroy();
    });
  }

  #closed(): void {
    // The other end has to find out by itself.
    if (this.#lossy || this.#flow.kind === 'swallow') return;
    // What waits of an orderly end still goes out.
    if (!this.#ended) this.#to.destroy();
    else if (this.#waiting.length === 0) this.#to.destroySoon();
  }
}
