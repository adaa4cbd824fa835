import type { Gap } from '@zerospan/client';
import type { FilterSet, OnLag, ReplayRequest } from '@zerospan/shared';
import { Ask, type Due, type Home } from './ask.ts';
import type { Findings } from './findings.ts';
import { Gaps } from './gaps.ts';
import { compare, type Entry, isUpstream, keyOf, type Place } from './ledger.ts';

/** Publications that are remembered to tell a second one from a late one. */
const REMEMBERED = 4_096;

/** Judges what one subscriber was given and told, as it comes, by what is in the ledger. */
export class SubscriberJudge {
  readonly name: string;
  readonly #home: Home;
  readonly #findings: Findings;
  readonly #gaps: Gaps;
  readonly #asks: Ask[] = [];
  readonly #given = new Set<string>();
  /** Passed over, due, and not told of yet: with several subscriptions of the wire one may be behind the other. */
  readonly #owed = new Map<string, Entry>();
  /** Up to here everything was judged. */
  #at: Place | undefined;
  #last: Place | undefined;
  #closed = false;
  #takesLatest = false;
  /** Up to this log their ends were looked at. */
  #life: number | undefined;

  constructor(name: string, home: Home, findings: Findings) {
    this.name = name;
    this.#home = home;
    this.#findings = findings;
    this.#gaps = new Gaps(name, home.ledger, findings);
  }

  /** Where it stands, undefined when it is over or has not begun. */
  get at(): Place | undefined {
    return this.#closed ? undefined : this.#at;
  }

  get closed(): boolean {
    return this.#closed;
  }

  asked(set: FilterSet, replay?: ReplayRequest, onLag?: OnLag): void {
    if (onLag === 'latest') this.#takesLatest = true;
    this.#asks.push(new Ask(this.#home, set, replay));
  }

  granted(ask: number, place: Place): void {
    const granted = this.#asks[ask];
    granted?.grant(place);
    if (granted === undefined || this.#given.size > 0) return;
    const { start } = granted;
    if (this.#at === undefined || compare(start, this.#at) < 0) this.#at = start;
  }

  removed(set: FilterSet): void {
    for (const ask of this.#asks) ask.remove(set);
    for (const [key, entry] of this.#owed) {
      if (this.#due(entry, entry.life) !== 'must') this.#owed.delete(key);
    }
  }

  close(): void {
    this.#closed = true;
  }

  gap(gap: Gap): void {
    if (gap.reason === 'upstream') {
      this.#upstream(gap);
      return;
    }
    const isNeedless = gap.reason === 'retention' || (gap.reason === 'lag' && !this.#takesLatest);
    if (isNeedless && this.#home.holdsHistory)
      this.#found('false-gap', `${JSON.stringify(gap)} although the log holds everything`);
    this.#gaps.report(gap, this.#isOne ? this.#last : undefined);
    for (const [key, entry] of this.#owed) if (this.#gaps.covers(entry)) this.#owed.delete(key);
  }

  given(place: Place, channel: string, hash: string, ok: boolean): void {
    const key = keyOf(place);
    const entry = this.#home.ledger.get(place);
    if (entry === undefined || isUpstream(entry)) {
      this.#found('phantom', `${key} on ${channel}`);
      return;
    }
    if (this.#given.has(key)) this.#found('duplicate', key);
    else if (this.#isUnasked(entry)) this.#found('unasked', `${key} on ${channel}`);
    else this.#take(entry);
    if (entry.channel !== channel || entry.hash !== hash || !ok)
      this.#found('divergent', `${key}: ${channel} ${hash}, appended was ${entry.channel} ${entry.hash}`);
  }

  /** Whether it was given or told all that is due. */
  get settled(): boolean {
    if (this.#closed) return true;
    return this.#asks.every(({ granted }) => granted) && this.#missing().next().done === true;
  }

  /** Nothing more comes: what is still missing is lost. */
  end(): void {
    if (this.#closed) return;
    if (!this.#asks.every(({ granted }) => granted))
      this.#found('subscriber-ended', 'it was never granted what it asked for');
    for (const entry of this.#missing()) {
      const isAfterAll = this.#at !== undefined && compare(entry, this.#at) > 0;
      this.#found(isAfterAll ? 'lost-postfix' : 'lost-middle', `${keyOf(entry)} on ${entry.channel}`);
    }
  }

  *#missing(): Generator<Entry> {
    yield* this.#owed.values();
    if (this.#at === undefined) return;
    for (const entry of this.#home.ledger.between(this.#at)) {
      const isReported = this.#gaps.covers(entry) || (isUpstream(entry) && this.#given.has(keyOf(entry)));
      if (!isReported && this.#due(entry, this.#home.ledger.life) === 'must') yield entry;
    }
  }

  /** It is an entry of the log, or several that one queue held: told once each, before what is given next. */
  #upstream({ epoch, from, to }: Gap): void {
    const life = this.#home.ledger.lifeOf(epoch) ?? -1;
    const range = [
      ...this.#home.ledger.between({ life, offset: (from ?? 0) - 1 }, { life, offset: (to ?? 0) + 1 }),
    ];
    const entries = range.filter((entry) => isUpstream(entry) && !this.#isUnasked(entry));
    const words = `upstream gap ${life}:${from} to ${to}`;
    if (entries.length === 0) this.#found('false-gap', words);
    for (const entry of entries) {
      const key = keyOf(entry);
      if (this.#given.has(key)) this.#found('duplicate', words);
      else if (this.#isOne && this.#at && compare(entry, this.#at) <= 0) this.#found('reordered', words);
      this.#owed.delete(key);
      this.#remember(key);
    }
  }

  #isUnasked(entry: Entry): boolean {
    return (
      !this.#asks.some((ask) => ask.matchesNow(entry.channel)) || this.#due(entry, entry.life) === 'never'
    );
  }

  #take(entry: Entry): void {
    const isLate = this.#at !== undefined && compare(entry, this.#at) <= 0;
    if (isLate && this.#isOne) this.#found('reordered', `${keyOf(entry)} after ${keyOf(this.#at as Place)}`);
    if (!isLate) {
      this.#skip(entry);
      this.#passLives(entry.life);
    }
    this.#owed.delete(keyOf(entry));
    this.#remember(keyOf(entry));
    this.#last = entry;
  }

  /** Everything below what it is given now, and not given, has to be told by now. */
  #skip(place: Place): void {
    for (const entry of this.#at ? this.#home.ledger.between(this.#at, place) : []) {
      const due = this.#due(entry, place.life);
      if (due === 'never' || (isUpstream(entry) && this.#given.has(keyOf(entry)))) continue;
      if (this.#gaps.account(entry, due === 'must') || due === 'may') continue;
      const what = `${keyOf(entry)} on ${entry.channel}, before ${keyOf(place)}`;
      if (!this.#isOne) this.#owed.set(keyOf(entry), entry);
      else this.#found(this.#given.size === 0 ? 'lost-prefix' : 'lost-middle', what);
    }
    this.#at = place;
    this.#gaps.passed(place, this.#isOne);
  }

  /** Every log that has greeted it since it was granted, and is over, has to be told as ended. */
  #passLives(life: number): void {
    const granted = this.#asks.flatMap((ask) => ask.granted?.life ?? []);
    for (let ended = this.#life ?? Math.min(...granted); ended < life; ended++) {
      if (this.#home.welcomed.has(ended) && !this.#gaps.endOf(ended))
        this.#found('restart-unreported', `log ${ended}, before one of ${life}`);
    }
    this.#life = life;
  }

  #due(entry: Entry, reached: number): Due {
    const dues = this.#asks.map((ask) => ask.due(entry, reached));
    if (dues.includes('must')) return 'must';
    return dues.includes('may') ? 'may' : 'never';
  }

  /** With several subscriptions of the wire, order and counts hold for each of them alone. */
  get #isOne(): boolean {
    return this.#asks.length === 1;
  }

  #remember(key: string): void {
    this.#given.add(key);
    if (this.#given.size <= REMEMBERED) return;
    for (const oldest of this.#given) {
      this.#given.delete(oldest);
      return;
    }
  }

  #found(kind: Parameters<Findings['add']>[0], what: string): void {
    this.#findings.add(kind, this.name, what);
  }
}
