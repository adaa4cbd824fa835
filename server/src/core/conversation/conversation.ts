import {
  CLOSE,
  type ClientMessage,
  type HelloBody,
  PROTOCOL,
  type ServerMessage,
  type SubscribeBody,
  TIMES,
  ZerospanError,
} from '@zerospan/shared';
import type { Access } from '../access/access.ts';
import { ask } from '../access/ask.ts';
import type { Identity, Visitor } from '../access/gate.ts';
import { Opening } from '../access/opened.ts';
import { saidOf } from '../said.ts';
import type { Lost } from '../session/gaps.ts';
import type { Link } from '../session/link.ts';
import type { Session } from '../session/session.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Close, turnedAway } from './closing.ts';
import { Credentials, type Holder } from './credentials.ts';
import { type Entrant, entrantOf, holdFilters, isCrowded, lostBefore, welcome } from './entrance.ts';
import type { Incoming } from './incoming.ts';
import { Requests } from './requests.ts';

export type { Incoming } from './incoming.ts';

type State =
  | { readonly kind: 'waiting'; readonly giveUp: () => void }
  /** It has said hello, and is not let in yet. */
  | { readonly kind: 'entering'; readonly giveUp: () => void }
  | (Open & { readonly kind: 'open' })
  | { readonly kind: 'closed' };

interface Open {
  readonly clientKey: string;
  readonly session: Session;
  readonly requests: Requests;
  /** Made when there is something to them: a token that ends, or a fresh one. Many sessions never have either. */
  credentials: Credentials | undefined;
}

/** One client's side of the protocol, from its first byte to its last: `hello`, then whatever it asks, and the beat. */
export class Conversation implements Holder {
  readonly id: string;
  readonly #bus: Surroundings;
  readonly #link: Link;
  readonly #address: string;
  #state: State;
  /** Whose connection it is, once that is known. */
  #subject: string | undefined;
  /** The same, so that it can be revoked; undefined where nobody is asked: there may be tens of thousands. */
  #opening: Opening<Conversation> | undefined;
  #faults = 0;
  #sinceBeatMs = 0;
  #sinceLifeMs = 0;

  /** @param whose its id, and where its client connects from */
  constructor(whose: { readonly id: string; readonly address: string }, link: Link, bus: Surroundings) {
    this.id = whose.id;
    this.#address = whose.address;
    this.#link = link;
    this.#bus = bus;
    const tooLate = () => this.fail(new ZerospanError('hello-timeout'), CLOSE.helloTimeout);
    this.#state = { kind: 'waiting', giveUp: bus.clock.later(bus.bounds.helloMs, tooLate) };
  }

  get session(): Session | undefined {
    return this.#state.kind === 'open' ? this.#state.session : undefined;
  }

  receive(incoming: Incoming): void {
    const state = this.#state;
    switch (state.kind) {
      case 'waiting':
        state.giveUp();
        this.#firstMessage(incoming);
        return;
      case 'entering':
        // Nothing is kept for one that has not been let in.
        this.#unheard(new ZerospanError('bad-message', 'Nothing comes between hello and welcome.'));
        return;
      case 'open':
        if (incoming.kind === 'fault') this.#fault(incoming, state.requests);
        else this.#request(incoming.message, incoming.payload, state);
        return;
      case 'closed':
        return;
    }
  }

  roomAgain(): void {
    this.session?.roomAgain();
  }

  closed(): void {
    this.#leave();
    this.#bus.left(this);
  }

  /** Its client has said hello on a newer connection. */
  replaced(): void {
    this.close(CLOSE.replaced);
  }

  renewed(access: Access): void {
    if (this.#state.kind !== 'open') return;
    const { requests, credentials } = this.#state;
    this.#openedBy(access.identity);
    requests.allow(access, () =>
      this.#say({ authorized: { expiresInMs: credentials?.expiresInMs ?? null } }),
    );
  }

  /** It is not let in, or may not stay. */
  turnAway(error: unknown): void {
    if (this.#state.kind === 'closed') return;
    const { fault, close } = turnedAway(error);
    if (fault) this.#error(fault);
    else this.#bus.reports.failed(error, 'gate');
    this.close(close);
  }

  /**
   * Tells the client when to come back, behind everything that it wants: who reads this has read all. One that has not
   * said hello is told by the close.
   */
  drain(comeBackMs: number): void {
    if (this.#state.kind !== 'open') return;
    const { clock } = this.#bus;
    const slotMs = clock.elapsed() + comeBackMs;
    this.#state.session.whenAtHead(() => {
      this.#say({ draining: { comeBackMs: Math.max(slotMs - clock.elapsed(), 0) } });
    });
  }

  /** Ends it from this side: says why, and closes. */
  fail(fault: ZerospanError, close: Close): void {
    if (this.#state.kind === 'closed') return;
    this.#error(fault);
    this.close(close);
  }

  /** Ends it from this side: nothing that still comes is looked at. The link tells when it is closed. */
  close({ code, meaning }: Close): void {
    this.#leave();
    this.#link.close(code, meaning);
  }

  /**
   * Called every few seconds: sends the beat when it is due, and finds a link that is dead. Time is counted, not read
   * from a clock, which may be set.
   */
  pulse(passedMs: number): void {
    this.#sinceBeatMs += passedMs;
    const open = this.#state.kind === 'open' ? this.#state : undefined;
    // One that is not read because it puts too fast cannot be heard.
    const isAlive = this.#link.alive() || open?.requests.isHeld;
    this.#sinceLifeMs = isAlive ? 0 : this.#sinceLifeMs + passedMs;
    if (this.#sinceLifeMs >= TIMES.silenceMs) {
      this.close(CLOSE.silent);
      return;
    }
    open?.credentials?.look();
    if (!open || this.#sinceBeatMs < TIMES.beatMs) return;
    this.#sinceBeatMs = 0;
    this.#link.ping();
    open.session.look();
    this.#say({ beat: { offset: open.session.cursor, retrySpreadMs: this.#bus.retrySpreadMs } });
  }

  #firstMessage(incoming: Incoming): void {
    if (incoming.kind === 'fault')
      this.fail(new ZerospanError('bad-hello', incoming.fault.message), CLOSE.badHello);
    else if (!('hello' in incoming.message)) this.fail(new ZerospanError('bad-hello'), CLOSE.badHello);
    else if (incoming.message.hello.protocol !== PROTOCOL) {
      const spoken = JSON.stringify(incoming.message.hello.protocol);
      this.fail(
        new ZerospanError('bad-hello', `This server speaks ${PROTOCOL}, not ${spoken}.`),
        CLOSE.badHello,
      );
    } else this.#hello(incoming.message.hello, incoming.badSubscriptions);
  }

  #hello(hello: HelloBody, bad: ReadonlyMap<SubscribeBody, ZerospanError> | undefined): void {
    const { gate, clock } = this.#bus;
    const visitor: Visitor = { session: this.id, client: hello.client, address: this.#address };
    const entering: State = { kind: 'entering', giveUp: () => {} };
    this.#state = entering;
    const giveUp = ask(gate, clock, hello.token, visitor, {
      admitted: (identity) => this.#admitted(entrantOf(identity, visitor, hello, bad, this.#bus)),
      turnedAway: (error) => this.turnAway(error),
    });
    if (this.#state === entering) this.#state = { kind: 'entering', giveUp };
  }

  /** From here on it counts as one of its subject's, and can be revoked. */
  #admitted(entrant: Entrant): void {
    const { identity } = entrant.access;
    this.#subject = identity.subject;
    if (identity.subject !== undefined && isCrowded(identity.subject, entrant.clientKey, this.#bus)) {
      this.turnAway(new ZerospanError('too-many-connections'));
      return;
    }
    this.#openedBy(identity);
    const lost = lostBefore(entrant, this.#bus, () => this.#state.kind !== 'entering');
    if (!lost) {
      this.#enter(entrant, []);
      return;
    }
    this.#state = { kind: 'entering', giveUp: holdFilters(entrant) };
    lost.then((found) => this.#enter(entrant, found)).catch((error: unknown) => this.turnAway(error));
  }

  #openedBy(identity: Identity): void {
    if (identity.subject === undefined && identity.token === undefined) return;
    this.#opening ??= new Opening(this, this.#bus);
    this.#opening.by(identity);
  }

  /** All of it in one turn: only who is let in takes another's place. */
  #enter(entrant: Entrant, lost: readonly Lost[]): void {
    if (this.#state.kind !== 'entering') return;
    const { clients } = this.#bus;
    const { clientKey, access, hello, visitor } = entrant;
    if (!clients.enter(clientKey, this, hello.connection ?? 0)) {
      this.close(CLOSE.replaced);
      return;
    }
    const session = welcome(entrant, lost, this.#link, this.#bus);
    const requests = new Requests(entrant, session, this.#bus, this.#link);
    const isEndless = access.identity.expiresMs === undefined;
    const credentials = isEndless ? undefined : new Credentials(access, visitor, this.#bus, this);
    this.#state = { kind: 'open', clientKey, session, requests, credentials };
    credentials?.look();
  }

  #request(message: ClientMessage, payload: Uint8Array | undefined, open: Open): void {
    const { requests } = open;
    if ('put' in message) requests.put(message.put, payload);
    else if ('ack' in message) requests.ack(message.ack);
    else if ('subscribe' in message) requests.subscribe(message.subscribe);
    else if ('unsubscribe' in message) requests.unsubscribe(message.unsubscribe);
    else if ('ping' in message) this.#say({ pong: { id: message.ping.id } });
    else if ('auth' in message) {
      const { access, visitor } = requests.asker;
      open.credentials ??= new Credentials(access, visitor, this.#bus, this);
      if (open.credentials.renew(message.auth.token)) return;
      this.#unheard(new ZerospanError('bad-message', 'The auth before has not been answered yet.'));
    } else this.#unheard(new ZerospanError('bad-message', 'hello comes once, as the first message.'));
  }

  #fault({ fault, put, subscription }: Incoming & { kind: 'fault' }, requests: Requests): void {
    if (put !== undefined) requests.refuse(fault, { put });
    else if (subscription !== undefined) requests.refuse(fault, { subscription });
    else this.#unheard(fault);
  }

  /** What came is not acted on. So many of these, and the client is not to come back. */
  #unheard(fault: ZerospanError): void {
    this.#error(fault);
    if (++this.#faults >= this.#bus.limits.faults) this.close(CLOSE.badMessage);
  }

  /** The session ends; who still has to answer for it waits for the client to come back. */
  #leave(): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#opening?.end();
    if (state.kind === 'waiting' || state.kind === 'entering') state.giveUp();
    if (state.kind !== 'open') return;
    const { clientKey, session, requests, credentials } = state;
    const { clients, receipts } = this.#bus;
    credentials?.stop();
    requests.end();
    clients.leave(clientKey, this);
    if (session.witnesses) receipts.left(clientKey, session.witnesses);
    session.closed();
  }

  #error(fault: ZerospanError): void {
    this.#bus.reports.refused(fault, { session: this.id, address: this.#address, subject: this.#subject });
    this.#say({ error: saidOf(fault) });
  }

  #say(message: ServerMessage): void {
    this.#link.say(message);
  }
}
