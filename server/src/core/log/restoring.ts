import { Arrivals } from './arrivals.ts';
import { Hot, type HotBounds } from './hot/hot.ts';
import { FromBefore, type MomentOf, offsetsOf } from './puts/from-before.ts';
import { REMEMBERED, type RememberedBounds, RememberedPuts } from './puts/remembered.ts';
import type { OpenedStore, Store, StoredEntry } from './store.ts';

/** Every channel, the server's own included. */
const EVERYTHING = { channels: [], prefixes: ['', '$'] };

/** Entries of one scan. */
const SCAN_ENTRIES = 4_096;
const SCAN_BYTES = 1024 * 1024;

/**
 * A start takes no more than this: fifty thousand small entries cost it some 0.1 s of a processor. Memory fills up with
 * what comes; until then more is read from the store.
 */
export const RESTORED_BYTES = 16 * 1024 * 1024;

/** What an entry is counted with beside its payload, roughly: how much memory takes is what memory says. */
const BESIDE_PAYLOAD_BYTES = 200;

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

/** Takes the newest entries of a store into memory, within bounds, and the puts that it remembers. */
export async function restore(
  store: Store,
  opened: OpenedStore,
  bounds: RestoringBounds,
  momentOf: MomentOf,
): Promise<Restored> {
  const { epoch, head } = opened;
  const { from, entries } = await newestOf(store, head, Math.min(bounds.bytes, RESTORED_BYTES));
  const hot = new Hot({ ...bounds, lastBytes: 0 }, from);
  const arrivals = new Arrivals(hot, epoch, bounds.onFailure);
  for (let entry = entries.pop(); entry; entry = entries.pop())
    arrivals.restored(entry, momentOf(entry.time));
  arrivals.head = head;
  return { hot, arrivals, puts: rememberedOf(opened, bounds.puts ?? REMEMBERED, momentOf) };
}

/** The newest entries that fit into these bytes, the newest first, and the offset above which they are. */
async function newestOf(
  store: Store,
  head: number,
  bytes: number,
): Promise<{ readonly from: number; readonly entries: StoredEntry[] }> {
  const taken: StoredEntry[] = [];
  let room = bytes;
  let from = head;
  while (from > store.droppedUpTo) {
    const { entries, reached } = await store.scan({
      order: 'backwards',
      after: store.droppedUpTo,
      upTo: from,
      filter: EVERYTHING,
      entries: SCAN_ENTRIES,
      bytes: SCAN_BYTES,
      dropped: [],
    });
    for (const entry of entries) {
      room -= entry.payload.byteLength + BESIDE_PAYLOAD_BYTES;
      if (room < 0) return { from, entries: taken };
      taken.push(entry);
      from = entry.offset - 1;
    }
    from = reached;
  }
  return { from, entries: taken };
}

function rememberedOf(
  { puts, forgottenUpTo }: OpenedStore,
  bounds: RememberedBounds,
  momentOf: MomentOf,
): RememberedPuts {
  const isTable = 'putOf' in puts;
  const remembered = new RememberedPuts(bounds, isTable ? new FromBefore(puts, momentOf) : undefined);
  if (forgottenUpTo > 0) remembered.forgetUpTo(momentOf(forgottenUpTo));
  if (isTable) return remembered;
  for (const { key, user, time, ...place } of puts)
    remembered.keep(key, user, { time, offsets: offsetsOf(place) }, momentOf(time));
  return remembered;
}
