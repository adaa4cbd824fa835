import { type FilterSet, filterCount, ZerospanError } from '@zerospan/shared';
import type { Member } from '../fanout/cohort.ts';
import { Enrolment } from '../fanout/enrolment.ts';
import type { Want } from '../log/log.ts';
import { Witnesses } from '../receipts/witnesses.ts';
import type { Holding } from '../sharing/per-user.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Behind, behind, stepBehind } from './behind.ts';
import type { Link } from './link.ts';
import { Outlet } from './outlet.ts';
import { Reader } from './reader.ts';
import { stepReplay } from './replaying.ts';
import type { Means } from './step.ts';
import type { Subscription } from './subscription.ts';

/**
 * Where a session stands. Live: its cursor is its cohort's, and fan-out writes to it. Behind: it reads the log from
 * its own cursor when its link has room, until it is at the head again.
 */
type Standing = { readonly kind: 'live' } | Behind | { readonly kind: 'closed' };

/** One for all of them. */
const LIVE: Standing = { kind: 'live' };

/**
 * One client connection as the server knows it: its subscriptions, its link, and one cursor. It owns no queue of
 * publications: what it has not been written yet is read from the log when it can be written.
 */
export class Session implements Member {
  readonly witnesses: Witnesses | undefined;
  readonly #outlet: Outlet;
  /** Its filters, as they count for its user. */
  readonly #held: Holding;
  readonly #bus: Surroundings;
  readonly #means: Means;
  /** Another list with each change. Most sessions have one subscription or two: a map would take three times as much. */
  #subscriptions: readonly Subscription[];
  #standing: Standing;
  #enrolment: Enrolment;
  #turn = 0;
  #atHead: (() => void) | undefined;

  /**
   * Begins at `cursor`, with what `hello` asked for.
   * @param acks whether the client acks, so that the window holds for it
   * @param held its filters, as they count for its user
   */
  constructor(
    link: Link,
    bus: Surroundings,
    subscriptions: readonly Subscription[],
    cursor: number,
    acks: boolean,
    held: Holding,
  ) {
    this.witnesses = acks ? new Witnesses() : undefined;
    const had = subscriptions.reduce((least, { after }) => Math.min(least, after), cursor);
    this.#outlet = new Outlet(link, bus, acks ? had : undefined);
    this.#bus = bus;
    this.#means = {
      bus,
      outlet: this.#outlet,
      reader: new Reader(bus, this.#outlet),
      witnesses: this.witnesses,
    };
    this.#subscriptions = subscriptions;
    this.#held = held;
    this.#count();
    this.#standing = behind(cursor, 'retention');
    this.#enrolment = new Enrolment(bus.fanout, this, subscriptions);
    this.#settle();
  }

  get standing(): Standing['kind'] {
    return this.#standing.kind;
  }

  /** The offset up to which everything it wanted has been written to its link. */
  get cursor(): number {
    return this.#standing.kind === 'behind'
      ? this.#standing.cursor
      : this.#enrolment.cohort.writtenTo(this.#bus.fanout.head);
  }

  /** How far behind the head the application is, in offsets: by its acks, or else by what was written. */
  get lag(): number {
    return Math.max(this.#bus.fanout.head - (this.#outlet.reached ?? this.cursor), 0);
  }

  /** Whether it has something to read from the log, for itself or for a replay. */
  get isUnfinished(): boolean {
    if (this.#standing.kind !== 'live') return this.#standing.kind === 'behind';
    return this.#subscriptions.some(({ replay }) => replay);
  }

  /** Grows as its cursors move. */
  get progress(): number {
    let sum = this.cursor;
    for (const { replay } of this.#subscriptions) sum += replay?.cursor ?? 0;
    return sum;
  }

  get subscriptions(): readonly Subscription[] {
    return this.#subscriptions;
  }

  /** How many filters it holds for a user. */
  filtersOf(user: string): number {
    return this.#held.user === user ? this.#held.count : 0;
  }

  /** Writes what is gathered for it, so that what it is told next stands behind that. */
  flush(): void {
    this.#bus.fanout.flush(this.#enrolment.cohort);
  }

  /** Does something once everything that it wants has been written: now, or when it has caught up. */
  whenAtHead(action: () => void): void {
    this.flush();
    if (this.isUnfinished) this.#atHead = action;
    else action();
  }

  subscribe(subscription: Subscription): void {
    this.#subscriptions = [...this.#subscriptions, subscription];
    this.#refilter();
  }

  /** Ends a subscription, or takes filters from it. */
  unsubscribe(id: number, gone?: FilterSet): void {
    const subscription = this.#subscriptions.find((one) => one.id === id);
    if (!subscription) return;
    const { filter, after, replay } = subscription;
    if (!gone || !subscription.drop(gone)) this.#subscriptions = this.#all((one) => one !== subscription);
    else if (filterCount(subscription.filter) === filterCount(filter)) return;
    this.#dropped({ filter: gone ?? filter, after }, replay?.cursor ?? this.cursor);
    this.#refilter();
  }

  // Called by the cohort.

  take(frames: Buffer, bytes: number): boolean {
    if (!this.#outlet.hasRoom) return false;
    this.#outlet.send(frames, bytes);
    return true;
  }

  fallBehind(writtenTo: number): void {
    this.#standing = behind(writtenTo, 'lag');
    const ended = this.#all(({ endsOnLag }) => endsOnLag);
    for (const { id } of ended) {
      this.#outlet.refuse(id, new ZerospanError('lag'));
      this.unsubscribe(id);
    }
  }

  // Called by the conversation, which has it from the link or from the client.

  acked(offset: number, bytes: number): void {
    // It cannot have what it has not been written.
    const reached = Math.min(offset, this.cursor);
    this.witnesses?.acked(reached);
    if (this.#outlet.acked(reached, bytes)) this.roomAgain();
  }

  roomAgain(): void {
    if (this.isUnfinished) this.#bus.catchUp.add(this);
  }

  closed(): void {
    if (this.#standing.kind === 'closed') return;
    this.flush();
    this.#enrolment.end();
    this.#standing = { kind: 'closed' };
    this.#bus.replays.left(this);
    this.#subscriptions = [];
    this.#count();
    this.#means.reader.changed();
  }

  /**
   * Called by catch-up: reads once, writes what came, and so moves one of its cursors on: its own while it is behind, and those
   * of its replays, in turn. Answers whether it wants to be called again.
   */
  async step(): Promise<boolean> {
    if (!this.#outlet.hasRoom) return false;
    const replaying = this.#bus.replays.due(this, this.#subscriptions);
    const own = this.#standing.kind === 'behind' ? this.#standing : undefined;
    const turns = replaying.length + (own ? 1 : 0);
    // What is left waits for its pace, and will be called then.
    if (turns === 0) return false;
    const subscription = replaying[this.#turn++ % turns];
    if (subscription?.replay) {
      const { replay } = subscription;
      const done = (reached: number): void => this.#settleReplay(subscription, reached);
      const scanned = await stepReplay(subscription, this.#means, done);
      if (this.standing !== 'closed') this.#bus.replays.spend(this, replay, scanned);
    } else if (own) {
      const { filters } = this.#enrolment.cohort;
      await stepBehind(own, this.#live(), filters, this.#means, () => this.#settle());
    }
    return this.isUnfinished && this.#outlet.hasRoom;
  }

  /** Behind, but at the head: live again, in this very turn. */
  #settle(): void {
    const { fanout, catchUp } = this.#bus;
    const standing = this.#standing;
    if (standing.kind === 'behind' && standing.cursor >= fanout.head) {
      this.#standing = LIVE;
      this.#enrolment.goLive();
      // Cut off before the next beat, it would otherwise have all of this looked through again.
      if (standing.cursor > standing.position) this.#outlet.beat(standing.cursor);
    }
    if (this.isUnfinished) catchUp.add(this);
    else this.#reachedHead();
  }

  #reachedHead(): void {
    const action = this.#atHead;
    this.#atHead = undefined;
    action?.();
  }

  /** A replay that has reached the session's cursor ends in this very turn, with nothing in between. */
  #settleReplay(subscription: Subscription, reached: number): void {
    const target = this.#standing.kind === 'live' ? this.#bus.fanout.head : this.cursor;
    // Below `asOf` only the last n are due, and the session's own publications would be all.
    if (reached < Math.max(target, subscription.replay?.last?.asOf ?? 0)) return;
    subscription.goLive();
    this.#outlet.control({ live: { subscription: subscription.id, offset: subscription.after } });
    this.#refilter();
  }

  /** Moves to the cohort of the filters that it has now. */
  #refilter(): void {
    this.#means.reader.changed();
    // What that ends because it falls behind must have ended before anything is taken apart.
    this.flush();
    this.#enrolment.end();
    this.#count();
    this.#enrolment = new Enrolment(this.#bus.fanout, this, this.#subscriptions);
    if (this.#standing.kind === 'live') this.#enrolment.goLive();
    this.#settle();
  }

  #count(): void {
    this.#held.be(this.#subscriptions.reduce((sum, { filter }) => sum + filterCount(filter), 0));
  }

  /** Something is not wanted any more that had been written up to here. */
  #dropped(gone: Want, writtenTo: number): void {
    this.witnesses?.dropped(gone, writtenTo, this.#subscriptions);
  }

  #live(): Subscription[] {
    return this.#all((subscription) => !subscription.replay);
  }

  #all(which: (subscription: Subscription) => boolean): Subscription[] {
    return this.#subscriptions.filter(which);
  }
}
