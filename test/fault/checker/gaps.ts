import type { Gap } from '@zerospan/client';
import type { Findings } from './findings.ts';
import { compare, type Entry, isUpstream, type Ledger, type Place } from './ledger.ts';

interface ReportedGap {
  readonly gap: Gap;
  readonly from: Place;
  readonly to: Place;
  /** Entries in it that were passed over. */
  entries: number;
  /**
   * Publications that are missing by them, at least and at most: some may not have been due, or nobody knows how many
   * they are.
   */
  missing: number;
  mayBeMissing: number;
  /** Another gap of the same subscriber reaches into it, so that counts cannot be told apart. */
  shared: boolean;
}

/** The gaps that one subscriber was told of and has not come past yet. */
export class Gaps {
  readonly #who: string;
  readonly #ledger: Ledger;
  readonly #findings: Findings;
  #open: ReportedGap[] = [];
  readonly #ended = new Set<number>();

  constructor(who: string, ledger: Ledger, findings: Findings) {
    this.#who = who;
    this.#ledger = ledger;
    this.#findings = findings;
  }

  /** @param at what the subscriber was given last, when gaps and publications come in one order */
  report(gap: Gap, at: Place | undefined): void {
    const life = this.#ledger.lifeOf(gap.epoch);
    if (life === undefined) {
      this.#false(gap, 'is of a log that nobody knows');
      return;
    }
    if (gap.reason === 'restart') this.#ended.add(life);
    if (gap.reason === 'restart' && life === this.#ledger.life) this.#false(gap, 'is of a log that goes on');
    const from = { life, offset: gap.from ?? 0 };
    const to = { life, offset: gap.to ?? Number.POSITIVE_INFINITY };
    if (at && gap.from !== null && compare(from, at) <= 0)
      this.#false(gap, `came after ${at.life}:${at.offset}`);
    const reported: ReportedGap = { gap, from, to, entries: 0, missing: 0, mayBeMissing: 0, shared: false };
    for (const other of this.#open) {
      if (compare(other.from, to) > 0 || compare(from, other.to) > 0) continue;
      other.shared = true;
      reported.shared = true;
    }
    this.#open.push(reported);
  }

  /** Whether an entry that is not given was told of; it is counted where it is. */
  account(entry: Entry, surely: boolean): boolean {
    const over = this.#over(entry);
    for (const reported of over) {
      const { upstream = 1 } = entry;
      reported.entries++;
      reported.mayBeMissing += upstream ?? Number.POSITIVE_INFINITY;
      if (surely) reported.missing += upstream ?? 0;
    }
    return over.length > 0;
  }

  /** Whether it was told that this log has ended. */
  endOf(life: number): boolean {
    return this.#ended.has(life);
  }

  covers(entry: Entry): boolean {
    return this.#over(entry).length > 0;
  }

  /** A queue drops publications alone: what it keeps, it tells at its place. */
  #over(entry: Entry): ReportedGap[] {
    return this.#open.filter(
      ({ gap, from, to }) =>
        compare(from, entry) <= 0 &&
        compare(entry, to) <= 0 &&
        !(gap.reason === 'queue' && isUpstream(entry)),
    );
  }

  /** The subscriber has come to a place: the gaps before it are judged, if that can be done, and forgotten. */
  passed(at: Place, judges: boolean): void {
    if (this.#open.length === 0) return;
    const done = this.#open.filter(({ to }) => to.life < at.life || compare(to, at) <= 0);
    this.#open = this.#open.filter((reported) => !done.includes(reported));
    if (judges) for (const reported of done) this.#judge(reported);
  }

  #judge({ gap, entries, missing, mayBeMissing, shared }: ReportedGap): void {
    if (gap.reason === 'restart') return;
    if (entries === 0) this.#false(gap, 'has nothing missing in it');
    else if (gap.missed === null || shared) return;
    else if (gap.missed < missing || gap.missed > mayBeMissing)
      this.#findings.add('miscounted', this.#who, `${JSON.stringify(gap)}: ${missing} are missing`);
  }

  #false(gap: Gap, why: string): void {
    this.#findings.add('false-gap', this.#who, `${JSON.stringify(gap)} ${why}`);
  }
}
