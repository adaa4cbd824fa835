import {
  type ClientMessage,
  encodeControl,
  type FilterSet,
  filterCount,
  type GapBody,
  type LiveBody,
  type PublicationFrame,
  type ReplayBody,
  type ReplayRequest,
  type ResumeBody,
  type SubscribedBody,
  toFilters,
  utf8Bytes,
  without,
  type ZerospanError,
} from '@zerospan/shared';
import { type Acks, type Parcel, UNCOUNTED } from './acks.ts';
import { FilterIndex } from './filter-index.ts';
import { shared } from './filters.ts';
import { endsOf, gapOf, untold } from './gaps.ts';
import type { Place } from './position.ts';
import { publicationOf } from './publication.ts';
import {
  bare,
  caughtUp,
  cut,
  granted,
  had,
  NEW,
  type Owner,
  placeOf,
  renewed,
  replayed,
  resumedFrom,
  Subscription,
  takes,
} from './subscription.ts';
import type { Publication } from './types.ts';

/** A gap as it concerns one subscription. */
interface Told {
  readonly subscription: Subscription;
  readonly gap: GapBody;
}

/**
 * All subscriptions of a bus, over its connections: says them to the server, and hands round what comes in.
 * `offline`: the next `hello` says everything. `greeting`: `hello` is out; what changes now is said after `welcome`.
 */
export class Subscriptions {
  readonly #place: Place;
  readonly #send: (frame: string) => void;
  readonly #byId = new Map<number, Subscription>();
  readonly #index = new FilterIndex<Subscription>();
  /** What waits for an `unsubscribed`, by subscription, in the order asked. */
  readonly #leaving = new Map<number, (() => void)[]>();
  #stage: 'offline' | 'greeting' | 'live' = 'offline';
  #unsaid: string[] = [];
  #acks: Acks | undefined;
  #resuming: boolean;
  #lastId = 0;
  /** The next `left` publications are for this subscription alone. */
  #replay: { readonly subscription: Subscription | undefined; left: number } = {
    subscription: undefined,
    left: 0,
  };

  /** @param send takes a frame while the server has said welcome and the connection lasts */
  constructor(place: Place, send: (frame: string) => void) {
    this.#place = place;
    this.#send = send;
    this.#resuming = place.offset !== undefined;
  }

  open(owner: Owner, set: FilterSet, replay?: ReplayRequest): Subscription {
    const from = this.#resuming ? this.#place.offset : undefined;
    const stage = from === undefined ? NEW : resumedFrom(from);
    this.#lastId += 1;
    const subscription = new Subscription(this.#lastId, owner, set, stage, replay);
    this.#byId.set(subscription.id, subscription);
    this.#index.add(set, subscription);
    this.#ask(subscription);
    return subscription;
  }

  /** Takes filters away; a subscription left without any ends. Settles when the server has answered, or is gone. */
  narrow(subscription: Subscription, filters: FilterSet): Promise<void> {
    const gone = shared(subscription.set, filters);
    const left = without(subscription.set, gone);
    if (filterCount(left) === 0) return this.end(subscription);
    if (filterCount(gone) === 0) return Promise.resolve();
    this.#index.remove(gone, subscription);
    subscription.set = left;
    return this.#unsubscribe(subscription, gone);
  }

  end(subscription: Subscription): Promise<void> {
    if (subscription.stage.name === 'ended') return Promise.resolve();
    this.#forget(subscription);
    return this.#unsubscribe(subscription, { channels: [], prefixes: [] });
  }

  /** What `hello` says, as far as it fits; the others follow after `welcome`. */
  hello(roomBytes: number): ResumeBody[] {
    this.#stage = 'greeting';
    const bodies: ResumeBody[] = [];
    let room = roomBytes;
    for (const subscription of this.#byId.values()) {
      const body = subscription.resumeBody();
      room -= utf8Bytes(JSON.stringify(body)) + 1;
      if (room < 0) break;
      bodies.push(body);
      subscription.asked = true;
    }
    return bodies;
  }

  /** @param endedEpoch the epoch that these subscriptions were in, when the server's is another */
  welcomed(endedEpoch: string | undefined, acks: Acks): void {
    this.#acks = acks;
    this.#resuming = false;
    this.#stage = 'live';
    if (endedEpoch !== undefined) this.#renew(endedEpoch);
    for (const frame of this.#unsaid.splice(0)) this.#send(frame);
    for (const subscription of this.#byId.values()) this.#ask(subscription);
  }

  /** The connection has ended. */
  lost(): void {
    this.#stage = 'offline';
    this.#acks?.end();
    this.#unsaid = [];
    this.#replay = { subscription: undefined, left: 0 };
    for (const subscription of this.#byId.values()) {
      subscription.stage = cut(subscription.stage, this.#place.offset);
      subscription.asked = false;
    }
    const answers = [...this.#leaving.values()].flat();
    this.#leaving.clear();
    for (const answer of answers) answer();
  }

  publication(frame: PublicationFrame, bytes: number): void {
    const publication = publicationOf(frame, this.#place.epoch ?? '');
    const replayed = this.#replay.left > 0;
    const parcel = this.#acks?.received(bytes, replayed ? undefined : frame.offset) ?? UNCOUNTED;
    if (replayed) this.#replayOne(publication, parcel);
    else this.#handRound(publication, parcel);
    parcel.release();
  }

  subscribed(body: SubscribedBody): void {
    const subscription = this.#byId.get(body.id);
    if (subscription === undefined) return;
    subscription.stage = granted(subscription.stage, body);
    subscription.owner.granted(subscription);
  }

  replay({ subscription, count }: ReplayBody): void {
    // Kept for one that has ended, too: what follows is nobody's then.
    this.#replay = { subscription: this.#byId.get(subscription), left: count };
  }

  live({ subscription: id, offset }: LiveBody): void {
    const subscription = this.#byId.get(id);
    if (subscription !== undefined) subscription.stage = caughtUp(subscription.stage, offset);
  }

  unsubscribed(id: number): void {
    const answers = this.#leaving.get(id);
    answers?.shift()?.();
    if (answers?.length === 0) this.#leaving.delete(id);
  }

  /** A refusal is of the subscription until it is granted; later it can only be of an unsubscribe. */
  refused(id: number, error: ZerospanError): void {
    const subscription = this.#byId.get(id);
    if (subscription?.stage.name !== 'waiting') {
      this.unsubscribed(id);
      return;
    }
    this.#forget(subscription);
    subscription.owner.refused(subscription, error);
  }

  gap(body: GapBody): void {
    const told = body.subscriptions.flatMap((id) => {
      const subscription = this.#byId.get(id);
      if (subscription === undefined) return [];
      if (body.reason === 'restart') {
        if (subscription.toldEnd === body.epoch) return [];
        subscription.toldEnd = body.epoch;
      }
      if (body.epoch !== this.#place.epoch) return [{ subscription, gap: body }];
      const gap = untold(body, subscription.toldTo);
      subscription.toldTo = Math.max(subscription.toldTo ?? 0, body.to ?? 0);
      return gap === undefined ? [] : [{ subscription, gap }];
    });
    this.#tell(told);
  }

  #ask(subscription: Subscription): void {
    if (this.#stage === 'offline' || subscription.asked) return;
    subscription.asked = true;
    this.#say({ subscribe: subscription.subscribeBody(this.#place.epoch) });
  }

  #say(message: ClientMessage): void {
    const frame = encodeControl(message);
    if (this.#stage === 'live') this.#send(frame);
    else this.#unsaid.push(frame);
  }

  #unsubscribe({ id, asked }: Subscription, filters: FilterSet): Promise<void> {
    if (this.#stage === 'offline' || !asked) return Promise.resolve();
    return new Promise((resolve) => {
      this.#leaving.set(id, [...(this.#leaving.get(id) ?? []), resolve]);
      this.#say({ unsubscribe: { id, ...bare(filters) } });
    });
  }

  #forget(subscription: Subscription): void {
    subscription.stage = { name: 'ended' };
    this.#byId.delete(subscription.id);
    this.#index.remove(subscription.set, subscription);
  }

  #handRound(publication: Publication, parcel: Parcel): void {
    const { channel, offset } = publication;
    const position = this.#place.offset ?? 0;
    this.#place.moved(offset);
    const given = new Set<Owner>();
    this.#index.each(channel, (subscription) => {
      const { owner, stage } = subscription;
      if (!takes(stage, offset) || given.has(owner)) return;
      given.add(owner);
      const another = (each: Subscription): boolean =>
        each !== subscription && each.wants(channel) && had(each.stage, offset, position);
      if (owner.subscriptions.length > 1 && owner.subscriptions.some(another)) return;
      owner.take(publication, parcel);
    });
  }

  #replayOne(publication: Publication, parcel: Parcel): void {
    const { channel, offset } = publication;
    const { subscription } = this.#replay;
    this.#replay.left -= 1;
    if (subscription === undefined || subscription.stage.name === 'ended') return;
    subscription.stage = replayed(subscription.stage, offset);
    if (!subscription.wants(channel)) return;
    const another = (each: Subscription): boolean =>
      each !== subscription && each.wants(channel) && had(each.stage, offset, this.#place.offset ?? 0);
    if (!subscription.owner.subscriptions.some(another)) subscription.owner.take(publication, parcel);
  }

  /**
   * Told here rather than when the server's gap comes: from now on these ask from the start of the new log, so that
   * a connection lost before that gap would take the only word of it along.
   */
  #renew(endedEpoch: string): void {
    const told = [...this.#byId.values()].flatMap((subscription) => {
      const { stage, toldTo = 0 } = subscription;
      subscription.stage = renewed(stage);
      subscription.toldTo = undefined;
      if (placeOf(stage) === undefined) return [];
      const ends = endsOf(stage, subscription, endedEpoch, toldTo);
      subscription.toldEnd = endedEpoch;
      return ends.map((gap) => ({ subscription, gap }));
    });
    this.#tell(told);
  }

  /** One gap for each owner, unless its subscriptions miss different ranges. */
  #tell(told: readonly Told[]): void {
    const groups = new Map<Owner, Told[]>();
    for (const each of told) {
      const { owner } = each.subscription;
      groups.set(owner, [...(groups.get(owner) ?? []), each]);
    }
    for (const [owner, group] of groups) {
      const rangeOf = ({ gap }: Told): string => `${gap.epoch} ${gap.from}`;
      for (const range of new Set(group.map(rangeOf))) {
        const alike = group.filter((each) => rangeOf(each) === range);
        const filters = alike.flatMap(({ subscription }) => toFilters(subscription.set));
        for (const { gap } of alike.slice(0, 1)) owner.tell(gapOf(gap, filters));
      }
    }
  }
}
