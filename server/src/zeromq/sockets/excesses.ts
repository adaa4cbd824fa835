import type { Clock } from '@zerospan/shared';
import { LogThrottle } from '../../log-throttle.ts';
import type { Logger } from '../ports.ts';

/** Why all connections of an address were ended. libzmq ends none of them alone, and does not say which peer it was. */
export const EXCESSES = [
  /** A message has more parts than `PARTS_MAX`. */
  'parts',
  /** Topics of peers take more than `bus.topicBytes`. */
  'topics',
  /** More than `bus.waitingBytes` might wait for a peer that reads slowly. */
  'waiting-bytes',
  /** A peer sent messages to `bus.address`, among which libzmq takes subscriptions of one peer for another's. */
  'upstream-messages',
] as const;

export type Excess = (typeof EXCESSES)[number];

/** What was found, and what a log line says of it. */
export type ExcessFound = readonly [excess: Excess, about: object];

/**
 * More parts than these in one message end the connections of its address: each costs hundreds of bytes, and no program
 * needs them.
 */
export const PARTS_MAX = 65_536;

/** Readiness speaks of it for this long, in ms. */
export const EXCESS_NOTED_MS = 600_000;

/** What is logged; each is a sentence of its own. */
const TEXTS: Readonly<Record<Excess, string>> = {
  parts: 'a ZeroMQ peer sent a message with far too many parts; all connections of the address are ended',
  topics:
    'native subscribers hold more topics than bus.topicBytes; all connections of the address are ended. ' +
    'Remedy: subscribe to prefixes, or raise bus.topicBytes',
  'waiting-bytes':
    'messages are so large that more than bus.waitingBytes could wait for a native subscriber; the high-water mark is ' +
    'lowered, and all connections of the address begin again. Remedy: set a lower bus.highWaterMark, or raise bus.waitingBytes',
  'upstream-messages':
    'a native subscriber sent messages where only subscriptions are expected; all connections of the address are ended',
};

/** Counts the excesses of native peers at one address, and says them seldom. */
export class Excesses {
  readonly counts = Object.fromEntries(EXCESSES.map((excess) => [excess, 0])) as Record<Excess, number>;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #address: string;
  readonly #throttle: LogThrottle;
  readonly #lastMs = new Map<Excess, number>();

  constructor(address: string, logger: Logger, clock: Clock) {
    this.#address = address;
    this.#logger = logger;
    this.#clock = clock;
    this.#throttle = LogThrottle.ofKinds(clock);
  }

  /** Those of the last ten minutes. */
  get recent(): Excess[] {
    const nowMs = this.#clock.elapsed();
    return [...this.#lastMs].filter(([, ms]) => nowMs - ms < EXCESS_NOTED_MS).map(([excess]) => excess);
  }

  note(excess: Excess, about: object): void {
    this.counts[excess]++;
    this.#lastMs.set(excess, this.#clock.elapsed());
    if (this.#throttle.due(excess) === undefined) return;
    this.#logger.warn(
      { address: this.#address, reason: excess, times: this.counts[excess], ...about },
      TEXTS[excess],
    );
  }
}
