import {
  CLOSE,
  type Clock,
  type HelloBody,
  PROTOCOL,
  type SubscribeBody,
  TIMES,
  ZerospanError,
} from '@zerospan/shared';
import type { Access } from '../access/access.ts';
import { ask } from '../access/ask.ts';
import type { AccessBounds } from '../access/bounds.ts';
import { type ConnectionIndexes, IndexedConnection } from '../access/connection-index.ts';
import type { Gate, Identity, Visitor } from '../access/gate.ts';
import { Requester } from '../access/requester.ts';
import type { Close, Connection } from '../connections.ts';
import { type Reports, saidOf } from '../reports.ts';
import type { Lost } from '../session/gaps.ts';
import type { Link } from '../session/link.ts';
import type { Session } from '../session/session.ts';
import { type OpeningBus, SessionOpening } from '../subscribing/session-opening.ts';
import type { Clients } from './clients.ts';
import { badHelloOf, rejectionOf } from './closing.ts';
import type { Incoming } from './incoming.ts';
import { OpenSession, type OpenSessionBus, type Speaker } from './open-session.ts';
import { sayWelcome, type WelcomeBus } from './welcome.ts';

export type { Incoming } from './incoming.ts';

/** What a conversation uses of the bus. */
export type ConversationBus = OpeningBus &
  OpenSessionBus &
  WelcomeBus & {
    readonly clock: Clock;
    readonly gate: Gate;
    readonly bounds: Pick<AccessBounds, 'helloMs' | 'connectionsPerUser'>;
    readonly limits: { readonly faults: number };
    readonly clients: Clients;
    readonly connections: ConnectionIndexes;
    readonly reports: Reports;
    /** For whose share of the server's bounds a client counts. */
    userOf(subject: string | undefined, address: string): string;
    /** Called once for each conversation, when nothing more will come of it. */
    left(conversation: Connection): void;
  };

type State =
  | { readonly kind: 'waiting'; readonly giveUp: () => void }
  /** It has said hello, and is not admitted yet. */
  | { readonly kind: 'entering'; readonly giveUp: () => void }
  | { readonly kind: 'open'; readonly clientKey: string; readonly open: OpenSession }
  | { readonly kind: 'closed' };

/** A client that was admitted, while its session is prepared. */
interface Entrant {
  readonly requester: Requester;
  readonly hello: HelloBody;
  readonly opening: SessionOpening;
}

/** One client's side of the protocol, from its first byte to its last: `hello`, an open session, and the heartbeat. */
export class Conversation implements Connection, Speaker {
  readonly id: string;
  readonly #bus: ConversationBus;
  readonly #link: Link;
  /** Without the client's id, until its hello. */
  #visitor: Visitor;
  #state: State;
  /** undefined before it is admitted, and where access control is off. */
  #subject: string | undefined;
  /** undefined where it has neither subject nor token: there may be tens of thousands. */
  #indexed: IndexedConnection | undefined;
  #faults = 0;
  #sinceBeatMs = 0;
  #sinceLifeMs = 0;

  /** @param visitor whose id is not known yet */
  constructor(visitor: Visitor, link: Link, bus: ConversationBus) {
    this.id = visitor.session;
    this.#visitor = visitor;
    this.#link = link;
    this.#bus = bus;
    const tooLate = () => this.fail(new ZerospanError('hello-timeout'), CLOSE.helloTimeout);
    this.#state = { kind: 'waiting', giveUp: bus.clock.later(bus.bounds.helloMs, tooLate) };
  }

  get session(): Session | undefined {
    return this.#state.kind === 'open' ? this.#state.open.session : undefined;
  }

  /** Whether its client has said hello. */
  get isGreeted(): boolean {
    return this.#state.kind !== 'waiting';
  }

  receive(incoming: Incoming): void {
    const state = this.#state;
    switch (state.kind) {
      case 'waiting':
        state.giveUp();
        this.#firstMessage(incoming);
        return;
      case 'entering':
        // Nothing is kept for a client that has not been admitted.
        this.unheard(new ZerospanError('bad-message', 'Nothing comes between hello and welcome.'));
        return;
      case 'open':
        if (incoming.kind === 'fault') state.open.refuse(incoming);
        else state.open.take(incoming.message, incoming.payload);
        return;
      case 'closed':
        return;
    }
  }

  roomAgain(): void {
    this.session?.roomAgain();
  }

  closed(code: number | null = null): void {
    this.leave(code, true);
    this.#bus.left(this);
  }

  /** Its client has said hello on a newer connection. */
  replaced(): void {
    this.close(CLOSE.replaced);
  }

  renewed(access: Access): void {
    if (this.#state.kind !== 'open') return;
    this.#openedBy(access.identity);
    this.#state.open.renewed(access);
  }

  /** It is not admitted, or may not stay. */
  reject(error: unknown): void {
    if (this.#state.kind === 'closed') return;
    const { fault, close } = rejectionOf(error);
    if (fault) this.#error(fault);
    else this.#bus.reports.failed(error, 'gate');
    this.close(close);
  }

  /** A client that has not said hello learns of it by the close: one that reads `draining` has read everything. */
  drain(comeBackMs: number): void {
    if (this.#state.kind !== 'open') return;
    const { clock } = this.#bus;
    const slotMs = clock.elapsed() + comeBackMs;
    this.#state.open.session.whenAtHead(() => {
      this.#link.say({ draining: { comeBackMs: Math.max(slotMs - clock.elapsed(), 0) } });
    });
  }

  /** Ends it from this side: says why, and closes. */
  fail(fault: ZerospanError, close: Close): void {
    if (this.#state.kind === 'closed') return;
    this.#error(fault);
    this.close(close);
  }

  /** The server fails at its session, and not its client: that one may reconnect. */
  failed(error: unknown): void {
    if (this.#state.kind === 'closed') return;
    this.#bus.reports.failed(error);
    this.close(CLOSE.failed);
  }

  /** Ends it from this side: what still comes is ignored. The link reports when it is closed. */
  close({ code, meaning }: Close): void {
    this.leave(code);
    this.#link.close(code, meaning);
  }

  /** A message that the server does not act on. With `limits.faults` of these, the client is not to come back. */
  unheard(fault: ZerospanError): void {
    this.#error(fault);
    if (++this.#faults >= this.#bus.limits.faults) this.close(CLOSE.badMessage);
  }

  /**
   * Called every few seconds: sends the beat when it is due, and finds a link that is dead. Time is counted, not read
   * from a clock, which may be set.
   */
  pulse(passedMs: number): void {
    this.#sinceBeatMs += passedMs;
    const open = this.#state.kind === 'open' ? this.#state.open : undefined;
    // One that is not read because it puts too fast cannot be heard.
    const isAlive = this.#link.alive() || open?.isHeld;
    this.#sinceLifeMs = isAlive ? 0 : this.#sinceLifeMs + passedMs;
    if (this.#sinceLifeMs >= TIMES.silenceMs) {
      this.close(CLOSE.silent);
      return;
    }
    open?.check();
    if (!open || this.#sinceBeatMs < TIMES.beatMs) return;
    this.#sinceBeatMs = 0;
    this.#link.ping();
    const { writer, cursor } = open.session;
    writer.check();
    writer.beat(cursor);
  }

  #firstMessage(incoming: Incoming): void {
    if (incoming.kind === 'fault') this.fail(badHelloOf(incoming.fault), CLOSE.badHello);
    else if (!('hello' in incoming.message)) this.fail(new ZerospanError('bad-hello'), CLOSE.badHello);
    else if (incoming.message.hello.protocol !== PROTOCOL) {
      const spoken = JSON.stringify(incoming.message.hello.protocol);
      const reason = `This server speaks ${PROTOCOL}, not ${spoken}.`;
      this.fail(new ZerospanError('bad-hello', reason), CLOSE.badHello);
    } else this.#hello(incoming.message.hello, incoming.badSubscriptions);
  }

  #hello(hello: HelloBody, unread: ReadonlyMap<SubscribeBody, ZerospanError> | undefined): void {
    const { gate, clock } = this.#bus;
    this.#visitor = { ...this.#visitor, client: hello.client };
    const entering: State = { kind: 'entering', giveUp: () => {} };
    this.#state = entering;
    const giveUp = ask(gate, clock, hello.token, this.#visitor, {
      admitted: (identity) => this.#admitted(identity, hello, unread),
      rejected: (error) => this.reject(error),
    });
    if (this.#state === entering) this.#state = { kind: 'entering', giveUp };
  }

  /** From here on it counts as one of its subject's, and can be revoked. */
  #admitted(
    identity: Identity,
    hello: HelloBody,
    unread: ReadonlyMap<SubscribeBody, ZerospanError> | undefined,
  ): void {
    const bus = this.#bus;
    const user = bus.userOf(identity.subject, this.#visitor.address);
    const requester = new Requester(identity, this.#visitor, user, hello.name);
    this.#subject = identity.subject;
    const { clientKey, subject } = requester;
    // One that takes the place of another of the same client makes no crowd larger.
    const freed = bus.clients.freedBy(clientKey);
    if (!bus.connections.subjects.hasRoom(subject, bus.bounds.connectionsPerUser, freed)) {
      this.reject(new ZerospanError('too-many-connections'));
      return;
    }
    this.#openedBy(identity);
    const { subscriptions = [], epoch, acks } = hello;
    const freedFilters = bus.clients.filtersOf(clientKey, requester.user);
    const opening = new SessionOpening(requester, { subscriptions, unread, epoch, acks }, bus, freedFilters);
    const entrant = { requester, hello, opening };
    const lost = opening.lostBefore();
    if (!lost) {
      this.#enter(entrant, []);
      return;
    }
    this.#state = { kind: 'entering', giveUp: () => opening.giveUp() };
    lost.then((found) => this.#enter(entrant, found)).catch((error: unknown) => this.failed(error));
  }

  #openedBy(identity: Identity): void {
    if (identity.subject === undefined && identity.token === undefined) return;
    this.#indexed ??= new IndexedConnection(this, this.#bus.connections);
    this.#indexed.by(identity);
  }

  /** All of it in one turn: only a client that is admitted takes another's place. */
  #enter({ requester, hello, opening }: Entrant, lost: readonly Lost[]): void {
    if (this.#state.kind !== 'entering') return;
    const { clients } = this.#bus;
    const { clientKey } = requester;
    if (!clients.enter(clientKey, this, hello.connection ?? 0)) {
      this.close(CLOSE.replaced);
      return;
    }
    const link = this.#link;
    const session = opening.begin(link, lost, (greeting) =>
      sayWelcome(link, requester, opening.results, greeting, this.#bus),
    );
    const open = new OpenSession(requester, session, link, this.#bus, this);
    this.#state = { kind: 'open', clientKey, open };
    if (this.#bus.logAway) session.writer.beat(session.cursor);
    open.check();
  }

  /** Its session ends, and nothing of it is written any more. The link stays open until it is closed. */
  leave(code: number | null = null, isGone = false): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#indexed?.end();
    if (state.kind === 'waiting' || state.kind === 'entering') state.giveUp();
    if (state.kind !== 'open') return;
    this.#bus.clients.leave(state.clientKey, this);
    state.open.end(code, isGone);
  }

  #error(fault: ZerospanError): void {
    const { address } = this.#visitor;
    this.#bus.reports.refused(fault, { session: this.id, address, subject: this.#subject });
    this.#link.say({ error: saidOf(fault) });
  }
}
