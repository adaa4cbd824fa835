import { type FilterSet, unionOf } from '@zerospan/shared';
import type { Subscription } from '../session/subscription.ts';
import type { Cohort, Member } from './cohort.ts';
import type { Encoding } from './encoding.ts';
import type { Fanout } from './fanout.ts';

/**
 * A session's places among the cohorts for as long as its filters stay as they are: one by which it is written what
 * matches its live subscriptions, one by which it is counted with all of them. While nothing replays, both are the
 * same.
 */
export class Membership {
  readonly cohort: Cohort;
  readonly #counted: Cohort;
  /**
   * Whether it took a second place: it may be in the very same cohort, where a live subscription has the filters of a
   * replaying one.
   */
  readonly #apart: boolean;
  readonly #fanout: Fanout;
  readonly #member: Member;

  constructor(fanout: Fanout, encoding: Encoding, member: Member, subscriptions: readonly Subscription[]) {
    this.#fanout = fanout;
    this.#member = member;
    const live = subscriptions.filter(({ replay }) => !replay);
    this.cohort = fanout.cohorts.enter(encoding, filtersOf(live));
    if (live.length === 1) live[0]?.share(this.cohort.filters);
    this.#apart = live.length < subscriptions.length;
    this.#counted = this.#apart ? fanout.cohorts.enter(encoding, filtersOf(subscriptions)) : this.cohort;
    fanout.cohorts.addSession(this.#counted, member);
  }

  /** From the next publication on it takes part in fan-out; it has been written everything up to the head. */
  goLive(): void {
    this.#fanout.goLive(this.cohort, this.#member);
  }

  end(): void {
    this.#fanout.cohorts.removeSession(this.#counted, this.#member);
    if (this.#apart) this.#fanout.cohorts.leave(this.#counted);
    this.#fanout.leave(this.cohort, this.#member);
  }
}

function filtersOf(subscriptions: readonly Subscription[]): FilterSet {
  return unionOf(subscriptions.map(({ filter }) => filter));
}
