import type { Clock } from '@zerospan/shared';
import { ANNOUNCE_MS } from './loop-guard.ts';
import { encodeHeader, encodePublication } from './wire.ts';

export interface RelayOptions {
  /** Names this bridge, for as long as it runs. */
  readonly bridge: string;
  readonly clock: Clock;
  /** Takes a message to the bridges that listen. */
  readonly send: (parts: Buffer[]) => void;
}

/**
 * What a bridge sends the bridges that have it as a source: each publication with its origin, so that none is taken
 * twice in a circle of bridges, and with its place, so that a loss shows. While no bridge listens, it counts, and does
 * nothing else.
 */
export class Relay {
  readonly #options: RelayOptions;
  #listeners = 0;
  /** Publications that went out on `bus.address`, with or without listeners. */
  #place = 0;
  /** Publications sent to bridges that began here. */
  #own = 0;
  #stopTimer: (() => void) | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** Bridges that listen now. */
  get listening(): number {
    return this.#listeners;
  }

  /** Sets how many bridges listen now. A new one is sent the place of this one at once. */
  listeners(count: number): void {
    const grew = count > this.#listeners;
    this.#listeners = count;
    if (count === 0) this.close();
    else if (grew) this.#state();
  }

  /** A publication goes out. */
  count(): void {
    this.#place++;
  }

  /**
   * Sends the publication that was counted last.
   * @param origin where it entered, in the words of `originText`; undefined if it began here
   */
  publication(frame: Buffer, origin: string | undefined): void {
    if (this.#listeners === 0) return;
    const { bridge } = this.#options;
    const from = origin ?? `${bridge} ${++this.#own}`;
    this.#options.send([encodePublication(bridge, this.#place, from), frame]);
  }

  announcement(payload: Uint8Array): void {
    if (this.#listeners === 0) return;
    this.#options.send([encodeHeader({ kind: 'announcement' }), Buffer.from(payload)]);
  }

  /** This bridge stops, and has sent all that it will. */
  end(): void {
    if (this.#listeners > 0) this.#say('end');
    this.close();
  }

  /** Says nothing more by itself. */
  close(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  /** Now and then, because a loss behind which nothing comes would not show. */
  #state(): void {
    this.close();
    this.#say('state');
    this.#stopTimer = this.#options.clock.later(ANNOUNCE_MS, () => this.#state());
  }

  #say(kind: 'state' | 'end'): void {
    const { bridge, send } = this.#options;
    send([encodeHeader({ kind, sender: bridge, place: this.#place })]);
  }
}
