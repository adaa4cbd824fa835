import type { GapBody, SubscribeBody, ZerospanError } from '@zerospan/shared';
import type { Refs } from '../access/refs.ts';
import type { Log } from '../log/log.ts';
import type { NotedClient, SessionEnd, SessionNotes } from '../session/notes.ts';
import { FairQueue } from '../sharing/fair-queue.ts';
import { ClientHistory, laterOf, type Mark, NOWHERE } from './client-history.ts';
import { Eras } from './eras.ts';
import type { GivenOffsets } from './given-offsets.ts';
import {
  bytesOf,
  CLIENT_BYTES,
  type GapCause,
  type JournalRecord,
  type OfSession,
  type Span,
} from './records.ts';

/** What the journal uses of the bus. */
export interface JournalBus {
  readonly log: Pick<Log, 'epoch' | 'now'>;
  /** All that sessions are given lies up to its head. */
  readonly fanout: { readonly head: number };
  readonly refs: Pick<Refs, 'of'>;
  /** Whether a client has a session open. @param key see {@link journalKeyOf} */
  isConnected(key: string): boolean;
}

interface Kept {
  readonly history: ClientHistory;
  readonly record: JournalRecord;
}

/** Longest reason of a refusal that is kept, in characters. */
const REASON_MOST = 300;

/** More filters than this are refused for their number, and not kept. */
const FILTERS_MOST = 1_000;

/** Earlier sessions of a client that are listed. */
const EARLIER_MOST = 20;

/** Before the id of a session in place of a client's key. */
const STREAM = '?';

/** What a client is known by in the journal: without an id, as over HTTP, each of its sessions is a client. */
export function journalKeyOf({ clientKey, visitor }: NotedClient): string {
  return visitor.client === '' ? `${STREAM}${visitor.session}` : `=${clientKey}`;
}

/** The session that is its client by itself, by its key in the journal; undefined: a client has this key. */
export function ownSessionOf(key: string): string | undefined {
  return key.startsWith(STREAM) ? key.slice(STREAM.length) : undefined;
}

/**
 * What ended in sessions, and what was reported to their clients: the newest of it, within a bound that users share.
 * With what sessions have now, it shows what a client was given. It knows what it has forgotten, so that nobody takes
 * silence for an answer.
 */
export class Journal implements SessionNotes {
  readonly mostBytes: number;
  readonly #bus: JournalBus;
  readonly #queue: FairQueue<Kept>;
  readonly #clients = new Map<string, ClientHistory>();
  readonly #eras: Eras;
  #forgotten: Mark;
  #noted = 0;
  #forgottenRecords = 0;

  /** @param mostBytes of all records together. 0: nothing is kept */
  constructor(bus: JournalBus, mostBytes: number) {
    this.#bus = bus;
    this.mostBytes = mostBytes;
    this.#eras = new Eras(bus.log.epoch);
    // What the log held before the server began, clients may have been given before as well.
    this.#forgotten = { ...NOWHERE, era: this.#eras.now, offset: bus.fanout.head, time: bus.log.now() };
    this.#queue = new FairQueue(mostBytes, ({ value }) => this.#gone(value));
  }

  get eras(): Pick<Eras, 'of' | 'now'> {
    return this.#eras;
  }

  /** Whether anything is kept at all. */
  get isKept(): boolean {
    return this.mostBytes > 0;
  }

  get records(): number {
    return this.#queue.count;
  }

  get bytes(): number {
    return this.#queue.weight;
  }

  /** How many records have gone to make room. */
  get forgottenRecords(): number {
    return this.#forgottenRecords;
  }

  /** Of clients without a history, everything up to here may have been forgotten. */
  get forgotten(): Mark {
    return this.#forgotten;
  }

  historyOf(who: NotedClient): ClientHistory | undefined {
    return this.#clients.get(journalKeyOf(who));
  }

  /** The history of a client, by its ref or by the id of one of its sessions. */
  find(refOrSession: string): ClientHistory | undefined {
    for (const history of this.#clients.values()) if (history.ref === refOrSession) return history;
    for (const history of this.#clients.values()) {
      for (const { session } of history.records) if (session === refOrSession) return history;
    }
    return undefined;
  }

  /** Sessions of a client that have ended, the newest first. */
  earlier(ref: string): { session: string; began: number; ended: number; code: number | null }[] {
    const history = [...this.#clients.values()].find((each) => each.ref === ref);
    const ends = [...(history?.records ?? [])].filter((record) => record.kind === 'end');
    return ends
      .slice(-EARLIER_MOST)
      .reverse()
      .map(({ session, began, time: ended, code }) => ({ session, began, ended, code }));
  }

  /** The log is another one, and all sessions have ended. */
  restart(): void {
    this.#eras.begin(this.#bus.log.epoch);
  }

  gap(who: NotedClient, gap: GapBody, cause: GapCause): void {
    if (!('subscriptions' in gap)) return;
    const { reason, epoch, subscriptions, from, to, missed } = gap;
    const lostEra = this.#eras.of(epoch);
    this.#add(who, (of) => ({ kind: 'gap', ...of, cause, reason, lostEra, subscriptions, from, to, missed }));
  }

  span(who: NotedClient, span: Span): void {
    this.#add(who, (of) => ({ kind: 'span', ...of, span }));
  }

  given(who: NotedClient, given: GivenOffsets): void {
    this.#add(who, (of) => ({ kind: 'given', ...of, given }));
  }

  refused(who: NotedClient, subscription: SubscribeBody, { code, message }: ZerospanError): void {
    const { channels = [], prefixes = [], after, replay } = subscription;
    if (code === 'bad-filter' || channels.length + prefixes.length > FILTERS_MOST) return;
    const since = replay && 'since' in replay && this.#eras.of(replay.since.epoch) === this.#eras.now;
    this.#add(who, (of) => ({
      kind: 'refusal',
      ...of,
      code,
      reason: message.slice(0, REASON_MOST),
      filter: { channels, prefixes },
      after: Math.min(after ?? (since ? replay.since.offset : of.head), of.head),
    }));
  }

  ended(who: NotedClient, { began, ...end }: SessionEnd): void {
    const { time, beganAt, resumed } = began;
    this.#add(who, (of) => ({ kind: 'end', ...of, ...end, began: time, beganAt, resumed }));
  }

  #add(who: NotedClient, make: (of: OfSession) => JournalRecord): void {
    if (!this.isKept) return;
    const { log, fanout, refs } = this.#bus;
    const key = journalKeyOf(who);
    let history = this.#clients.get(key);
    if (!history) {
      history = new ClientHistory(key, refs.of(who));
      this.#clients.set(key, history);
    }
    const { session } = who.visitor;
    const record = make({
      session,
      order: ++this.#noted,
      time: log.now(),
      head: fanout.head,
      era: this.#eras.now,
    });
    history.add(record);
    const bytes = bytesOf(record) + (history.records.length === 1 ? CLIENT_BYTES : 0);
    this.#queue.add(who.user, bytes, { history, record });
    this.#queue.makeRoom(who.user);
  }

  #gone({ history, record }: Kept): void {
    this.#forgottenRecords++;
    history.forget(record);
    if (history.records.length > 0 || this.#bus.isConnected(history.key)) return;
    this.#forgotten = laterOf(this.#forgotten, history.forgotten);
    this.#clients.delete(history.key);
  }
}
