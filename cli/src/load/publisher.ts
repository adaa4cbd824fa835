import type { Stamps } from './stamp.ts';

/**
 * The channels that a load goes to: one by its name, or as many as are asked for, numbered behind a common beginning
 * (`load.7`).
 * @param count 0: the one channel with just this name
 */
export function channelsOf(name: string, count: number): string[] {
  return count === 0 ? [name] : Array.from({ length: count }, (_, i) => `${name}.${i}`);
}

/** PORT: a way to put one message. `send` MUST not wait; what cannot be sent is counted as not sent. */
export interface Outlet {
  send(channel: string, payload: string): void;
}

/** Puts stamped messages on channels, one after another in turn. */
export class LoadPublisher {
  sent = 0;
  readonly #outlet: Outlet;
  readonly #channels: readonly string[];
  readonly #stamps: Stamps;
  #next = 0;

  constructor(outlet: Outlet, channels: readonly string[], stamps: Stamps) {
    this.#outlet = outlet;
    this.#channels = channels;
    this.#stamps = stamps;
  }

  publish(): void {
    const channel = this.#channels[this.#next] as string;
    this.#next = this.#next + 1 < this.#channels.length ? this.#next + 1 : 0;
    this.sent++;
    this.#outlet.send(channel, this.#stamps.stamped());
  }
}
