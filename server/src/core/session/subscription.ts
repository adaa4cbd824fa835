import {
  type FilterSet,
  filterCount,
  type LiveBody,
  type OnLag,
  type SubscribeBody,
  without,
  type ZerospanError,
} from '@zerospan/shared';
import type { GivenOffsets } from '../journal/given-offsets.ts';
import type { Interest } from '../log/log.ts';
import { LAG_POLICIES, type LagPolicy } from './behind/lag-policy.ts';

/** A cursor of its own on the log, for history that one subscription asked for while its session is elsewhere. */
export interface Replay {
  /** Everything up to here that matches has been written. */
  cursor: number;
  /** Where its cursor began. */
  from?: number;
  /** What it was given where no rule says that. */
  given?: GivenOffsets;
  /** What its application had acknowledged when it had acknowledged all that was sent, and when that was. */
  had?: { readonly upTo: number; readonly by: number };
  /**
   * It begins at this moment of the log's `elapsed`, unless that is later than `cursor`: the log is asked at the first
   * step.
   */
  fromMs?: number | undefined;
  /**
   * It was not asked for: the client comes back with a position below that of its session, and this is how it catches
   * up.
   */
  readonly resumes?: true;
  /** Only the last n of each channel among those up to `asOf`: the head when it was asked for first. */
  readonly last?: { readonly n: number; readonly asOf: number } | undefined;
  /** With `last`, as the log said: a channel may have lost even its last publication. */
  mayLackLast?: boolean;
}

/**
 * One subscription of a session. Live, it takes the session's publications above `after`; replaying, it takes its own,
 * and its filters are no part of the session's.
 */
export class Subscription implements Interest {
  readonly id: number;
  filter: FilterSet;
  after: number;
  replay: Replay | undefined;
  /** Its losses up to here have been reported. */
  reportedUpTo = 0;
  /** It may not be given what lies up to here, and no gap has reported that yet. */
  begins = 0;
  /** When it was granted, by the log's `now`; undefined: with its session. */
  since: number | undefined;
  /** From where its client comes back with it; undefined: it does not. */
  readonly position: number | undefined;
  readonly #policy: LagPolicy;

  constructor(
    {
      id,
      filter,
      onLag = 'replay',
      after: position,
    }: Pick<SubscribeBody, 'id' | 'onLag' | 'after'> & { readonly filter: FilterSet },
    after: number,
    replay?: Replay,
  ) {
    this.id = id;
    this.position = position;
    this.#policy = LAG_POLICIES[onLag];
    this.filter = filter;
    this.after = after;
    this.replay = replay;
    if (replay) replay.from = replay.cursor;
  }

  get onLag(): OnLag {
    return this.#policy.onLag;
  }

  /** While its session is behind: see `LagPolicy`. */
  get onlyNewest(): boolean {
    return this.#policy.onlyNewest;
  }

  /** Its session falls behind. A replay is behind by itself. @returns why it ends by that; undefined: it goes on */
  fallBehind(): ZerospanError | undefined {
    return this.replay ? undefined : this.#policy.fallBehind();
  }

  /** Whether all that its filters let through above an offset is due to it, as it is to others with these filters. */
  takesAllAbove(offset: number): boolean {
    return this.after <= offset && !this.onlyNewest;
  }

  /**
   * What a replay of it reads. What was left out before its client was cut off is left out again:
   * given now, it would not have been missing (C11).
   */
  interestOf({ cursor, resumes }: Replay): Interest {
    const { filter, reportedUpTo } = this;
    return { filter, after: cursor, reportedUpTo, onlyNewest: resumes === true && this.onlyNewest };
  }

  /**
   * Holds its filters as this object, if they are the same. Those of a cohort are one object for a whole crowd; of each
   * session's own there would be ten thousand alike. @param united the canonical form of its own: with as many filters
   * it leaves out none
   */
  share(united: FilterSet): void {
    if (filterCount(united) === filterCount(this.filter)) this.filter = united;
  }

  /** Takes filters away, compared as written; answers false, and leaves them, if none would be left. */
  drop(gone: FilterSet): boolean {
    const left = without(this.filter, gone);
    if (filterCount(left) === 0) return false;
    this.filter = left;
    return true;
  }

  /** It takes nothing up to here. */
  beginAt(offset: number): void {
    this.after = Math.max(this.after, offset);
    this.begins = 0;
  }

  /** The replay has reached the session's cursor: from here it takes the session's publications. */
  goLive(): LiveBody {
    // A replay that was cut off behind what it asked for is not read from there again, so that nobody knows.
    const { last, mayLackLast = (last?.asOf ?? 0) > 0 } = this.replay ?? {};
    this.after = this.replay?.cursor ?? this.after;
    this.replay = undefined;
    return { subscription: this.id, offset: this.after, ...(mayLackLast && { incomplete: true }) };
  }
}
