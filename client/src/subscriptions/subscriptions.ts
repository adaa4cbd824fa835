import {
  type Clock,
  type FilterSet,
  filterCount,
  type GapBody,
  type LiveBody,
  type PublicationFrame,
  type ReplayBody,
  type SubscribeBody,
  type SubscribedBody,
  type WelcomeBody,
  without,
  type ZerospanError,
} from '@zerospan/shared';
import { Asking } from './asking.ts';
import { type Acks, type Parcel, UNCOUNTED } from './delivery/acks.ts';
import { fitting, shared } from './filters.ts';
import { deliverGaps, isNewEnd, newTo } from './gap-delivery.ts';
import { endsOf, gapOf } from './gaps.ts';
import type { PositionTracker } from './position-tracker.ts';
import { publicationOf } from './publication.ts';
import {
  caughtUp,
  cut,
  granted,
  hasReceived,
  NEW,
  offsetOf,
  renewed,
  replayed,
  resumedFrom,
  takes,
} from './stage.ts';
import { type Asked, bare, type Owner, type SharedSubscription, type Subscription } from './subscription.ts';
import { SubscriptionTable } from './subscription-table.ts';

/** What ends a subscription that was granted: it fell behind, or a fresh token does not cover it. */
const ENDS: ReadonlySet<string> = new Set(['lag', 'forbidden']);

/** Where an entry that has come belongs. */
interface Come {
  readonly channel: string;
  readonly offset: number;
}

/** All subscriptions of a bus, over its connections, and what comes in for them, which it hands round. */
export class Subscriptions {
  readonly #tracker: PositionTracker;
  readonly #asking: Asking;
  readonly #table = new SubscriptionTable();
  #acks: Acks | undefined;
  /** What earlier connections brought and the application has not been handed. */
  #held: readonly Parcel[] = [];
  #resuming: boolean;
  /** The next `left` publications are for this subscription alone. */
  #replay: { readonly subscription: SharedSubscription | undefined; left: number } = {
    subscription: undefined,
    left: 0,
  };

  /** @param send takes a frame while the server has said welcome and the connection lasts */
  constructor(tracker: PositionTracker, clock: Clock, send: (frame: string) => void) {
    this.#tracker = tracker;
    this.#asking = new Asking(clock, send);
    this.#resuming = tracker.offset !== undefined;
  }

  /** Whether a subscription that is made now begins where its bus left off. */
  get isResuming(): boolean {
    return this.#resuming;
  }

  open(owner: Owner, set: FilterSet, options: Asked): Subscription {
    const from = this.#resuming ? this.#tracker.offset : undefined;
    const stage = from === undefined ? NEW : resumedFrom(from);
    // A bus that resumes begins where it was, whatever history is asked for.
    const { onLag, replay } = options;
    const asked: Asked = from === undefined ? { onLag, replay } : { onLag };
    const equal = this.#table.equal(set, asked, owner, this.#tracker);
    if (equal?.granted) return this.#joinLive(equal, owner, set, asked);
    if (equal !== undefined) return this.#table.join(equal, owner, set, stage, asked);
    const shared = this.#table.add(set, asked);
    const subscription = this.#table.join(shared, owner, set, stage, asked);
    this.#asking.ask(shared);
    return subscription;
  }

  /** Takes filters away; a subscription left without any ends. Settles when the server has answered, or is gone. */
  narrow(subscription: Subscription, filters: FilterSet): Promise<void> {
    const gone = shared(subscription.set, filters);
    const left = without(subscription.set, gone);
    if (filterCount(left) === 0) return this.end(subscription);
    if (filterCount(gone) === 0) return Promise.resolve();
    this.#table.narrowed(subscription, gone, left);
    return this.#shrink(subscription.shared);
  }

  end(subscription: Subscription): Promise<void> {
    if (subscription.stage.name === 'ended') return Promise.resolve();
    const { shared } = subscription;
    if (shared.members.size > 1) {
      this.#table.leave(subscription);
      return this.#shrink(shared);
    }
    // First, so that the ack which it held back, while it was replayed, does not overtake this.
    const answered = this.#asking.unsubscribe(shared, {});
    this.#forget(shared);
    return answered;
  }

  /** What `hello` says, as far as it fits; the others follow after `welcome`. */
  hello(roomBytes: number): SubscribeBody[] {
    return this.#asking.hello(this.#table.shared, roomBytes);
  }

  /**
   * @param endedEpoch the epoch that these subscriptions were in, when the server's is another
   */
  welcomed({ from, begins = 0 }: WelcomeBody, endedEpoch: string | undefined, acks: Acks): void {
    this.#acks = acks;
    this.#resuming = false;
    if (endedEpoch === undefined) this.#resume(acks, from);
    else this.#renew(endedEpoch, begins);
    this.#asking.welcomed(this.#table.shared);
  }

  /** The connection has ended. */
  lost(): void {
    this.#held = [...this.#held, ...(this.#acks?.end() ?? [])];
    this.#replay = { subscription: undefined, left: 0 };
    for (const subscription of this.#table.members())
      subscription.stage = cut(subscription.stage, this.#tracker.offset);
    this.#asking.lost(this.#table.shared);
  }

  publication(frame: PublicationFrame, bytes: number): void {
    const publication = publicationOf(frame, this.#tracker.epoch ?? '');
    this.#entry(frame, bytes, ({ owner }, parcel) => owner.take(publication, parcel));
  }

  subscribed(body: SubscribedBody): void {
    // Also from the answer to one that has ended meanwhile: what begins now begins above it.
    this.#tracker.knows(body.offset);
    const shared = this.#table.get(body.id);
    if (shared === undefined) return;
    shared.granted = true;
    if (body.replaying) this.#acks?.replaying(body.id, body.offset);
    for (const subscription of shared.members) subscription.stage = granted(subscription.stage, body);
    if (!body.replaying) this.#acks?.caughtUp(body.id);
    for (const subscription of shared.members) subscription.owner.granted(subscription);
    if (!body.replaying) for (const { owner } of shared.members) owner.live(false);
  }

  replay({ subscription, count }: ReplayBody): void {
    // Kept for one that has ended, too: what follows is nobody's then.
    this.#replay = { subscription: this.#table.get(subscription), left: count };
  }

  live({ subscription: id, offset, incomplete = false }: LiveBody): void {
    this.#tracker.knows(offset);
    const members = this.#table.get(id)?.members ?? [];
    for (const subscription of members) subscription.stage = caughtUp(subscription.stage, offset);
    this.#acks?.caughtUp(id);
    for (const { owner } of members) owner.live(incomplete);
  }

  unsubscribed(id: number): void {
    this.#asking.unsubscribed(id);
  }

  /**
   * A refusal is of the subscription until it is granted; later it is of an unsubscribe, or its end: see {@link ENDS}.
   */
  refused(id: number, error: ZerospanError): void {
    const shared = this.#table.get(id);
    if (shared === undefined || (shared.stage.name !== 'waiting' && !ENDS.has(error.code))) {
      this.unsubscribed(id);
      return;
    }
    for (const subscription of this.#forget(shared)) subscription.owner.refused(subscription, error);
  }

  /** @param bytes of its frame: one that names a channel is an entry of the log, which comes as a publication does */
  gap(body: GapBody, bytes: number): void {
    if ('channel' in body) {
      const { channel, to: offset } = body;
      this.#entry({ channel, offset }, bytes, ({ owner, set }) =>
        owner.reportGap(gapOf(body, fitting(set, channel))),
      );
      return;
    }
    const concerned = body.subscriptions.flatMap((id) => [...(this.#table.get(id)?.members ?? [])]);
    deliverGaps(concerned.flatMap((subscription) => newTo(subscription, body, this.#tracker.epoch)));
  }

  /** The server need not be asked: it begins where its bus is. */
  #joinLive(to: SharedSubscription, owner: Owner, set: FilterSet, asked: Asked): Subscription {
    const { stage } = to;
    const [first] = to.members;
    const start = Math.max(this.#tracker.offset ?? 0, stage.name === 'live' ? stage.start : 0);
    const subscription = this.#table.join(to, owner, set, { name: 'live', start, since: start }, asked);
    // Gaps below its start do not concern it.
    subscription.lastGap = { to: start, from: null, missed: null };
    subscription.reportedEnds = first?.reportedEnds ?? [];
    // Its owner expects to know it before it hears of it.
    void Promise.resolve().then(() => {
      owner.granted(subscription);
      if (subscription.stage.name === 'live') owner.live(false);
    });
    return subscription;
  }

  /** Removes from the wire the filters that none of its members has any more. */
  #shrink(shared: SharedSubscription): Promise<void> {
    const sets = [...shared.members].map(({ set }) => set);
    const kept = {
      channels: sets.flatMap(({ channels }) => channels),
      prefixes: sets.flatMap(({ prefixes }) => prefixes),
    };
    const gone = without(shared.set, kept);
    if (filterCount(gone) === 0) return Promise.resolve();
    shared.set = without(shared.set, gone);
    return this.#asking.unsubscribe(shared, bare(gone));
  }

  /** Answers who its members were. */
  #forget(shared: SharedSubscription): readonly Subscription[] {
    this.#acks?.caughtUp(shared.id);
    return this.#table.remove(shared);
  }

  /** An entry of the log has come: it moves the position, or a replay, and is given to those who take it. */
  #entry(entry: Come, bytes: number, give: (to: Subscription, parcel: Parcel) => void): void {
    const replayed = this.#replay.left > 0;
    const parcel =
      (replayed
        ? this.#acks?.replayed(bytes, entry.offset, this.#replay.subscription?.id)
        : this.#acks?.received(bytes, entry.offset)) ?? UNCOUNTED;
    if (replayed) this.#replayOne(entry, (to) => give(to, parcel));
    else this.#handRound(entry, (to) => give(to, parcel));
    parcel.release();
  }

  #handRound({ channel, offset }: Come, give: (to: Subscription) => void): void {
    const position = this.#tracker.offset ?? 0;
    this.#tracker.moved(offset);
    const given = new Set<Owner>();
    this.#table.index.each(channel, (subscription) => {
      const { owner, stage } = subscription;
      if (!takes(stage, offset) || given.has(owner)) return;
      given.add(owner);
      const another = (each: Subscription): boolean =>
        each !== subscription && each.matches(channel) && hasReceived(each.stage, offset, position);
      if (owner.subscriptions.length > 1 && owner.subscriptions.some(another)) return;
      give(subscription);
    });
  }

  #replayOne({ channel, offset }: Come, give: (to: Subscription) => void): void {
    const { subscription: shared } = this.#replay;
    this.#replay.left -= 1;
    for (const subscription of shared?.members ?? []) {
      const { stage, owner } = subscription;
      subscription.stage = replayed(stage, offset);
      if (!subscription.matches(channel)) continue;
      const another = (each: Subscription): boolean =>
        each !== subscription &&
        each.matches(channel) &&
        hasReceived(each.stage, offset, this.#tracker.offset ?? 0);
      if (!owner.subscriptions.some(another)) give(subscription);
    }
  }

  /** Says how far the application has come, if anything is had: also of what is about to be replayed. */
  #resume(acks: Acks, from: number): void {
    const started = [...this.#table.shared].filter(({ offset }) => offset !== undefined);
    for (const { id, offset = from } of started) if (offset < from) acks.replaying(id, offset);
    // Some may have been read while there was no connection.
    this.#held = this.#held.filter(({ isGone }) => !isGone);
    if (started.length > 0) acks.resume(this.#held);
  }

  /**
   * Reported here rather than when the server's gap comes: from now on these ask from the start of the new log, so that
   * a connection lost before that gap would lose its only report.
   */
  #renew(endedEpoch: string, begins: number): void {
    this.#held = [];
    const reports = [...this.#table.members()].flatMap((subscription) => {
      const { stage, lastGap } = subscription;
      subscription.stage = renewed(stage, begins);
      subscription.lastGap = undefined;
      if (offsetOf(stage) === undefined) return [];
      const ends = endsOf(stage, subscription, endedEpoch, lastGap?.to ?? 0);
      return ends.flatMap((gap) => (isNewEnd(subscription, gap.epoch) ? [{ subscription, gap }] : []));
    });
    deliverGaps(reports);
  }
}
