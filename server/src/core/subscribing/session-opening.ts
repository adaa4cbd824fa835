import { filterCount, type SubscribeBody, ZerospanError } from '@zerospan/shared';
import type { Requester } from '../access/requester.ts';
import type { Interest } from '../log/log.ts';
import type { Receipts } from '../receipts/receipts.ts';
import type { Witnesses } from '../receipts/witnesses.ts';
import { gapsOf, type Lost } from '../session/gaps.ts';
import type { Link } from '../session/link.ts';
import { Session, type SessionBus } from '../session/session.ts';
import type { Subscription } from '../session/subscription.ts';
import type { Holding } from '../sharing/per-user.ts';
import { type Greeting, greet, type Wish } from './greeting.ts';
import { lostBefore, type SearchLost } from './lost-before.ts';
import { highestOf, reached } from './positions.ts';
import { type CheckingBus, type SessionRequest, wishesOf } from './wishes.ts';

/** What opening a session uses of the bus. */
export type OpeningBus = SessionBus & CheckingBus & { readonly receipts: Pick<Receipts, 'back'> };

/**
 * A session from when its client was admitted until it begins, whatever its transport: `hello` opens one, and so does a
 * request for events.
 *
 * A transport makes one with the subscriptions that are asked for, and finds in `results` what becomes of each; it may
 * go on with those that are granted, or give up. It waits for {@link lostBefore} if there is anything to wait for,
 * calls {@link giveUp} where its client leaves meanwhile, and else {@link begin} once.
 */
export class SessionOpening {
  /** Each subscription that was asked for, in order, with what is granted of it or why it is rejected. */
  readonly results: ReadonlyMap<SubscribeBody, Wish | ZerospanError>;
  readonly #requester: Requester;
  readonly #request: SessionRequest;
  readonly #bus: OpeningBus;
  /** Its filters, as they count for its user. */
  readonly #held: Holding;
  readonly #wishes: readonly Wish[];
  #search: SearchLost | undefined;
  #isGivenUp = false;

  /** @param freed filters of the same user that go when this session begins, with the one whose place it takes */
  constructor(requester: Requester, request: SessionRequest, bus: OpeningBus, freed = 0) {
    this.#requester = requester;
    this.#request = request;
    this.#bus = bus;
    this.#held = bus.filters.hold(requester.user);
    this.results = wishesOf(request, requester, bus, freed);
    this.#wishes = [...this.results.values()].filter((one): one is Wish => !(one instanceof ZerospanError));
  }

  /**
   * What is lost to subscriptions that resume from before the resume window. While it is looked up the filters count
   * for their user: others of it, of which each has room, may be admitted meanwhile.
   * @returns undefined: nothing has to be looked up
   */
  lostBefore(): Promise<readonly Lost[]> | undefined {
    const asked = this.#askForPositions();
    const lost = asked ? asked.then(() => this.#lost() ?? []) : this.#lost();
    if (lost) this.#held.be(this.#wishes.reduce((sum, { filter }) => sum + filterCount(filter), 0));
    return lost;
  }

  #lost(): Promise<readonly Lost[]> | undefined {
    if (this.#isGivenUp) return undefined;
    this.#search = lostBefore(this.#wishes, this.#request.epoch, this.#requester, this.#bus);
    return this.#search?.found;
  }

  /** A position above the head is a question to the log (R10). undefined: there is none, or the log knows at once. */
  #askForPositions(): Promise<void> | undefined {
    const { log, fanout } = this.#bus;
    const { epoch } = this.#request;
    const isOtherLog = epoch !== undefined && epoch !== log.epoch;
    const highest = this.#wishes.reduce((most, wish) => Math.max(most, highestOf(wish, isOtherLog, log)), 0);
    return reached(highest, log, fanout);
  }

  /** The session does not begin. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.#held.be(0);
    this.#search?.giveUp();
  }

  /**
   * Begins the session, all in one turn: what the transport says first, then what is known to be lost, before anything
   * is read.
   * @param lost by {@link lostBefore}
   * @param greet says where the session begins, and what became of its subscriptions
   */
  begin(link: Link, lost: readonly Lost[], greeted: (greeting: Greeting) => void): Session {
    const { log, fanout, journal } = this.#bus;
    const requester = this.#requester;
    const greeting = greet(log, fanout.head, this.#request.epoch, this.#wishes);
    const began = { time: log.now(), beganAt: fanout.head, resumed: greeting.resumed };
    greeted(greeting);
    const gaps = [...greeting.gaps, ...gapsOf(lost, 'retention', log.epoch)];
    for (const gap of gaps) link.say({ gap });
    for (const [body, result] of this.results)
      if (result instanceof ZerospanError) journal.refused(requester, body, result);
    const session = new Session(link, this.#bus, greeting.subscriptions, greeting.cursor, {
      acks: this.#request.acks ?? false,
      requester,
      held: this.#held,
      began,
    });
    for (const gap of gaps) session.writer.reported(gap, gap.reason === 'restart' ? 'restart' : 'passed');
    if (session.witnesses) this.#goOnAnswering(session.witnesses, greeting);
    return session;
  }

  /** Puts that the client's last session had to answer for are this one's now. */
  #goOnAnswering(witnesses: Witnesses, { subscriptions, offsets }: Greeting): void {
    const wishes = this.#wishes;
    // One that has no position begins at the head: what was put before, only its history may give it.
    const resuming = subscriptions.filter((_, i) => wishes[i]?.after !== undefined);
    const replayed = subscriptions.flatMap((one, i) =>
      wishes[i]?.after === undefined ? historyOf(one) : [],
    );
    this.#bus.receipts.back(this.#requester.clientKey, witnesses, resuming, replayed);
    for (const [i, { filter, begins }] of wishes.entries()) {
      const after = offsets[i] as number;
      if (begins !== undefined) witnesses.dropped([{ filter, after }], after, subscriptions, 'retention');
    }
  }
}

/** What a replay may give. Where it begins by time, only the log knows from which offset on. */
function historyOf({ filter, replay }: Subscription): Interest[] {
  return replay ? [{ filter, after: replay.fromMs === undefined ? replay.cursor : 0 }] : [];
}
