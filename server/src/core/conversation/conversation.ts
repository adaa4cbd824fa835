import {
  CLOSE,
  type ClientMessage,
  type HelloBody,
  LIMITS,
  PROTOCOL,
  type ResumeBody,
  type ServerMessage,
  TIMES,
  ZerospanError,
} from '@zerospan/shared';
import { controlFrame } from '../log/frame.ts';
import type { Link } from '../session/link.ts';
import { Session } from '../session/session.ts';
import type { Subscription } from '../session/subscription.ts';
import type { Surroundings } from '../surroundings.ts';
import { filtersOf, greet, type Wish } from './greeting.ts';
import { checkRoom, Requests, refusalOf, subscribedOf } from './requests.ts';

/** What came from a client, as far as it could be read. */
export type Incoming =
  | {
      readonly kind: 'message';
      readonly message: ClientMessage;
      readonly payload: Uint8Array | undefined;
      /** Subscriptions of a hello that are not of the right shape, each with why. */
      readonly badSubscriptions?: ReadonlyMap<ResumeBody, ZerospanError>;
    }
  /** It could not: why, and which put or subscription it was, where that could be read. */
  | {
      readonly kind: 'fault';
      readonly fault: ZerospanError;
      readonly put?: number;
      readonly subscription?: number;
    };

interface Close {
  readonly code: number;
  readonly meaning: string;
}

type State =
  | { readonly kind: 'waiting'; readonly giveUp: () => void }
  | {
      readonly kind: 'open';
      readonly client: string;
      readonly session: Session;
      readonly requests: Requests;
    }
  | { readonly kind: 'closed' };

/** One client's side of the protocol, from its first byte to its last: `hello`, then whatever it asks, and the beat. */
export class Conversation {
  readonly id: string;
  readonly #bus: Surroundings;
  readonly #link: Link;
  #state: State;
  #faults = 0;
  #sinceBeatMs = 0;
  #sinceLifeMs = 0;

  constructor(id: string, link: Link, bus: Surroundings) {
    this.id = id;
    this.#link = link;
    this.#bus = bus;
    const tooLate = () => this.#fail(new ZerospanError('hello-timeout'), CLOSE.helloTimeout);
    this.#state = { kind: 'waiting', giveUp: bus.clock.later(TIMES.helloMs, tooLate) };
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
      case 'open':
        if (incoming.kind === 'fault') this.#fault(incoming, state.requests);
        else this.#request(incoming.message, incoming.payload, state.requests);
        return;
      case 'closed':
        return;
    }
  }

  roomAgain(): void {
    this.session?.roomAgain();
  }

  closed(): void {
    if (this.#state.kind === 'waiting') this.#state.giveUp();
    this.#leave();
    this.#bus.left(this);
  }

  /** Its client has said hello on a newer connection. */
  replaced(): void {
    this.#end(CLOSE.replaced);
  }

  /**
   * Tells the client when to come back, behind everything that it wants: who reads this has read all. One that has not said hello is
   * told by the close.
   */
  drain(comeBackMs: number): void {
    if (this.#state.kind !== 'open') return;
    const { clock } = this.#bus;
    const slotMs = clock.now() + comeBackMs;
    this.#state.session.whenAtHead(() => {
      this.#say({ draining: { comeBackMs: Math.max(slotMs - clock.now(), 0) } });
    });
  }

  /** Ends it from this side. The link tells when it is closed. */
  close({ code, meaning }: Close): void {
    this.#link.close(code, meaning);
  }

  /**
   * Called every few seconds: sends the beat when it is due, and finds a link that is dead. Time is counted, not read from a clock,
   * which may be set.
   */
  pulse(passedMs: number): void {
    this.#sinceBeatMs += passedMs;
    this.#sinceLifeMs = this.#link.alive() ? 0 : this.#sinceLifeMs + passedMs;
    if (this.#sinceLifeMs >= TIMES.silenceMs) {
      this.close(CLOSE.silent);
      return;
    }
    if (this.#state.kind !== 'open' || this.#sinceBeatMs < TIMES.beatMs) return;
    this.#sinceBeatMs = 0;
    this.#link.ping();
    this.#say({ beat: { offset: this.#state.session.cursor, retrySpreadMs: this.#bus.retrySpreadMs } });
  }

  #firstMessage(incoming: Incoming): void {
    if (incoming.kind === 'fault')
      this.#fail(new ZerospanError('bad-hello', incoming.fault.message), CLOSE.badHello);
    else if (!('hello' in incoming.message)) this.#fail(new ZerospanError('bad-hello'), CLOSE.badHello);
    else if (incoming.message.hello.protocol !== PROTOCOL) {
      const spoken = JSON.stringify(incoming.message.hello.protocol);
      this.#fail(
        new ZerospanError('bad-hello', `This server speaks ${PROTOCOL}, not ${spoken}.`),
        CLOSE.badHello,
      );
    } else this.#hello(incoming.message.hello, incoming.badSubscriptions);
  }

  #hello(hello: HelloBody, bad: ReadonlyMap<ResumeBody, ZerospanError> | undefined): void {
    const { log, fanout, receipts, clients } = this.#bus;
    const { client } = hello;
    if (!clients.enter(client, this, hello.connection ?? 0)) {
      this.#end(CLOSE.replaced);
      return;
    }
    const wishes = new Map<ResumeBody, Wish | ZerospanError>();
    const taken = new Map<number, Wish>();
    for (const body of hello.subscriptions ?? []) wishes.set(body, bad?.get(body) ?? wishOf(body, taken));
    const good = [...wishes.values()].filter((wish): wish is Wish => !(wish instanceof ZerospanError));
    const greeting = greet(log, fanout.head, hello.epoch, good);
    this.#say({
      welcome: {
        session: this.id,
        epoch: log.epoch,
        resumed: greeting.resumed,
        from: greeting.cursor,
        head: fanout.head,
        beatMs: TIMES.beatMs,
        silenceMs: TIMES.silenceMs,
        retrySpreadMs: this.#bus.retrySpreadMs,
        limits: LIMITS,
      },
    });
    const subscriptions = greeting.subscriptions[Symbol.iterator]();
    for (const [{ id }, wish] of wishes) {
      if (wish instanceof ZerospanError)
        this.#say({ refused: refusalOf(this.#bus, wish, { subscription: id }) });
      else this.#say({ subscribed: subscribedOf(subscriptions.next().value as Subscription) });
    }
    for (const gap of greeting.gaps) {
      this.#say({ gap });
      this.#bus.onGap(gap.reason);
    }
    const session = new Session(
      this.#link,
      this.#bus,
      greeting.subscriptions,
      greeting.cursor,
      hello.acks ?? false,
    );
    // One that has no position begins at the head: what was put before, it is not given.
    const resuming = greeting.subscriptions.filter((_, i) => good[i]?.after !== undefined);
    if (session.witnesses) receipts.back(client, session.witnesses, resuming);
    const requests = new Requests(client, session, this.#bus, this.#link);
    this.#state = { kind: 'open', client, session, requests };
  }

  #request(message: ClientMessage, payload: Uint8Array | undefined, requests: Requests): void {
    if ('put' in message) requests.put(message.put, payload);
    else if ('ack' in message) requests.ack(message.ack);
    else if ('subscribe' in message) requests.subscribe(message.subscribe);
    else if ('unsubscribe' in message) requests.unsubscribe(message.unsubscribe);
    else {
      const fault = new ZerospanError('bad-message', 'hello comes once, as the first message.');
      this.#fault({ kind: 'fault', fault }, requests);
    }
  }

  #fault({ fault, put, subscription }: Incoming & { kind: 'fault' }, requests: Requests): void {
    if (put !== undefined) requests.refuse(fault, { put });
    else if (subscription !== undefined) requests.refuse(fault, { subscription });
    else {
      this.#error(fault);
      if (++this.#faults >= LIMITS.faults) this.#end(CLOSE.badMessage);
    }
  }

  #fail(fault: ZerospanError, close: Close): void {
    this.#error(fault);
    this.#end(close);
  }

  /** Nothing that still comes is looked at. */
  #end(close: Close): void {
    this.#leave();
    this.close(close);
  }

  /** The session ends; who still has to answer for it waits for the client to come back. */
  #leave(): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    if (state.kind !== 'open') return;
    const { client, session } = state;
    this.#bus.clients.leave(client, this);
    if (session.witnesses) this.#bus.receipts.left(client, session.witnesses);
    session.closed();
  }

  #error({ code, message, remedy }: ZerospanError): void {
    this.#bus.refused(code);
    this.#say({ error: { code, reason: message, remedy } });
  }

  #say(message: ServerMessage): void {
    this.#link.send(controlFrame(message));
  }
}

/** A subscription of hello, checked; `taken` gathers the good ones. */
function wishOf(body: ResumeBody, taken: Map<number, Wish>): Wish | ZerospanError {
  try {
    const wish = { ...body, filter: filtersOf(body) };
    checkRoom(wish, taken);
    taken.set(body.id, wish);
    return wish;
  } catch (error) {
    return error as ZerospanError;
  }
}
