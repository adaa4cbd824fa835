import type { Match, SkippedReason } from '@zerospan/shared';
import type { Interest } from '../log/log.ts';
import { matches } from '../log/matching.ts';
import type { Answering, Group } from './group.ts';
import { Marks } from './marks.ts';
import type { Fate } from './places.ts';

/** Where a witness stands while it has not answered: with those of its session, or of its client that is away. */
export interface Home {
  /** Whether it is that of a client that is away. */
  readonly isAway: boolean;
  add(witness: Witness): void;
  remove(witness: Witness): void;
}

/** Offsets in a row, both ends included. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

const NONE: readonly Stretch[] = [];

/**
 * One client's part in a receipt: it has to answer for each publication of the put that matched its session, by an ack
 * that passes it, or because the session's cursor passed it without writing it. There may be hundreds of thousands:
 * what is known of single places is made when needed.
 */
export class Witness implements Answering {
  at = 0;
  /** The home's: its neighbours there. */
  before: Witness | undefined;
  behind: Witness | undefined;
  /** All its publications up to here are acknowledged. */
  reached = 0;
  readonly #group: Group;
  #home: Home | undefined;
  /**
   * Places of which something is known, whatever is acknowledged: skipped, unless they are among those that stay
   * unanswered.
   */
  #known: Marks | undefined;
  #unanswered: Marks | undefined;
  /** An ack of this offset answers for the rest. */
  #due: number;

  constructor(group: Group) {
    this.#group = group;
    this.#due = group.offsetAt(group.length - 1);
    group.open(this);
  }

  /** Visits the places of which something is known, whatever is acknowledged. */
  eachKnown(visit: (place: number, fate: Fate) => void): void {
    if (!this.#known) return;
    for (let place = 0; place < this.#group.length; place++) {
      if (this.#known.has(place)) visit(place, this.#unanswered?.has(place) ? 'unanswered' : 'skipped');
    }
  }

  /** Stands with these from now on: those of a session, or of a client that is away. */
  moveTo(home: Home | undefined): void {
    this.#home?.remove(this);
    this.#home = home;
    home?.add(this);
  }

  acked(offset: number): void {
    this.reached = Math.max(this.reached, offset);
    this.#check();
  }

  /**
   * A cursor went from `after` to `upTo`, and of what matched there these entries were written.
   * @param lost why others were not
   * @param left what was left out for newer entries instead
   */
  passed(
    after: number,
    upTo: number,
    written: readonly number[],
    interests: readonly Interest[],
    lost: SkippedReason,
    left: readonly Stretch[] = NONE,
  ): void {
    const passed = this.#between(after, upTo);
    if (passed.length === 0) return;
    const given = new Set(written);
    this.#know(
      passed.filter((place) => !given.has(this.#group.offsetAt(place)) && this.#matches(place, interests)),
      lost,
      left,
    );
  }

  /** Subscriptions ended, or lost filters: what matched them alone above `writtenTo` will not be written. */
  dropped(
    gone: readonly Interest[],
    writtenTo: number,
    others: readonly Interest[],
    why: SkippedReason,
  ): void {
    this.#know(
      this.#between(writtenTo, this.#due).filter(
        (place) => this.#matches(place, gone) && !this.#matches(place, others),
      ),
      why,
    );
  }

  /**
   * Its client came back. Its next ack says what it had received before.
   * @param isWanted whether one of its subscriptions that has a position matches a channel
   * @param replayed subscriptions without a position, whose history may still give it a publication: no ack says
   * whether it did
   */
  resumed(isMatch: Match, replayed: readonly Interest[]): void {
    const unmatched = this.#between(0, this.#due).filter((place) => !isMatch(this.#group.channelAt(place)));
    const isReplayed = (place: number): boolean => this.#matches(place, replayed);
    this.#know(unmatched.filter(isReplayed), undefined);
    this.#know(unmatched, 'unmatched');
  }

  /** For witnesses that keep more: what is known now of these places, whatever is acknowledged later. */
  protected learned(
    _places: readonly number[],
    _skipped: SkippedReason | undefined,
    _left: readonly Stretch[],
  ): void {}

  #between(after: number, upTo: number): number[] {
    if (upTo < this.#group.offsetAt(0) || after >= this.#due) return [];
    const from = this.#group.firstAbove(after);
    return Array.from({ length: this.#group.firstAbove(upTo) - from }, (_, i) => from + i);
  }

  /** @param skipped why; undefined: they stay unanswered */
  #know(places: readonly number[], skipped: SkippedReason | undefined, left = NONE): void {
    // What was acknowledged, or known before, stays as it is.
    const unknown = (place: number): boolean =>
      this.#group.offsetAt(place) > this.reached && !this.#known?.has(place);
    const news = places.filter(unknown);
    if (news.length === 0) return;
    const { length } = this.#group;
    const made = (): Marks => {
      this.#group.grew(Marks.bytes(length));
      return new Marks(length);
    };
    this.#known ??= made();
    if (skipped === undefined) this.#unanswered ??= made();
    for (const place of news) {
      this.#known.add(place);
      if (skipped === undefined) this.#unanswered?.add(place);
    }
    this.learned(news, skipped, left);
    let last = length - 1;
    while (last >= 0 && this.#known.has(last)) last--;
    this.#due = last < 0 ? 0 : this.#group.offsetAt(last);
    this.#check();
  }

  #check(): void {
    if (this.reached < this.#due || this.#home === undefined) return;
    this.moveTo(undefined);
    this.#group.answered(this);
  }

  #matches(place: number, interests: readonly Interest[]): boolean {
    const offset = this.#group.offsetAt(place);
    const channel = this.#group.channelAt(place);
    return interests.some(({ filter, after }) => offset > after && matches(filter, channel));
  }
}
