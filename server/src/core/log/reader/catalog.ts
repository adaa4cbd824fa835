import type { KnownChannel, KnownChannels } from '../../observing/known-channels.ts';
import type { Channel } from '../hot/channel.ts';
import type { Hot } from '../hot/hot.ts';

/** The channels of a log, read from its part in memory. */
export class Catalog implements KnownChannels {
  readonly #hot: () => Hot;
  readonly #droppedUpTo: (() => number) | undefined;

  /** @param droppedUpTo up to where a store beneath has dropped everything; left out: there is none */
  constructor(hot: () => Hot, droppedUpTo?: () => number) {
    this.#hot = hot;
    this.#droppedUpTo = droppedUpTo;
  }

  get from(): number {
    return this.#hot().from;
  }

  get oldestMs(): number | undefined {
    return this.#hot().oldestMs;
  }

  all(): Iterable<Channel> {
    return this.#hot().known;
  }

  get(name: string): Channel | undefined {
    return this.#hot().channel(name);
  }

  lastOf(channel: KnownChannel): number {
    const { publications, newest } = channel as Channel;
    if (publications.newest !== undefined) return publications.newest;
    return this.#droppedUpTo !== undefined && newest > this.#droppedUpTo() ? newest : 0;
  }

  timeAt(offset: number): number | undefined {
    return this.#hot().timeAt(offset);
  }

  offsetBefore(elapsedMs: number): number {
    return this.#hot().before(elapsedMs) ?? 0;
  }
}
