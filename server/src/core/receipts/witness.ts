import { firstWhere } from '../log/first-where.ts';
import type { Want } from '../log/log.ts';
import { matches } from '../log/matching.ts';

/** One channel of a put that somebody wanted. */
export interface Place {
  /** Of the channel in the put, from 0. */
  readonly index: number;
  readonly channel: string;
  readonly offset: number;
}

/** What became of one channel's publication at one session. */
export type Fate = 'confirmed' | 'skipped' | 'unanswered';

/** Where a witness stands while it has not answered: with those of its session, or of its client that is away. */
export interface Home {
  add(witness: Witness): void;
  remove(witness: Witness): void;
}

/**
 * One client's part in a receipt: it has to answer for each publication of the put that its session wanted, by an ack that passes
 * it, or because the session's cursor passed it without writing it.
 */
export class Witness {
  /** By offset; shared by all whose session has the same filters. */
  readonly places: readonly Place[];
  readonly #onAnswered: (witness: Witness) => void;
  #home: Home | undefined;
  #reached = 0;
  /** What is known of single places, whatever is acknowledged: rare, so made when needed. */
  #known: Map<number, Fate> | undefined;
  /** An ack of this offset answers for the rest. */
  #due: number;

  /** @param onAnswered called once, when it has answered for every place */
  constructor(places: readonly Place[], onAnswered: (witness: Witness) => void) {
    this.places = places;
    this.#onAnswered = onAnswered;
    this.#due = places.at(-1)?.offset ?? 0;
  }

  /** Whether acks alone have said all that is known. */
  get isUnbroken(): boolean {
    return this.#known === undefined;
  }

  /** How many places acks have reached. */
  get confirmedPlaces(): number {
    return firstWhere(0, this.places.length, (i) => (this.places[i] as Place).offset > this.#reached);
  }

  fate({ offset }: Place): Fate {
    return this.#known?.get(offset) ?? (offset <= this.#reached ? 'confirmed' : 'unanswered');
  }

  /** Stands with these from now on: those of a session, or of a client that is away. */
  moveTo(home: Home | undefined): void {
    this.#home?.remove(this);
    this.#home = home;
    home?.add(this);
  }

  acked(offset: number): void {
    this.#reached = Math.max(this.#reached, offset);
    this.#look();
  }

  /** A cursor went from `after` to `upTo`, and of what was wanted there these entries were written. */
  passed(after: number, upTo: number, written: readonly number[], wants: readonly Want[]): void {
    const passed = this.#between(after, upTo);
    if (passed.length === 0) return;
    const given = new Set(written);
    const skipped = passed.filter((place) => !given.has(place.offset) && isWanted(place, wants));
    this.#know(skipped, 'skipped');
  }

  /** A subscription ended, or lost filters: what it wanted above `writtenTo` and no other wants, will not be written. */
  dropped(gone: Want, writtenTo: number, others: readonly Want[]): void {
    const unwanted = this.#between(writtenTo, this.#due).filter(
      (place) => isWanted(place, [gone]) && !isWanted(place, others),
    );
    this.#know(unwanted, 'skipped');
  }

  /**
   * Its client came back with these subscriptions. What it had received before, its next ack tells.
   * @param replayed subscriptions without a position, whose history may still give it a publication: no ack tells that
   */
  resumed(subscriptions: readonly Want[], replayed: readonly Want[]): void {
    const unwanted = this.places.filter(
      ({ channel }) => !subscriptions.some(({ filter }) => matches(filter, channel)),
    );
    this.#know(
      unwanted.filter((place) => isWanted(place, replayed)),
      'unanswered',
    );
    this.#know(unwanted, 'skipped');
  }

  #between(after: number, upTo: number): Place[] {
    if (upTo < (this.places[0]?.offset ?? 0) || after >= this.#due) return [];
    return this.places.filter(({ offset }) => offset > after && offset <= upTo);
  }

  #know(places: readonly Place[], fate: Fate): void {
    for (const { offset } of places) {
      this.#known ??= new Map();
      // What was acknowledged, or known before, stays as it is.
      if (offset > this.#reached && !this.#known.has(offset)) this.#known.set(offset, fate);
    }
    if (places.length === 0) return;
    this.#due = this.places.reduce((due, { offset }) => (this.#known?.has(offset) ? due : offset), 0);
    this.#look();
  }

  #look(): void {
    if (this.#reached < this.#due || this.#home === undefined) return;
    this.moveTo(undefined);
    this.#onAnswered(this);
  }
}

function isWanted({ channel, offset }: Place, wants: readonly Want[]): boolean {
  return wants.some(({ filter, after }) => offset > after && matches(filter, channel));
}
