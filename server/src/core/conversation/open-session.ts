import { type ClientMessage, type PutBody, ZerospanError } from '@zerospan/shared';
import type { Access } from '../access/access.ts';
import type { Requester } from '../access/requester.ts';
import type { Log } from '../log/log.ts';
import { type PacingBus, RequestSource } from '../pacing/request-source.ts';
import { numberedPutKey } from '../putting/put-key.ts';
import { Putter, type PuttingBus } from '../putting/putter.ts';
import type { Receipts } from '../receipts/receipts.ts';
import type { Link } from '../session/link.ts';
import type { Session } from '../session/session.ts';
import { Subscriber, type SubscribingBus } from '../subscribing/subscriber.ts';
import { isForGood } from './closing.ts';
import { Credentials, type CredentialsBus, type Holder } from './credentials.ts';
import type { Incoming } from './incoming.ts';
import { PutReplies } from './put-replies.ts';

/** What an open session uses of the bus. */
export type OpenSessionBus = PacingBus &
  PuttingBus &
  SubscribingBus &
  CredentialsBus & {
    readonly log: Pick<Log, 'elapsed'>;
    readonly receipts: Pick<Receipts, 'left' | 'absences'>;
  };

/** The conversation that an open session belongs to. */
export interface Speaker extends Holder {
  /** A message that the server does not act on. */
  unheard(fault: ZerospanError): void;
  /** The server fails at its session, and closes it. */
  failed(error: unknown): void;
}

type Kind = ClientMessage extends infer Message ? (Message extends unknown ? keyof Message : never) : never;
type Body<K extends Kind> = Extract<ClientMessage, Record<K, unknown>>[K];

/** What an open session does with each message: one function for each kind, and none without. */
type Handlers = {
  readonly [K in Kind]: (open: OpenSession, body: Body<K>, payload: Uint8Array | undefined) => void;
};

/** A session between `welcome` and its end: what its client asks for. */
export class OpenSession {
  readonly session: Session;
  readonly #requester: Requester;
  readonly #link: Link;
  readonly #bus: OpenSessionBus;
  readonly #speaker: Speaker;
  /** These three are made with the first request that needs them: many sessions only receive. */
  #source: RequestSource | undefined;
  #subscriber: Subscriber | undefined;
  #putter: Putter | undefined;
  /** Made when there is something to them: a token that ends, or a fresh one. Many sessions never have either. */
  #credentials: Credentials | undefined;

  static readonly #handlers: Handlers = {
    hello: (open) =>
      open.#speaker.unheard(new ZerospanError('bad-message', 'hello comes once, as the first message.')),
    subscribe: (open, body) => open.#subscriptions.subscribe(body),
    unsubscribe: (open, body) => open.#subscriptions.unsubscribe(body),
    put: (open, body, payload) => open.#put(body, payload),
    ack: (open, { offset, bytes }) => open.session.acked(offset, bytes),
    auth: (open, { token }) => open.#renew(token),
    ping: (open, { id }) => open.#link.say({ pong: { id } }),
  };

  constructor(requester: Requester, session: Session, link: Link, bus: OpenSessionBus, speaker: Speaker) {
    this.session = session;
    this.#requester = requester;
    this.#link = link;
    this.#bus = bus;
    this.#speaker = speaker;
    bus.receipts.absences.back(requester.clientKey);
    // What the client's last session took too much is this one's from the first (W14).
    if (bus.debts) this.#source = new RequestSource(link, requester.rateKey, bus);
  }

  /** Whether its link is held, because its client asks for more than it may have yet. */
  get isHeld(): boolean {
    return this.#source?.isHeld ?? false;
  }

  take(message: ClientMessage, payload: Uint8Array | undefined): void {
    // It has one key.
    for (const kind in message) {
      const handle = OpenSession.#handlers[kind as Kind] as Handlers[Kind] | undefined;
      (handle as ((open: OpenSession, body: unknown, payload: Uint8Array | undefined) => void) | undefined)?.(
        this,
        (message as Record<string, unknown>)[kind],
        payload,
      );
      return;
    }
  }

  /** Answers what could not be read, where it is known what it was about. */
  refuse({ fault, put, subscription }: Incoming & { kind: 'fault' }): void {
    if (put !== undefined) this.#puts.refuse(put, fault);
    else if (subscription !== undefined) this.#subscriptions.refuse(subscription, fault);
    else this.#speaker.unheard(fault);
  }

  /** A fresh token has been taken. */
  renewed(access: Access): void {
    this.#subscriptions.allow(access, () =>
      this.#link.say({ authorized: { expiresInMs: this.#credentials?.expiresInMs ?? null } }),
    );
  }

  /** To be called as it begins and every few seconds: a token that has ended ends it. */
  check(): void {
    if (this.#requester.access.identity.expiresMs !== undefined) this.#credentialsOf().check();
    else this.#credentials?.check();
  }

  /** The session ends; what still has to answer for it waits for the client to come back. See `Session.closed`. */
  end(code: number | null, isGone: boolean): void {
    this.#credentials?.stop();
    this.#source?.end();
    const { session } = this;
    const { receipts } = this.#bus;
    if (session.witnesses) receipts.left(this.#requester.clientKey, session.witnesses);
    const filters = session.subscriptions.map(({ filter }) => filter);
    if (!isForGood(code)) receipts.absences.left(this.#requester, filters);
    session.closed(code, isGone);
  }

  get #requests(): RequestSource {
    this.#source ??= new RequestSource(this.#link, this.#requester.rateKey, this.#bus);
    return this.#source;
  }

  get #puts(): Putter {
    this.#putter ??= new Putter(this.#requester, this.#requests, new PutReplies(this.#link), this.#bus);
    return this.#putter;
  }

  get #subscriptions(): Subscriber {
    this.#subscriber ??= new Subscriber(
      this.#requester,
      this.session,
      this.#requests,
      { link: this.#link, failed: (error) => this.#speaker.failed(error) },
      this.#bus,
    );
    return this.#subscriber;
  }

  #put({ id, channels, againMs, confirm }: PutBody, payload: Uint8Array | undefined): void {
    // However long this message was under way: it was sent after the session began.
    const firstSentMs = againMs === undefined ? undefined : this.session.beganMs - againMs;
    const key = numberedPutKey(this.#requester, id, firstSentMs);
    this.#puts.put({ id, key, channels, payload, confirm });
  }

  #renew(token: string): void {
    if (this.#credentialsOf().renew(token)) return;
    this.#speaker.unheard(new ZerospanError('bad-message', 'The auth before has not been answered yet.'));
  }

  #credentialsOf(): Credentials {
    const { access, visitor } = this.#requester;
    this.#credentials ??= new Credentials(access, visitor, this.#bus, this.#speaker);
    return this.#credentials;
  }
}
