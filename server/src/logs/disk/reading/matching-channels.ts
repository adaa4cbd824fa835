import { EVERY_CHANNEL, type FilterSet, filterCount, prefixCovers, unionOf } from '@zerospan/shared';
import type { ChannelOffsets, SegmentIndex } from '../index/segment-index.ts';

/** Look-ups that find nothing, in one piece of the work. */
const PIECE = 256;

/**
 * The channels of a segment that a filter lets through, each once, and the one that stands for every channel.
 * @yields undefined for a piece of the work, which takes a fraction of a ms, in which none was found
 */
export function* channelsOf(
  index: SegmentIndex,
  filter: FilterSet,
): Generator<ChannelOffsets | undefined, void> {
  if (filterCount(filter) === 0) return;
  const { channels, prefixes } = filter.prefixes.length > 0 ? unionOf([filter]) : filter;
  const every = index.channel(EVERY_CHANNEL);
  if (every) yield every;
  let missed = 0;
  for (const name of new Set(channels)) {
    const channel = index.channel(name);
    if (channel) yield channel;
    else if (++missed % PIECE === 0) yield undefined;
  }
  for (const prefix of prefixes) {
    for (const channel of index.all(prefix)) {
      const { name } = channel;
      if (name !== EVERY_CHANNEL && prefixCovers(prefix, name)) yield channel;
    }
    yield undefined;
  }
}
