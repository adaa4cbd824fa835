import type { FilterSet } from '@zerospan/shared';
import type { Requester } from '../access/requester.ts';
import type { Entry } from '../log/log.ts';
import type { Witnesses } from '../receipts/witnesses.ts';
import type { Batch } from './batch.ts';
import type { Encoding } from './encoding.ts';

/** What a cohort knows of a session that takes part in fan-out. */
export interface Member {
  /** The client of this session. */
  readonly requester: Requester;
  /** Writes what was encoded of this many bytes of texts, if it has room; else answers false and takes nothing. */
  take(encoded: Buffer, textBytes: number): boolean;
  /** Called when it was left out: everything up to this offset that matches its filters has been written to it. */
  fallBehind(writtenTo: number): void;
  /** Those who answer for it when a put asks who got it; undefined if its client never acknowledges. */
  readonly witnesses: Witnesses | undefined;
}

/** Sessions with the same encoding and the same set of filters. All its live members have been written the same. */
export class Cohort {
  /** What no cohort of its encoding with other filters has. */
  readonly key: string;
  readonly filters: FilterSet;
  /** Those that take part in fan-out. */
  readonly live = new Set<Member>();
  /** Places taken in it; the last one to leave takes it away. */
  size = 0;
  /** Sessions with just these filters, live, behind and replaying. */
  readonly sessions = new Set<Member>();
  readonly #empty: Batch;
  #batch: Batch;
  #firstGathered = 0;

  constructor(key: string, filters: FilterSet, empty: Batch) {
    this.key = key;
    this.filters = filters;
    this.#empty = empty;
    this.#batch = empty;
  }

  get encoding(): Encoding {
    return this.#empty.encoding;
  }

  /** Bytes of texts gathered since the last flush. */
  get gatheredBytes(): number {
    return this.#batch.textBytes;
  }

  /** Gathers an entry for the next flush; answers whether it is the first since the last one. */
  gather(entry: Entry): boolean {
    const first = this.#batch === this.#empty;
    if (first) this.#firstGathered = entry.offset;
    this.#batch = this.#batch.with(entry);
    return first;
  }

  /** The offset up to which live members have been written all that matches, when the bus's head is this. */
  writtenTo(head: number): number {
    return this.#batch === this.#empty ? head : this.#firstGathered - 1;
  }

  /** Writes what was gathered to each live member, once; answers how many entries were delivered. */
  flush(): number {
    if (this.#batch === this.#empty) return 0;
    const { encoded, count, textBytes } = this.#batch;
    this.#batch = this.#empty;
    let delivered = 0;
    for (const member of this.live) {
      if (member.take(encoded, textBytes)) delivered += count;
      else {
        this.live.delete(member);
        member.fallBehind(this.#firstGathered - 1);
      }
    }
    return delivered;
  }
}
