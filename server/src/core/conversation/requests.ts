import {
  type AcceptedBody,
  type AckBody,
  type FilterSet,
  filterCount,
  type PutBody,
  putCost,
  type RefusedBody,
  type ServerMessage,
  type SubscribeBody,
  type UnsubscribeBody,
  ZerospanError,
} from '@zerospan/shared';
import type { Access } from '../access/access.ts';
import type { Visitor } from '../access/gate.ts';
import { rateKeyOf } from '../access/keys.ts';
import { RequestSource } from '../pacing/request-source.ts';
import type { PutOutcome } from '../putting/puts.ts';
import type { Link } from '../session/link.ts';
import type { Session } from '../session/session.ts';
import { Subscription } from '../session/subscription.ts';
import type { Surroundings } from '../surroundings.ts';
import { filtersOf, isOfOtherLog, replayedOf, replayOf, restartGap, resumesAt, startOf } from './greeting.ts';
import { type Asker, checkRoom, checkUser, refusalOf, subscribedOf } from './replies.ts';

/** So many filters of a session make each change of them count as one put more. */
const FILTERS_A_PUT = 100;

/** What an open session asks for, each answered on its link: accepted, subscribed, unsubscribed, or refused. */
export class Requests {
  readonly #clientKey: string;
  readonly #visitor: Visitor;
  readonly #session: Session;
  readonly #bus: Surroundings;
  readonly #link: Link;
  readonly #beganMs: number;
  /** For whose share of the server's bounds it counts. */
  readonly #user: string;
  readonly #source: RequestSource;
  #access: Access;
  /** Made with the first put: many never put anything. */
  #putAnswers: Promise<void> | undefined;
  /** Puts that wait to be told who got them. */
  #confirms = 0;

  /** @param who with what the client is known by, the same over all its connections */
  constructor(
    who: Asker & { readonly clientKey: string; readonly user: string },
    session: Session,
    bus: Surroundings,
    link: Link,
  ) {
    this.#clientKey = who.clientKey;
    this.#visitor = who.visitor;
    this.#access = who.access;
    this.#session = session;
    this.#bus = bus;
    this.#link = link;
    this.#beganMs = bus.log.elapsed();
    this.#user = who.user;
    this.#source = new RequestSource(link, rateKeyOf(who.access.identity.subject, who.clientKey), bus);
  }

  get asker(): Asker {
    return { visitor: this.#visitor, access: this.#access };
  }

  /** Whether its link is held, because it puts too fast. */
  get isHeld(): boolean {
    return this.#source.isHeld;
  }

  /**
   * From now on it may do this; subscriptions that are not covered any more end.
   * @param done called behind that
   */
  allow(access: Access, done: () => void): void {
    this.#inTurn(() => {
      this.#allow(access);
      done();
    });
  }

  subscribe(body: SubscribeBody): void {
    this.#inTurn(() => this.#subscribe(body));
  }

  unsubscribe(body: UnsubscribeBody): void {
    this.#inTurn(() => this.#unsubscribe(body));
  }

  #allow(access: Access): void {
    const before = this.#access;
    this.#access = access;
    this.#bus.fanout.changes.spend(this.#session.filterCount);
    const faults = new Map<Subscription, unknown>();
    for (const subscription of this.#session.subscriptions) {
      try {
        access.checkSubscribe(subscription.filter);
      } catch (error) {
        faults.set(subscription, error);
      }
    }
    for (const ended of this.#session.end([...faults.keys()]))
      this.#say({ refused: this.#refusal(faults.get(ended), { subscription: ended.id }) });
    const isWithheld = ({ filter }: Subscription): boolean =>
      before.mayHaveHistory(filter) && !access.mayHaveHistory(filter);
    this.#session.withhold(this.#session.subscriptions.filter(isWithheld), this.#bus.recent.start);
  }

  /** Nothing more is asked for. */
  end(): void {
    this.#source.end();
  }

  /** A put takes its bytes from those of its user. Until they are there it waits, and what comes behind it with it. */
  put(body: PutBody, payload: Uint8Array | undefined): void {
    const { puts, bytes } = putCost(body.channels, payload?.byteLength ?? 0);
    this.#source.spend(puts);
    // What is too much for one put is refused at once.
    const isTooMuch = bytes > this.#bus.limits.putBytes;
    const callOff = isTooMuch ? undefined : this.#bus.rations.take(this.#user, bytes, () => go());
    if (callOff) this.#bus.reports.held();
    // To find who has to answer for it goes by how many sessions there are.
    const put = (): void =>
      body.confirm ? this.#inTurn(() => this.#put(body, payload)) : this.#put(body, payload);
    const go = this.#source.later(callOff, put);
  }

  /** Does what takes a turn's room, as a change of filters, in this turn or in a later one; what comes behind waits. */
  #inTurn(action: () => void): void {
    const callOff = this.#bus.fanout.changes.wait(() => go());
    const go = this.#source.later(callOff, action);
  }

  #put({ id, channels, againMs, confirm }: PutBody, payload: Uint8Array | undefined): void {
    // However long this message was under way: it was sent after the session began.
    const firstSentMs = againMs === undefined ? undefined : this.#beganMs - againMs;
    const isMobile = this.#access.identity.subject === undefined;
    const putKey = { client: this.#clientKey, id, firstSentMs, isMobile };
    const { confirms, confirmMs } = this.#bus.limits;
    if (confirm && (confirm.timeoutMs < 1 || confirm.timeoutMs > confirmMs)) {
      const reason = `confirm.timeoutMs is from 1 to ${confirmMs}.`;
      this.#answerPut(id, Promise.reject(new ZerospanError('bad-confirm', reason)));
      return;
    }
    const check = (names: readonly string[]): void =>
      this.#checkPut(names, confirm !== undefined, againMs !== undefined);
    const outcome = this.#bus.puts.put(
      { putKey, user: this.#user, check },
      channels,
      payload,
      confirm && { ...confirm, hasRoom: this.#confirms < confirms },
    );
    this.#answerPut(id, outcome);
    if (confirm) void this.#confirm(id, outcome);
  }

  ack({ offset, bytes }: AckBody): void {
    this.#session.acked(offset, bytes);
  }

  #subscribe(body: SubscribeBody): void {
    this.#refilters();
    const { log, limits } = this.#bus;
    const { head } = this.#bus.fanout;
    const { id, replay, onLag = 'replay' } = body;
    try {
      const filter = filtersOf(body, limits);
      checkRoom({ id, filter }, this.#session.subscriptions, limits);
      checkUser(this.#user, filterCount(filter), this.#bus);
      this.#access.checkSubscribe(filter);
      this.#checkHistory(body, filter);
      const after = startOf(body, false, head) ?? head;
      const replayed = replayedOf(body, head);
      // One that resumes here is paced as history: a client could ask for all of it in this way, again and again.
      const history = replay ? replayOf(log, after, replay, replayed) : after < head && { cursor: after };
      const subscription = new Subscription({ id, filter, onLag }, after, history || undefined);
      this.#session.flush();
      this.#say({ subscribed: subscribedOf(subscription) });
      if (replay && replayed === undefined && isOfOtherLog(log, replay)) {
        this.#say({ gap: restartGap(id, replay.since.epoch, replay.since.offset) });
        this.#bus.reports.gap('restart');
      }
      this.#session.subscribe(subscription);
    } catch (error) {
      this.#say({ refused: this.#refusal(error, { subscription: id }) });
    }
  }

  #unsubscribe({ id, channels, prefixes }: UnsubscribeBody): void {
    this.#refilters();
    if (!this.#session.subscriptions.some((one) => one.id === id)) {
      const fault = new ZerospanError('bad-id', `There is no subscription ${id}.`);
      this.#say({ refused: this.#refusal(fault, { subscription: id }) });
      return;
    }
    const some = channels || prefixes ? { channels: channels ?? [], prefixes: prefixes ?? [] } : undefined;
    this.#session.unsubscribe(id, some);
    this.#say({ unsubscribed: { id } });
  }

  /** Answers a request that could not even be read, by the id of what it was about. */
  refuse(fault: ZerospanError, what: { put: number } | { subscription: number }): void {
    this.#source.spend();
    if ('put' in what) this.#answerPut(what.put, Promise.reject(fault));
    else this.#say({ refused: this.#refusal(fault, what) });
  }

  /** A change of filters costs what all filters of its session come to: they are put together anew. */
  #refilters(): void {
    this.#source.spend(1 + Math.floor(this.#session.filterCount / FILTERS_A_PUT));
  }

  /** @throws ZerospanError `forbidden` */
  #checkHistory(body: SubscribeBody, filter: FilterSet): void {
    const { log, fanout, recent } = this.#bus;
    const { replay, after } = body;
    if (replay && (after === undefined || !('since' in replay)))
      this.#access.checkReplay(filter, replay, recent, log.epoch);
    else if (after !== undefined)
      this.#access.checkPosition(filter, resumesAt(body, false, log, fanout.head) ?? 0, recent);
  }

  #checkPut(names: readonly string[], confirms: boolean, isAgain: boolean): void {
    try {
      this.#access.checkPut(names);
      if (confirms) this.#access.checkConfirm();
    } catch (error) {
      if (!isAgain) throw error;
      // It was allowed, perhaps, when it was sent first.
      const reason = `It was sent before, and may have been appended then. ${(error as Error).message}`;
      throw new ZerospanError('outcome-unknown', reason, { cause: error });
    }
  }

  /** Tells who got it, after it was told that it was accepted. */
  async #confirm(id: number, outcome: Promise<PutOutcome>): Promise<void> {
    this.#confirms += 1;
    // What the put was answered is as large as its names: it is not to be held for as long as somebody does not answer.
    const confirmed = outcome.then((put) => put.confirmed);
    try {
      const channels = await confirmed;
      await this.#putAnswers;
      if (channels) this.#say({ confirmed: { put: id, channels } });
    } catch {
      // Refused, which is its answer.
    }
    this.#confirms -= 1;
  }

  /** Puts are answered in the order in which they came, whichever of them the log answers first. */
  #answerPut(id: number, outcome: Promise<PutOutcome>): void {
    const answer = outcome.then(
      ({ time, channels }): { accepted: AcceptedBody } => ({ accepted: { put: id, time, channels } }),
      (error: unknown) => ({ refused: this.#refusal(error, { put: id }) }),
    );
    const before = this.#putAnswers ?? Promise.resolve();
    this.#putAnswers = before.then(async () => this.#say(await answer));
  }

  #refusal(error: unknown, what: { put: number } | { subscription: number }): RefusedBody {
    return refusalOf(this.#bus, error, what, this.asker);
  }

  #say(message: ServerMessage): void {
    this.#link.say(message);
  }
}
