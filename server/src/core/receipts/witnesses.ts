import { matcherOf, type SkippedReason, unionOf } from '@zerospan/shared';
import type { Interest } from '../log/log.ts';
import type { Home, Stretch, Witness } from './witness.ts';

/** A subscription that ended; one that replays, where its replay was. */
type Ended = Interest & { readonly replay?: { readonly cursor: number } | undefined };

/**
 * Those who have still to answer for one session, or for a client that is away: a list, because a set for each session
 * would be larger than what it holds.
 */
export class Witnesses implements Home {
  readonly #onEmpty: (() => void) | undefined;
  #first: Witness | undefined;

  /** @param onEmpty called when the last one leaves */
  constructor(onEmpty?: () => void) {
    this.#onEmpty = onEmpty;
  }

  get none(): boolean {
    return this.#first === undefined;
  }

  /** Sessions keep theirs, however few there are; those of a client that is away go with the last one. */
  get isAway(): boolean {
    return this.#onEmpty !== undefined;
  }

  /** Called by the witness. */
  add(witness: Witness): void {
    witness.before = undefined;
    witness.behind = this.#first;
    if (this.#first) this.#first.before = witness;
    this.#first = witness;
  }

  /** Called by the witness. */
  remove(witness: Witness): void {
    const { before, behind } = witness;
    if (before) before.behind = behind;
    else this.#first = behind;
    if (behind) behind.before = before;
    if (this.none) this.#onEmpty?.();
  }

  acked(offset: number): void {
    this.#each((witness) => witness.acked(offset));
  }

  passed(
    after: number,
    upTo: number,
    written: readonly number[],
    interests: readonly Interest[],
    lost: SkippedReason,
    left?: readonly Stretch[],
  ): void {
    this.#each((witness) => witness.passed(after, upTo, written, interests, lost, left));
  }

  dropped(
    gone: readonly Interest[],
    writtenTo: number,
    others: readonly Interest[],
    why: SkippedReason = 'unsubscribed',
  ): void {
    this.#each((witness) => witness.dropped(gone, writtenTo, others, why));
  }

  /** Subscriptions ended, live ones and some that replay. @param cursor of the session @param others those left */
  ended(some: readonly Ended[], cursor: number, others: readonly Interest[], why: SkippedReason): void {
    const live = some.filter(({ replay }) => !replay);
    this.dropped(live, cursor, others, why);
    for (const one of some) if (one.replay) this.dropped([one], one.replay.cursor, others, why);
  }

  resumed(subscriptions: readonly Interest[], replayed: readonly Interest[]): void {
    if (this.none) return;
    const isMatch = matcherOf(unionOf(subscriptions.map(({ filter }) => filter)));
    this.#each((witness) => witness.resumed(isMatch, replayed));
  }

  moveTo(home: Witnesses): void {
    this.#each((witness) => witness.moveTo(home));
  }

  #each(visit: (witness: Witness) => void): void {
    // One that is visited may leave.
    for (let next = this.#first; next; ) {
      const witness = next;
      next = witness.behind;
      visit(witness);
    }
  }
}
