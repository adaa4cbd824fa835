/** What memory holds of one channel. */
export interface KnownChannel {
  readonly name: string;
  /** Its entries in memory: publications, and upstream gaps. */
  readonly entries: number;
  /** Offset of the oldest of them; undefined: there are none. */
  readonly oldest: number | undefined;
  /** How many publications in memory lie above an offset. */
  countAbove(offset: number): number;
}

/**
 * PORT: the channels that a log knows, for those who watch it. Nothing is written down for it on the way of a
 * publication: it is answered from what the log has in memory anyway.
 *
 * - `all` MUST answer every channel that is known when it begins and stays known, once, and MAY answer those that come
 *   or go meanwhile. Others have turns while it is read. `EVERY_CHANNEL` MAY be among them.
 * - `lastOf` MUST answer the offset of a channel's last publication, wherever the log has it; 0 where it has none.
 * - `timeAt` MUST answer when the entry of an offset was appended, in ms since 1970; undefined where memory does not
 *   have it.
 * - `offsetBefore` MUST answer an offset below everything that was appended at this moment of the log's `elapsed` or
 *   later, and 0 where memory does not know.
 */
export interface KnownChannels {
  /** Everything above this offset is in memory. */
  readonly from: number;
  /** When the oldest entry in memory was appended, by the log's `elapsed`; undefined: there is none. */
  readonly oldestMs: number | undefined;
  all(): Iterable<KnownChannel>;
  get(name: string): KnownChannel | undefined;
  lastOf(channel: KnownChannel): number;
  timeAt(offset: number): number | undefined;
  offsetBefore(elapsedMs: number): number;
}
