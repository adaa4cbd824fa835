import type { FilterSet } from '@zerospan/shared';
import type { DroppedEntry, History } from '../../log/history.ts';
import type { Chunk, Entry, Interest, Log, Read } from '../../log/log.ts';

/** What is found at an offset. */
export type Found =
  | { readonly kind: 'held'; readonly entry: Pick<Entry, 'kind' | 'channel' | 'time'> }
  /** The log had something there, or left the number out. @see DroppedEntry */
  | { readonly kind: 'dropped'; readonly entry: DroppedEntry | undefined }
  /** The log has nothing there, and never had. */
  | { readonly kind: 'none' };

/** What is read of the log. */
export type EntryLog = Pick<Log, 'begins' | 'head' | 'droppedUpTo' | 'read' | 'offsetBefore'> &
  Pick<History, 'droppedAt'>;

const EVERYTHING: FilterSet = { channels: [], prefixes: ['', '$'] };

/** A log that keeps the last n of a channel in a store may take some steps to find them. */
const STEPS_MOST = 64;

/** Of one offset no more is read than what is there. */
const ONE = { scan: 1, bytes: 1 } as const;

/** What the log says of single offsets. */
export class EntryLookup {
  readonly #log: EntryLog;

  constructor(log: EntryLog) {
    this.#log = log;
  }

  get head(): number {
    return this.#log.head;
  }

  /** Where clients of another epoch begin. */
  get begins(): number {
    return this.#log.begins;
  }

  async find(offset: number): Promise<Found> {
    const log = this.#log;
    if (offset < 1 || offset > log.head) return { kind: 'none' };
    const dropped = log.droppedAt(offset);
    if (dropped) return { kind: 'dropped', entry: dropped };
    const { entries, losses } = await this.#at(offset, { filter: EVERYTHING });
    const [entry] = entries;
    if (entry?.offset === offset) return { kind: 'held', entry };
    const first = losses[0]?.first ?? 0;
    if (offset > log.droppedUpTo || first > offset) return { kind: 'none' };
    return { kind: 'dropped', entry: log.droppedAt(offset) };
  }

  /** Whether no publication of its channel is newer. */
  async isNewest(offset: number, channel: string): Promise<boolean> {
    const { entries } = await this.#at(offset, { filter: only(channel), onlyNewest: true });
    return entries[0]?.offset === offset;
  }

  /** Whether it is held, and among the last n of its channel; undefined: the log did not find out. */
  async isAmongLast(
    offset: number,
    channel: string,
    last: NonNullable<Read['last']>,
  ): Promise<boolean | undefined> {
    // The very object goes with each step: by it the log goes on with its search.
    const asked = { ...last };
    for (let step = 0; step < STEPS_MOST; step++) {
      const { entries, upTo } = await this.#at(offset, { filter: only(channel) }, asked);
      const [entry] = entries;
      if (entry) return entry.offset === offset;
      if (upTo >= offset) return false;
    }
    return undefined;
  }

  async offsetBefore(elapsedMs: number): Promise<number> {
    return await this.#log.offsetBefore(elapsedMs);
  }

  async #at(
    offset: number,
    interest: Pick<Interest, 'filter' | 'onlyNewest'>,
    last?: NonNullable<Read['last']>,
  ): Promise<Chunk> {
    const after = offset - 1;
    return await this.#log.read({ after, interests: [{ ...interest, after }], last, ...ONE });
  }
}

function only(channel: string): FilterSet {
  return { channels: [channel], prefixes: [] };
}
