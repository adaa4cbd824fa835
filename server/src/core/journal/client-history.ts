import type { EndRecord, JournalRecord } from './records.ts';

/** A place in the log: the number of its epoch since the start of the server, and an offset in it. */
export interface Mark {
  readonly era: number;
  readonly offset: number;
  /** When the log's head was there, in ms since 1970. */
  readonly time: number;
}

/** Before everything. */
export const NOWHERE: Mark = { era: 0, offset: 0, time: 0 };

export function laterOf(a: Mark, b: Mark): Mark {
  return b.era > a.era || (b.era === a.era && b.offset > a.offset) ? b : a;
}

export function earlierOf(a: Mark, b: Mark): Mark {
  return laterOf(a, b) === a ? b : a;
}

/** Whether a place is a mark, or lies below it. */
export function covers({ era, offset }: Mark, place: Pick<Mark, 'era' | 'offset'>): boolean {
  return place.era < era || (place.era === era && place.offset <= offset);
}

function markOf({ era, head, time }: JournalRecord): Mark {
  return { era, offset: head, time };
}

/** What is known of the sessions of one client, beside what it has open. */
export class ClientHistory {
  /** What its client is known by: see `journalKeyOf`. */
  readonly key: string;
  readonly ref: string;
  /** The oldest first. */
  readonly #records: JournalRecord[] = [];
  #forgotten = NOWHERE;
  #lastEnd: EndRecord | undefined;
  #latest = '';
  #isOpen = false;
  #hasForgottenRefusal = false;

  constructor(key: string, ref: string) {
    this.key = key;
    this.ref = ref;
  }

  get records(): readonly JournalRecord[] {
    return this.#records;
  }

  /** Of what was published up to here, something may have been forgotten. */
  get forgotten(): Mark {
    return this.#forgotten;
  }

  /** The latest session of which something was noted. */
  get latest(): string {
    return this.#latest;
  }

  /** Whether something was refused in a session that goes on, and it was forgotten what. */
  get hasForgottenRefusal(): boolean {
    return this.#hasForgottenRefusal;
  }

  add(record: JournalRecord): void {
    this.#records.push(record);
    this.#latest = record.session;
    this.#isOpen = record.kind !== 'end';
    if (record.kind === 'end') this.#ended(record);
  }

  forget(record: JournalRecord): void {
    // The oldest, but where its client has come from several addresses, which are as many users.
    if (this.#records[0] === record) this.#records.shift();
    else this.#records.splice(this.#records.indexOf(record), 1);
    this.#forgotten = laterOf(this.#forgotten, markOf(record));
    if (!isRefusal(record)) return;
    // What was refused concerns all that was published until the session ended.
    if (this.#isOpen && record.session === this.#latest) this.#hasForgottenRefusal = true;
    else if (this.#lastEnd) this.#forgotten = laterOf(this.#forgotten, markOf(this.#lastEnd));
  }

  #ended(record: EndRecord): void {
    this.#lastEnd = record;
    if (this.#hasForgottenRefusal) this.#forgotten = laterOf(this.#forgotten, markOf(record));
    this.#hasForgottenRefusal = false;
  }
}

function isRefusal(record: JournalRecord): boolean {
  return record.kind === 'refusal' || (record.kind === 'span' && record.span.end === 'forbidden');
}
