import type { Findings } from './findings.ts';
import { compare, type Entry, type Ledger, type Place } from './ledger.ts';

interface Put {
  readonly channels: readonly string[];
  answer:
    | { readonly kind: 'accepted'; readonly places: readonly Place[] }
    | { readonly kind: 'refused'; readonly code: string }
    | undefined;
  readonly copies: Entry[];
  judged: boolean;
}

/** Refusals that do not say whether it was appended. */
const UNKNOWN: ReadonlySet<string> = new Set(['outcome-unknown', 'closed', 'aborted']);

/** Puts that are kept after they were judged, to see one that is appended again later. */
const KEPT = 10_000;

/** Judges the puts of one producer. */
export class PutJudge {
  readonly #who: string;
  readonly #ledger: Ledger;
  readonly #findings: Findings;
  readonly #puts = new Map<number, Put>();
  readonly #waiting = new Set<number>();
  /** In the ledger, and not yet in the trace of whoever put it. */
  readonly #early = new Map<number, Entry[]>();
  /** The last one put of those that were accepted. */
  #newest: { readonly n: number; readonly place: Place } | undefined;

  constructor(who: string, ledger: Ledger, findings: Findings) {
    this.#who = who;
    this.#ledger = ledger;
    this.#findings = findings;
  }

  put(n: number, channels: readonly string[]): void {
    this.#puts.set(n, { channels, answer: undefined, copies: this.#early.get(n) ?? [], judged: false });
    this.#early.delete(n);
    this.#waiting.add(n);
    if (this.#puts.size > 2 * KEPT) this.#forget();
  }

  appended(n: number, entry: Entry): void {
    const put = this.#puts.get(n);
    if (put === undefined) this.#early.set(n, [...(this.#early.get(n) ?? []), entry]);
    else {
      put.copies.push(entry);
      if (put.judged) this.#judgeCopies(n, put);
    }
  }

  accepted(n: number, places: readonly Place[]): void {
    const [place] = places;
    if (place) {
      const newest = this.#newest;
      // Those that ask who got them are answered later than others that were put after them.
      if (newest && n > newest.n !== compare(place, newest.place) > 0)
        this.#found('put-reordered', n, `it lies on the wrong side of ${newest.n}`);
      if (!newest || n > newest.n) this.#newest = { n, place };
    }
    this.#answered(n, { kind: 'accepted', places });
  }

  refused(n: number, code: string): void {
    this.#answered(n, { kind: 'refused', code });
  }

  get settled(): boolean {
    return this.#waiting.size === 0;
  }

  end(): void {
    for (const n of this.#waiting) this.#found('unanswered', n, 'it was never answered');
    for (const n of this.#early.keys()) this.#found('foreign', n, 'it is in the log and was never put');
  }

  #answered(n: number, answer: NonNullable<Put['answer']>): void {
    const put = this.#puts.get(n);
    if (put === undefined) return;
    this.#waiting.delete(n);
    put.answer = answer;
    put.judged = true;
    this.#judgeCopies(n, put);
    if (answer.kind === 'refused' || answer.places.length === put.channels.length) return;
    this.#found(
      'accepted-not-appended',
      n,
      `${answer.places.length} offsets for ${put.channels.length} channels`,
    );
  }

  #judgeCopies(n: number, { channels, copies, answer }: Put): void {
    const twice = copies.some((copy, at) => copies.findIndex(({ channel }) => channel === copy.channel) < at);
    if (twice) this.#found('appended-twice', n, JSON.stringify(copies));
    if (answer?.kind === 'refused') {
      if (copies.length > 0 && !UNKNOWN.has(answer.code)) this.#found('refused-yet-appended', n, answer.code);
      const newest = copies.at(-1);
      // A server that is killed may have come no further in writing its ledger.
      const isCut = newest !== undefined && this.#ledger.isLast(newest) && newest.life < this.#ledger.life;
      if (copies.length > 0 && copies.length < channels.length && !isCut)
        this.#found('put-in-part', n, JSON.stringify(copies));
    }
    if (answer?.kind !== 'accepted') return;
    for (const [at, channel] of channels.entries()) {
      const place = answer.places[at];
      const isThere = place && copies.some((copy) => compare(copy, place) === 0 && copy.channel === channel);
      if (!isThere) this.#found('accepted-not-appended', n, `${channel} at ${JSON.stringify(place)}`);
    }
  }

  #forget(): void {
    for (const [n, { judged }] of this.#puts) {
      if (this.#puts.size <= KEPT) return;
      if (judged) this.#puts.delete(n);
    }
  }

  #found(kind: Parameters<Findings['add']>[0], n: number, what: string): void {
    this.#findings.add(kind, `${this.#who} ${n}`, what);
  }
}
