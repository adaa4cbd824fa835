import {
  type FilterSet,
  filterCount,
  type RefusedBody,
  type SubscribeBody,
  type SubscribedBody,
  type UnsubscribeBody,
  ZerospanError,
} from '@zerospan/shared';
import type { Access } from '../access/access.ts';
import type { Requester } from '../access/requester.ts';
import type { Changes } from '../fanout/changes.ts';
import type { RequestSource } from '../pacing/request-source.ts';
import { type Reports, saidOf } from '../reports.ts';
import type { Link } from '../session/link.ts';
import type { SessionNotes } from '../session/notes.ts';
import type { Session } from '../session/session.ts';
import { Subscription } from '../session/subscription.ts';
import { checkRoom, checkUser, filtersOf } from './checks.ts';
import {
  highestOf,
  inventedGap,
  isOfOtherLog,
  reached,
  replayedOf,
  replayOf,
  restartGap,
  resumesAt,
  startOf,
} from './positions.ts';
import type { CheckingBus } from './wishes.ts';

/** For each 100 filters of a session a change of them counts as one put more. */
const FILTERS_A_PUT = 100;

/** What changing subscriptions uses of the bus. */
export interface SubscribingBus extends CheckingBus {
  readonly fanout: CheckingBus['fanout'] & { readonly changes: Pick<Changes, 'wait' | 'spend'> };
  readonly reports: Pick<Reports, 'rejection'>;
  readonly journal: Pick<SessionNotes, 'refused'>;
}

/** The client whose subscriptions change. */
export interface SubscriberClient {
  readonly link: Pick<Link, 'say'>;
  /** The log could not be asked: its session cannot go on. */
  failed(error: unknown): void;
}

/** The changes of an open session's subscriptions that its client asks for, each answered on its link. */
export class Subscriber {
  readonly #requester: Requester;
  readonly #session: Session;
  readonly #source: RequestSource;
  readonly #client: SubscriberClient;
  readonly #bus: SubscribingBus;

  /** @param source its changes take from the pace of its puts, and wait where those wait */
  constructor(
    requester: Requester,
    session: Session,
    source: RequestSource,
    client: SubscriberClient,
    bus: SubscribingBus,
  ) {
    this.#requester = requester;
    this.#session = session;
    this.#source = source;
    this.#client = client;
    this.#bus = bus;
  }

  subscribe(body: SubscribeBody): void {
    const { log, fanout } = this.#bus;
    const asked = reached(highestOf(body, false, log), log, fanout);
    this.#source.after(
      (go) => {
        if (!asked) return undefined;
        let isOver = false;
        asked.then(
          () => {
            if (!isOver) go();
          },
          // Nobody knows whether the log has given this position: its client asks for it again on another connection.
          (error: unknown) => {
            if (!isOver) this.#client.failed(error);
          },
        );
        return () => {
          isOver = true;
        };
      },
      () => this.#inTurn(() => this.#subscribe(body)),
    );
  }

  unsubscribe(body: UnsubscribeBody): void {
    this.#inTurn(() => this.#unsubscribe(body));
  }

  /**
   * From now on the client may do this; subscriptions that are not covered any more end.
   * @param done called behind that
   */
  allow(access: Access, done: () => void): void {
    this.#inTurn(() => {
      this.#allow(access);
      done();
    });
  }

  /** Answers what could not be read as a subscription. */
  refuse(subscription: number, fault: ZerospanError): void {
    this.#source.spend();
    this.#refused(subscription, fault);
  }

  /** Does what takes a turn's room, in this turn or in a later one; what comes behind waits. */
  #inTurn(action: () => void): void {
    this.#source.after((go) => this.#bus.fanout.changes.wait(go), action);
  }

  /** A change of filters costs what all filters of its session come to: they are united again. */
  #spend(): void {
    this.#source.spend(1 + Math.floor(this.#session.filterCount / FILTERS_A_PUT));
  }

  #allow(access: Access): void {
    const before = this.#requester.access;
    this.#requester.access = access;
    this.#bus.fanout.changes.spend(this.#session.filterCount);
    const faults = new Map<Subscription, unknown>();
    for (const subscription of this.#session.subscriptions) {
      try {
        access.checkSubscribe(subscription.filter);
      } catch (error) {
        faults.set(subscription, error);
      }
    }
    for (const ended of this.#session.end([...faults.keys()], 'forbidden'))
      this.#refused(ended.id, faults.get(ended));
    const isWithheld = ({ filter }: Subscription): boolean =>
      before.mayHaveHistory(filter) && !access.mayHaveHistory(filter);
    this.#session.withhold(this.#session.subscriptions.filter(isWithheld), this.#bus.recent.start);
  }

  #subscribe(body: SubscribeBody): void {
    this.#spend();
    const { log, limits, fanout, filters } = this.#bus;
    const { head } = fanout;
    const { id, replay, onLag = 'replay' } = body;
    try {
      const filter = filtersOf(body, limits);
      checkRoom({ id, filter }, this.#session.subscriptions, limits);
      checkUser(this.#requester.user, filterCount(filter), filters);
      this.#requester.access.checkSubscribe(filter);
      this.#checkHistory(body, filter);
      const after = startOf(body, undefined, head) ?? head;
      const replayed = replayedOf(body, head);
      // One that resumes here is paced as history: a client could ask for all of it in this way, again and again.
      const history = replay ? replayOf(log, after, replay, replayed) : after < head && { cursor: after };
      const subscription = new Subscription({ id, filter, onLag }, after, history || undefined);
      subscription.since = log.now();
      this.#session.flush();
      this.#client.link.say({ subscribed: subscribedOf(subscription) });
      if (replay && replayed === undefined && isOfOtherLog(log, replay))
        this.#session.writer.sayGap(restartGap(id, replay.since.epoch, replay.since.offset), 'restart');
      if (highestOf(body, false, log) > head)
        this.#session.writer.sayGap(inventedGap(id, log.epoch), 'restart');
      this.#session.subscribe(subscription);
    } catch (error) {
      const fault = this.#refused(id, error);
      this.#bus.journal.refused(this.#requester, body, fault);
    }
  }

  #unsubscribe({ id, channels, prefixes }: UnsubscribeBody): void {
    this.#spend();
    if (!this.#session.subscriptions.some((one) => one.id === id)) {
      this.#refused(id, new ZerospanError('bad-id', `There is no subscription ${id}.`));
      return;
    }
    const some = channels || prefixes ? { channels: channels ?? [], prefixes: prefixes ?? [] } : undefined;
    this.#session.unsubscribe(id, some);
    this.#client.link.say({ unsubscribed: { id } });
  }

  /** @throws ZerospanError `forbidden` */
  #checkHistory(body: SubscribeBody, filter: FilterSet): void {
    const { log, fanout, recent } = this.#bus;
    const { access } = this.#requester;
    const { replay, after } = body;
    if (replay && (after === undefined || !('since' in replay)))
      access.checkReplay(filter, replay, recent, log.epoch);
    else if (after !== undefined)
      access.checkPosition(filter, resumesAt(body, false, log, fanout.head) ?? 0, recent);
  }

  #refused(subscription: number, error: unknown): ZerospanError {
    const fault = this.#bus.reports.rejection(error, this.#requester.sender);
    this.#client.link.say({ refused: refusedOf(subscription, fault) });
    return fault;
  }
}

export function refusedOf(subscription: number, fault: ZerospanError): RefusedBody {
  return { subscription, ...saidOf(fault) };
}

/** @param offset where it begins by the client's reckoning, if that is not where it is given something */
export function subscribedOf({ id, after, replay }: Subscription, offset = after): SubscribedBody {
  return { id, offset, replaying: replay !== undefined };
}
