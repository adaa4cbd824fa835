import type { ObservedSession, SessionDetail, SessionOrder, SessionsPage } from '@zerospan/shared';
import type { Requester } from '../access/requester.ts';
import type { Connections } from '../connections.ts';
import type { Session } from '../session/session.ts';
import type { TimeSlicer } from '../time-slicer.ts';
import { Best } from './best.ts';
import { type DescribingBus, detailOf, type EarlierSessions, idOf, observedOf } from './session-detail.ts';

/** What reading sessions uses of the bus. */
export interface SessionsBus extends DescribingBus {
  readonly connections: Pick<Connections, 'all' | 'get' | 'refusalsOf'>;
}

export interface SessionsQuery {
  readonly sort: SessionOrder;
  /** In session, ref, subject, name or address, whatever the case. Empty: all. */
  readonly search: string;
  /** How many sessions stand before the page. */
  readonly skip: number;
  readonly limit: number;
}

/** Sessions that are read between two checks of the clock. */
const PIECE = 32;

/**
 * Sessions as operators see them, read when they are requested. A page reads all of them, in pieces: nothing is kept in
 * order for it, because most servers never receive such a request.
 */
export class ObservedSessions {
  readonly #bus: SessionsBus;
  readonly #journal: EarlierSessions;
  readonly #slicer: Pick<TimeSlicer, 'run'>;

  constructor(bus: SessionsBus, journal: EarlierSessions, slicer: Pick<TimeSlicer, 'run'>) {
    this.#bus = bus;
    this.#journal = journal;
    this.#slicer = slicer;
  }

  page(query: SessionsQuery): Promise<SessionsPage> {
    return this.#slicer.run(this.#page(query));
  }

  /** The session of an id, or the newest with this ref; undefined: none that is open. */
  async detail(idOrRef: string): Promise<SessionDetail | undefined> {
    const session = await this.#find(idOrRef);
    return session && detailOf(session, this.#bus, this.#journal);
  }

  /** The id of the same session. */
  async idOf(idOrRef: string): Promise<string | undefined> {
    const session = await this.#find(idOrRef);
    return session && idOf(session);
  }

  async #find(idOrRef: string): Promise<Session | undefined> {
    return this.#bus.connections.get(idOrRef)?.session ?? (await this.#slicer.run(this.#newestOf(idOrRef)));
  }

  *#page({ sort, search, skip, limit }: SessionsQuery): Generator<void, SessionsPage> {
    const needle = search.toLowerCase();
    const first = new Best<Session>(skip + limit, byAge);
    let total = 0;
    for (const session of this.#open()) {
      if (session === undefined) yield;
      else if (needle === '' || this.#isMeant(session.requester, needle)) {
        total++;
        first.add(this.#keyOf(session, sort), session);
      }
    }
    const sessions: ObservedSession[] = [];
    for (const session of yield* first.take(skip, skip + limit)) {
      sessions.push(observedOf(session, this.#bus));
      if (sessions.length % PIECE === 0) yield;
    }
    return { sessions, total, skip: Math.min(skip, total) };
  }

  *#newestOf(ref: string): Generator<void, Session | undefined> {
    let newest: Session | undefined;
    for (const session of this.#open()) {
      if (session === undefined) yield;
      else if (this.#bus.refs.of(session.requester) === ref && session.beganMs >= (newest?.beganMs ?? 0))
        newest = session;
    }
    return newest;
  }

  /** All that are open; undefined wherever others may have a turn. */
  *#open(): Generator<Session | undefined> {
    let seen = 0;
    for (const { session } of this.#bus.connections.all) {
      if (session) yield session;
      if (++seen % PIECE === 0) yield undefined;
    }
  }

  /** The largest stand first. */
  #keyOf(session: Session, sort: SessionOrder): number {
    switch (sort) {
      case 'lag':
        return this.#bus.fanout.head - session.reached;
      case 'bytes':
        return session.writer.unackedBytes;
      case 'refusals':
        return this.#bus.connections.refusalsOf(idOf(session));
      case 'since':
        return -session.beganMs;
    }
  }

  #isMeant(requester: Requester, needle: string): boolean {
    const { subject = '', name = '', visitor } = requester;
    const has = (text: string): boolean => text.toLowerCase().includes(needle);
    if (has(visitor.session) || has(subject) || has(name) || has(visitor.address)) return true;
    // A hash for each session: only for what may be a part of one.
    return /^[\da-f]{1,16}$/.test(needle) && this.#bus.refs.of(requester).includes(needle);
  }
}

/** Of equal ones the oldest stands first: each is on one page. */
function byAge(a: Session, b: Session): number {
  const [one, other] = [idOf(a), idOf(b)];
  return a.beganMs - b.beganMs || (one < other ? -1 : Number(one > other));
}
