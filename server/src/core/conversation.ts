import {
  CLOSE,
  type ClientMessage,
  type Code,
  type HelloBody,
  LIMITS,
  PROTOCOL,
  type PutBody,
  type ServerMessage,
  type SubscribeBody,
  TIMES,
  type UnsubscribeBody,
  ZerospanError,
} from '@zerospan/shared';
import { controlFrame } from './frame.ts';
import { filtersOf, greet, isOfOtherLog, replayOf, restartGap, type Wish } from './greeting.ts';
import type { Hub } from './hub.ts';
import type { Link } from './link.ts';
import type { PutOutcome } from './puts.ts';
import { Session } from './session.ts';
import { Subscription } from './subscription.ts';

/** What came from a client, as far as it could be read. */
export type Incoming =
  | { readonly kind: 'message'; readonly message: ClientMessage; readonly payload: Uint8Array | undefined }
  /** It could not: why, and which put or subscription it was, where that could be read. */
  | { readonly kind: 'fault'; readonly fault: ZerospanError; readonly put?: number; readonly subscription?: number };

/** A client that breaks the protocol this often is closed for good. */
const FAULTS = 16;

type State =
  | { readonly kind: 'waiting'; readonly giveUp: () => void }
  | { readonly kind: 'greeting' }
  | { readonly kind: 'open'; readonly session: Session }
  | { readonly kind: 'closed' };

/** One client's side of the protocol, from its first byte to its last: `hello`, then whatever it asks, each answered. */
export class Conversation {
  readonly id: string;
  readonly #hub: Hub;
  readonly #link: Link;
  #state: State;
  #faults = 0;
  #putAnswers: Promise<void> = Promise.resolve();
  #beatAtMs: number;
  #lifeAtMs: number;

  constructor(id: string, link: Link, hub: Hub) {
    this.id = id;
    this.#link = link;
    this.#hub = hub;
    this.#beatAtMs = this.#lifeAtMs = hub.clock.now();
    this.#state = { kind: 'waiting', giveUp: hub.clock.later(TIMES.helloMs, () => this.#fail('hello-timeout', CLOSE.helloTimeout)) };
  }

  get session(): Session | undefined {
    return this.#state.kind === 'open' ? this.#state.session : undefined;
  }

  receive(incoming: Incoming): void {
    switch (this.#state.kind) {
      case 'waiting':
        this.#firstMessage(incoming, this.#state.giveUp);
        return;
      case 'greeting':
        // The protocol lets a client say nothing between hello and welcome, so nothing has to be kept for later here.
        this.#fault({ ...incoming, kind: 'fault', fault: new ZerospanError('bad-message', 'Wait for welcome before anything else.') });
        return;
      case 'open':
        this.#handle(incoming, this.#state.session);
        return;
      case 'closed':
        return;
    }
  }

  roomAgain(): void {
    this.session?.roomAgain();
  }

  closed(): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    if (state.kind === 'waiting') state.giveUp();
    if (state.kind === 'open') state.session.closed();
    this.#hub.leave(this);
  }

  /** Ends it from this side. The link tells when it is closed. */
  close(close: { readonly code: number; readonly meaning: string }): void {
    this.#link.close(close.code, close.meaning);
  }

  /** Called every few seconds: sends the beat when it is due, and finds a link that is dead. */
  pulse(nowMs: number): void {
    if (this.#link.alive()) this.#lifeAtMs = nowMs;
    else if (nowMs - this.#lifeAtMs >= TIMES.silenceMs) return this.close(CLOSE.silent);
    if (this.#state.kind !== 'open' || nowMs - this.#beatAtMs < TIMES.beatMs) return;
    this.#beatAtMs = nowMs;
    this.#link.ping();
    this.#say({ beat: { offset: this.#state.session.cursor } });
  }

  #firstMessage(incoming: Incoming, giveUp: () => void): void {
    giveUp();
    const hello = incoming.kind === 'message' && 'hello' in incoming.message ? incoming.message.hello : undefined;
    if (!hello) return this.#fail('bad-hello', CLOSE.badHello, incoming.kind === 'fault' ? incoming.fault.message : undefined);
    if (hello.protocol !== PROTOCOL) {
      return this.#fail('bad-hello', CLOSE.badHello, `This server speaks ${PROTOCOL}, not ${JSON.stringify(hello.protocol)}.`);
    }
    this.#state = { kind: 'greeting' };
    this.#hello(hello).catch((error: unknown) => {
      this.#hub.onFailure(error);
      this.close(CLOSE.failed);
    });
  }

  async #hello(hello: HelloBody): Promise<void> {
    const { log, fanout } = this.#hub;
    const refusals: ServerMessage[] = [];
    const wishes = this.#wishes(hello, refusals);
    const greeting = await greet(log, fanout.head, hello.epoch, wishes);
    if (this.#state.kind !== 'greeting') return;
    this.#say({
      welcome: {
        session: this.id,
        epoch: log.epoch,
        resumed: greeting.resumed,
        from: greeting.resumed ? greeting.cursor : null,
        head: fanout.head,
        beatMs: TIMES.beatMs,
        silenceMs: TIMES.silenceMs,
        retrySpreadMs: this.#hub.retrySpreadMs,
        limits: LIMITS,
      },
    });
    for (const refusal of refusals) this.#say(refusal);
    for (const { id, after, replay } of greeting.subscriptions) {
      this.#say({ subscribed: { id, offset: after, replaying: replay !== undefined } });
    }
    for (const gap of greeting.gaps) {
      this.#say({ gap });
      this.#hub.onGap(gap.reason);
    }
    this.#state = { kind: 'open', session: new Session(this.#link, this.#hub, greeting.subscriptions, greeting.cursor) };
  }

  /** The subscriptions of a hello that are good; for each of the others, a refusal. */
  #wishes(hello: HelloBody, refusals: ServerMessage[]): Wish[] {
    const wishes: Wish[] = [];
    const ids = new Set<number>();
    for (const body of hello.subscriptions ?? []) {
      try {
        this.#checkId(body.id, ids);
        wishes.push({ ...body, filter: filtersOf(body) });
        ids.add(body.id);
      } catch (error) {
        refusals.push(this.#refusal(error, { subscription: body.id }));
      }
    }
    return wishes;
  }

  #handle(incoming: Incoming, session: Session): void {
    if (incoming.kind === 'fault') return this.#fault(incoming);
    const { message, payload } = incoming;
    if ('put' in message) this.#put(message.put, payload);
    else if ('subscribe' in message) void this.#subscribe(message.subscribe, session);
    else if ('unsubscribe' in message) this.#unsubscribe(message.unsubscribe, session);
    else this.#fault({ kind: 'fault', fault: new ZerospanError('bad-message', 'hello comes once, as the first message.') });
  }

  #put({ id, channels }: PutBody, payload: Uint8Array | undefined): void {
    this.#answerPut(id, this.#hub.puts.put(channels, payload));
  }

  /** Puts are answered in the order in which they came, whichever of them the log answers first. */
  #answerPut(id: number, outcome: Promise<PutOutcome>): void {
    const answer = outcome.then(
      ({ time, channels }) => ({ accepted: { put: id, time, channels } }),
      (error: unknown) => this.#refusal(error, { put: id }),
    );
    this.#putAnswers = this.#putAnswers.then(async () => this.#say(await answer));
  }

  async #subscribe(body: SubscribeBody, session: Session): Promise<void> {
    try {
      this.#checkId(body.id, session.subscriptions);
      const filter = filtersOf(body);
      const { log, fanout } = this.#hub;
      const head = fanout.head;
      // Only a replay may need to wait for the log; without one the answer leaves in this very turn.
      const replay = body.replay && (await replayOf(log, head, body.replay));
      const subscription = new Subscription(body.id, filter, fanout.head, replay);
      this.#checkId(body.id, session.subscriptions);
      if (this.#state.kind !== 'open') return;
      this.#say({ subscribed: { id: body.id, offset: subscription.after, replaying: replay !== undefined } });
      if (body.replay && isOfOtherLog(log, body.replay)) {
        this.#say({ gap: restartGap(body.id, body.replay.since.epoch, body.replay.since.offset) });
        this.#hub.onGap('restart');
      }
      session.subscribe(subscription);
    } catch (error) {
      this.#say(this.#refusal(error, { subscription: body.id }));
    }
  }

  #unsubscribe(body: UnsubscribeBody, session: Session): void {
    const { id, channels, prefixes } = body;
    if (!session.subscriptions.has(id)) {
      return this.#say(this.#refusal(new ZerospanError('bad-id', `There is no subscription ${id}.`), { subscription: id }));
    }
    session.unsubscribe(id, channels || prefixes ? { channels: channels ?? [], prefixes: prefixes ?? [] } : undefined);
    this.#say({ unsubscribed: { id } });
  }

  #checkId(id: number, taken: { has(id: number): boolean; readonly size: number }): void {
    if (taken.has(id)) throw new ZerospanError('bad-id', `Subscription ${id} is in use.`);
    if (taken.size >= LIMITS.subscriptions) throw new ZerospanError('too-many-subscriptions');
  }

  #fault({ fault, put, subscription }: Incoming & { kind: 'fault' }): void {
    if (put !== undefined) return this.#answerPut(put, Promise.reject(fault));
    if (subscription !== undefined) return this.#say(this.#refusal(fault, { subscription }));
    this.#hub.refused(fault.code);
    this.#say({ error: { code: fault.code, reason: fault.message, remedy: fault.remedy } });
    if (++this.#faults >= FAULTS) this.close(CLOSE.badMessage);
  }

  #refusal(error: unknown, what: { put: number } | { subscription: number }): ServerMessage {
    if (!(error instanceof ZerospanError)) this.#hub.onFailure(error);
    const fault = error instanceof ZerospanError ? error : new ZerospanError('log-failed', undefined, { cause: error });
    if (fault.cause !== undefined && fault.code === 'log-failed') this.#hub.onFailure(fault.cause);
    this.#hub.refused(fault.code);
    return { refused: { ...what, code: fault.code, reason: fault.message, remedy: fault.remedy } };
  }

  #fail(code: Code, close: { readonly code: number; readonly meaning: string }, reason?: string): void {
    const fault = new ZerospanError(code, reason);
    this.#hub.refused(code);
    this.#say({ error: { code, reason: fault.message, remedy: fault.remedy } });
    this.close(close);
  }

  #say(message: ServerMessage): void {
    this.#link.send(controlFrame(message));
  }
}
