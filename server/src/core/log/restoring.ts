import { Arrivals } from './arrivals.ts';
import { Hot, type HotBounds } from './hot/hot.ts';
import { REMEMBERED, type RememberedBounds, RememberedPuts } from './puts/remembered.ts';
import type { OpenedStore, Scan, Store } from './store.ts';

/** Every channel, the server's own included. */
const EVERYTHING = { channels: [], prefixes: ['', '$'] };

/** Entries of one scan. */
const SCAN_ENTRIES = 4_096;
const SCAN_BYTES = 1024 * 1024;

/** What an entry is counted with beside its payload, roughly: how much memory takes is what memory says. */
const BESIDE_PAYLOAD_BYTES = 200;

/** Says when something of a time of day was, by the log's `elapsed`. */
export type MomentOf = (time: number) => number;

/** What memory holds of a store that was opened. */
export interface Restored {
  readonly hot: Hot;
  readonly arrivals: Arrivals;
  readonly puts: RememberedPuts;
}

/** Of a log over a store; `onFailure` is called with what a follower throws. */
type RestoringBounds = Omit<HotBounds, 'lastBytes'> & {
  readonly puts?: RememberedBounds;
  readonly onFailure?: (error: unknown) => void;
};

/** Takes the newest entries of a store into memory, as many as there is room for, and the puts that it remembers. */
export async function restore(
  store: Store,
  opened: OpenedStore,
  bounds: RestoringBounds,
  momentOf: MomentOf,
): Promise<Restored> {
  const { epoch, head } = opened;
  const from = await beginOf(store, head, bounds.bytes);
  const hot = new Hot({ ...bounds, lastBytes: 0 }, from);
  const arrivals = new Arrivals(hot, epoch, bounds.onFailure);
  for (let after = from; after < head; ) {
    const { entries, reached } = await store.scan(scanOf('forwards', after, head));
    for (const entry of entries) arrivals.restored(entry, momentOf(entry.time));
    after = reached;
  }
  arrivals.head = head;
  return { hot, arrivals, puts: rememberedOf(opened, bounds.puts ?? REMEMBERED, momentOf) };
}

/** The offset above which all entries fit into these bytes. */
async function beginOf(store: Store, head: number, bytes: number): Promise<number> {
  let room = bytes;
  let begin = head;
  while (begin > store.droppedUpTo) {
    const { entries, reached } = await store.scan(scanOf('backwards', store.droppedUpTo, begin));
    for (const { offset, payload } of entries) {
      room -= payload.byteLength + BESIDE_PAYLOAD_BYTES;
      if (room < 0) return begin;
      begin = offset - 1;
    }
    begin = reached;
  }
  return begin;
}

function scanOf(order: Scan['order'], after: number, upTo: number): Scan {
  return { order, after, upTo, filter: EVERYTHING, entries: SCAN_ENTRIES, bytes: SCAN_BYTES, dropped: [] };
}

function rememberedOf(
  { puts, forgottenUpTo }: OpenedStore,
  bounds: RememberedBounds,
  momentOf: MomentOf,
): RememberedPuts {
  const remembered = new RememberedPuts(bounds);
  if (forgottenUpTo > 0) remembered.forgetUpTo(momentOf(forgottenUpTo));
  for (const { key, user, offset, time, channels } of puts) {
    const offsets = Array.from({ length: channels }, (_, i) => offset + i);
    remembered.keep(key, user, { time, offsets }, momentOf(time));
  }
  return remembered;
}
