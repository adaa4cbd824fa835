import { type FilterSet, filterCount, type ZerospanError } from '@zerospan/shared';
import type { Requester } from '../access/requester.ts';
import type { Changing } from '../fanout/changes.ts';
import type { Member } from '../fanout/cohort.ts';
import { Membership } from '../fanout/membership.ts';
import type { SpanEnd } from '../journal/records.ts';
import { Witnesses } from '../receipts/witnesses.ts';
import { type Behind, behind, LIVE, type Standing, stepBehind } from './behind/behind.ts';
import type { CatchUp, Lagging, Step } from './behind/catchup.ts';
import type { Asked } from './behind/log-reads.ts';
import { Reader, type Sources } from './behind/reader.ts';
import type { StepContext } from './behind/step-context.ts';
import type { Link } from './link.ts';
import { endOf, type SessionBegin, type SessionOptions, spanOf } from './notes.ts';
import { stepReplay } from './replaying.ts';
import type { Replaying, Replays } from './replays.ts';
import { SessionWriter, type WriterBus } from './session-writer.ts';
import type { Subscription } from './subscription.ts';
import { SubscriptionList } from './subscription-list.ts';

/** What a session uses of the bus. */
export type SessionBus = WriterBus & Sources & { readonly catchUp: CatchUp; readonly replays: Replays };

/**
 * One client connection as the server knows it: its subscriptions, its link, and one cursor. It owns no queue of
 * publications: what it has not been written yet is read from the log when it can be written.
 */
export class Session implements Member, Changing, Replaying, Lagging {
  readonly requester: Requester;
  readonly beganMs: number;
  readonly witnesses: Witnesses | undefined;
  readonly user: string;
  readonly began: SessionBegin;
  readonly writer: SessionWriter;
  readonly #bus: SessionBus;
  readonly #reader: Reader;
  readonly #list: SubscriptionList;
  #standing: Standing;
  #membership: Membership;
  #turn = 0;
  #atHead: (() => void) | undefined;

  /** Begins at `cursor`, with what `hello` asked for. */
  constructor(
    link: Link,
    bus: SessionBus,
    subscriptions: readonly Subscription[],
    cursor: number,
    { acks, requester, held, began }: SessionOptions,
  ) {
    this.requester = requester;
    this.began = began;
    this.beganMs = bus.log.elapsed();
    this.user = held.user;
    this.witnesses = acks ? new Witnesses() : undefined;
    const ackedOffset = acks ? Math.min(cursor, ...subscriptions.map(({ after }) => after)) : undefined;
    this.writer = new SessionWriter(requester, link, bus, ackedOffset);
    this.#bus = bus;
    this.#reader = new Reader(bus, this.writer, this);
    this.#list = new SubscriptionList(subscriptions, held);
    this.#standing = behind(cursor, 'retention');
    this.#membership = new Membership(bus.fanout, link.encoding, this, subscriptions);
    this.#settle();
  }

  get rateKey(): string {
    return this.requester.rateKey;
  }

  get standing(): Standing['kind'] {
    return this.#standing.kind;
  }

  /** The offset up to which everything that matches has been written to its link. */
  get cursor(): number {
    return this.behind?.cursor ?? this.#membership.cohort.writtenTo(this.#bus.fanout.head);
  }

  /** The offset that the application has reached, by its acks, or else by what was written. */
  get reached(): number {
    return this.writer.reached ?? this.cursor;
  }

  /** Where it reads the log; undefined: it takes part in fan-out, or is over. */
  get behind(): Behind | undefined {
    return this.#standing.kind === 'behind' ? this.#standing : undefined;
  }

  /** Whether it has something to read from the log, for itself or for a replay. */
  get isUnfinished(): boolean {
    if (this.#standing.kind !== 'live') return this.behind !== undefined;
    return this.#list.all.some(({ replay }) => replay);
  }

  /** Grows as its cursors move. */
  get progress(): number {
    return this.#list.all.reduce((sum, { replay }) => sum + (replay?.cursor ?? 0), this.cursor);
  }

  get subscriptions(): readonly Subscription[] {
    return this.#list.all;
  }

  /** How many filters it holds for a user. */
  filtersOf(user: string): number {
    return this.#list.filtersOf(user);
  }

  /** Writes what is gathered for it, so that the next control message stands behind that. */
  flush(): void {
    this.#bus.fanout.flush(this.#membership.cohort);
  }

  /** Does something once everything that matches has been written: now, or when it has caught up. */
  whenAtHead(action: () => void): void {
    this.flush();
    if (this.isUnfinished) this.#atHead = action;
    else action();
  }

  subscribe(subscription: Subscription): void {
    this.#list.add(subscription);
    this.#changed();
    if (subscription.replay) this.#bus.catchUp.add(this);
  }

  /** Ends a subscription, or takes filters from it. */
  unsubscribe(id: number, gone?: FilterSet): void {
    const subscription = this.#list.all.find((one) => one.id === id);
    if (!subscription) return;
    const { filter, after, replay } = subscription;
    if (!gone || !subscription.drop(gone)) return void this.end([subscription], 'unsubscribed');
    if (filterCount(subscription.filter) === filterCount(filter)) return;
    this.#list.count();
    this.#changed();
    this.witnesses?.dropped([{ filter: gone, after }], replay?.cursor ?? this.cursor, this.#list.all);
    this.#noted([subscription], 'narrowed', filter);
  }

  /** Ends subscriptions. @returns those that had not ended yet */
  end(subscriptions: readonly Subscription[], how: SpanEnd): Subscription[] {
    const ended = this.#list.remove(subscriptions);
    if (ended.length === 0) return ended;
    this.#changed();
    this.witnesses?.ended(ended, this.cursor, this.#list.all, how === 'lag' ? 'lag' : 'unsubscribed');
    this.#noted(ended, how);
    return ended;
  }

  /** Gives subscriptions nothing of the history up to an offset any more, as far as they are still in it. */
  withhold(subscriptions: readonly Subscription[], upTo: number): void {
    const isReturning = this.#standing.kind === 'behind' && this.#standing.reason === 'retention';
    for (const one of subscriptions) if (one.replay || isReturning) one.begins = upTo;
    this.#unread();
    this.roomAgain();
  }

  get filterCount(): number {
    return this.#list.filterCount;
  }

  replace(): void {
    this.#membership.end();
    this.#membership = new Membership(this.#bus.fanout, this.writer.encoding, this, this.#list.all);
    if (this.#standing.kind === 'live') this.#membership.goLive();
    this.#settle();
  }

  take(encoded: Buffer, textBytes: number): boolean {
    if (!this.writer.hasRoom) return false;
    this.writer.send(encoded, textBytes);
    return true;
  }

  fallBehind(writtenTo: number): void {
    const ending = this.#list.fallBehind();
    this.#standing = behind(writtenTo, 'lag', ending);
    // Many may fall behind in one turn: each ends its own when it has its turn.
    if (ending) this.#bus.catchUp.addLagging(this);
  }

  acked(offset: number, bytes: number): void {
    // It cannot have what it has not been written.
    const reached = Math.min(offset, this.cursor);
    this.witnesses?.acked(reached);
    const hasRoom = this.writer.acked(reached, bytes);
    if (this.writer.hasAllAcked) this.#list.acknowledged(this.#bus.log);
    if (hasRoom) this.roomAgain();
  }

  roomAgain(): void {
    if (this.isUnfinished) this.#bus.catchUp.add(this);
  }

  /** It is over. @param isGone whether its link is closed already: what is written now reaches nobody */
  closed(code: number | null = null, isGone = false): void {
    if (this.#standing.kind === 'closed') return;
    const written = isGone ? this.cursor : undefined;
    this.flush();
    this.#bus.journal.ended(this.requester, endOf(this, written ?? this.cursor, code));
    this.#bus.fanout.changes.forget(this);
    this.#membership.end();
    this.#standing = { kind: 'closed' };
    this.#bus.replays.left(this);
    this.#bus.catchUp.forget(this);
    this.#list.remove(this.#list.all);
    this.#reader.changed();
  }

  /**
   * Called by catch-up: reads once, and so moves on its own cursor while it is behind, or that of a replay, in turn.
   */
  step(): Step {
    this.endLagging();
    if (!this.#reader.isReady) return false;
    const replaying = this.#bus.replays.due(this, this.#list.all);
    const own = this.behind;
    const turns = replaying.length + (own ? 1 : 0);
    // What is left waits for its pace, and will be called then.
    if (turns === 0) return false;
    const subscription = replaying[this.#turn++ % turns];
    const asked = subscription ? this.#stepReplay(subscription) : own && this.#stepBehind(own);
    const goesOn = (): boolean => this.isUnfinished && this.#reader.isReady;
    return asked instanceof Promise ? asked.then(goesOn) : (asked ?? goesOn());
  }

  /** Called by catch-up as well: ends the subscriptions that end because it fell behind. */
  endLagging(): void {
    const { behind } = this;
    if (!behind?.ending) return;
    const { ending } = behind;
    behind.ending = undefined;
    for (const one of this.end([...ending.keys()], 'lag'))
      this.writer.refuse(one.id, ending.get(one) as ZerospanError);
  }

  /** Made for each step: live sessions take none. */
  get #context(): StepContext {
    const noted = this.#noted.bind(this);
    return { bus: this.#bus, writer: this.writer, reader: this.#reader, witnesses: this.witnesses, noted };
  }

  #stepReplay(subscription: Subscription): Asked {
    const { replay } = subscription;
    const spend = (scanned: number): void => {
      if (replay && this.standing !== 'closed') this.#bus.replays.spend(this, replay, scanned);
    };
    return stepReplay(subscription, this.#context, (at) => this.#settleReplay(subscription, at), spend);
  }

  #stepBehind(standing: Behind): Asked | 'waits' {
    // While they change, they are not those of a crowd.
    const filters = this.#bus.fanout.changes.has(this) ? undefined : this.#membership.cohort.filters;
    return stepBehind(standing, this.#list.live, filters, this.#context, () => this.#settle());
  }

  /** Behind, but at the head: live again, in this very turn. */
  #settle(): void {
    const { fanout, catchUp } = this.#bus;
    const standing = this.#standing;
    if (standing.kind === 'behind' && standing.cursor >= fanout.head) {
      this.#standing = LIVE;
      this.#membership.goLive();
      // Without a beat now, a client that is cut off before the next one would make the server scan all of this again.
      if (standing.cursor > standing.position) this.writer.beat(standing.cursor);
    }
    if (this.isUnfinished) catchUp.add(this);
    else {
      this.#atHead?.();
      this.#atHead = undefined;
    }
  }

  /** A replay that has reached the session's cursor ends in this very turn, with nothing in between. */
  #settleReplay(subscription: Subscription, reached: number): void {
    const target = this.#standing.kind === 'live' ? this.#bus.fanout.head : this.cursor;
    // Below `asOf` only the last n are due, and the session's own publications would be all.
    if (reached < Math.max(target, subscription.replay?.last?.asOf ?? 0)) return;
    this.#noted([subscription], 'live');
    this.writer.control({ live: subscription.goLive() });
    this.#changed();
  }

  #noted(some: readonly Subscription[], end: SpanEnd, filter?: FilterSet): void {
    for (const one of some) this.#bus.journal.span(this.requester, spanOf(one, this, end, filter));
  }

  /** Its filters have changed. What is gathered by those of before is written before the client hears of it. */
  #changed(): void {
    this.#unread();
    this.flush();
    this.#bus.fanout.changes.add(this);
  }

  /** The read under way is not used: its filters are not those of now. */
  #unread(): void {
    this.#reader.changed();
    if (this.behind) Object.assign(this.behind, { search: undefined, skipTo: undefined });
  }
}
