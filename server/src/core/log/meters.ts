import { type Meter, meter } from '../meter.ts';
import type { Hot } from './hot/hot.ts';
import type { RememberedPuts } from './puts/remembered.ts';

/** How much a log holds in memory. */
export class LogCounts {
  readonly #hot: () => Hot;
  readonly #puts: () => RememberedPuts;

  constructor(hot: () => Hot, puts: () => RememberedPuts) {
    this.#hot = hot;
    this.#puts = puts;
  }

  /** Those that are only kept as the last of their channel included. */
  get entries(): number {
    return this.#hot().count;
  }

  /** Bytes of the entries, as the bounds count them. */
  get bytes(): number {
    return this.#hot().bytes;
  }

  /** Those that the bound of bytes is for. */
  get boundedBytes(): number {
    return this.#hot().boundedBytes;
  }

  /** Everything from this offset on is in memory. */
  get oldest(): number {
    return this.#hot().from + 1;
  }

  /** When the oldest entry was appended, by the log's `elapsed`, last publications aside; undefined: there is none. */
  get oldestMs(): number | undefined {
    return this.#hot().oldestMs;
  }

  /** Channels that the log knows of, those of which it holds nothing included. */
  get channels(): number {
    return this.#hot().channels;
  }

  /** Channels that it holds something of: what `channels` of its bounds counts. */
  get named(): number {
    return this.#hot().named;
  }

  /** Puts that are remembered in case they are sent again. */
  get remembered(): number {
    return this.#puts().count;
  }

  /** Puts that were forgotten before their time, because there were too many. */
  get forgotten(): number {
    return this.#puts().forgotten;
  }
}

export function heldMeters(counts: LogCounts): Meter[] {
  return [
    meter(
      'gauge',
      'zerospan_log_entries',
      'Entries of the log in memory: publications and upstream gaps',
      () => counts.entries,
    ),
    meter('gauge', 'zerospan_log_bytes', 'Bytes of the log in memory, overhead included', () => counts.bytes),
    meter(
      'gauge',
      'zerospan_log_remembered_puts',
      'Puts remembered in case they are sent again',
      () => counts.remembered,
    ),
    meter(
      'counter',
      'zerospan_log_forgotten_puts_total',
      'Puts forgotten before their time, because limits.rememberedPuts was exceeded',
      () => counts.forgotten,
    ),
    meter(
      'gauge',
      'zerospan_log_channels',
      'Channels that the log knows, those of which it holds nothing any more included',
      () => counts.channels,
    ),
    meter(
      'gauge',
      'zerospan_log_channels_held',
      'Channels of which the log in memory holds anything; limits.channels bounds them',
      () => counts.named,
    ),
  ];
}
