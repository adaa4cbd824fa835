import {
  filterCount,
  type HelloBody,
  type PutPace,
  type SubscribeBody,
  TIMES,
  ZerospanError,
} from '@zerospan/shared';
import { type Access, accessOf } from '../access/access.ts';
import type { Identity, Visitor } from '../access/gate.ts';
import { clientKeyOf, rateKeyOf } from '../access/keys.ts';
import type { Want } from '../log/log.ts';
import type { Step } from '../session/catchup.ts';
import { gapsOf, type Lost } from '../session/gaps.ts';
import type { Link } from '../session/link.ts';
import { LostSearch } from '../session/lost-search.ts';
import { Session } from '../session/session.ts';
import { Subscription } from '../session/subscription.ts';
import type { Holding } from '../sharing/per-user.ts';
import type { Surroundings } from '../surroundings.ts';
import { filtersOf, greet, resumesAt, type Wish } from './greeting.ts';
import { checkRoom, checkUser, refusalOf, subscribedOf } from './replies.ts';

/** A client that is let in, and what it asks for. */
export interface Entrant {
  readonly visitor: Visitor;
  /** What it is known by: see `clientKeyOf`. */
  readonly clientKey: string;
  /** For whose share of the server's bounds it counts. */
  readonly user: string;
  readonly access: Access;
  readonly hello: HelloBody;
  /** Its filters, as they count for its user. */
  readonly held: Holding;
  /** What became of each subscription of its hello. */
  readonly wishes: ReadonlyMap<SubscribeBody, Wish | ZerospanError>;
}

export function entrantOf(
  identity: Identity,
  visitor: Visitor,
  hello: HelloBody,
  bad: ReadonlyMap<SubscribeBody, ZerospanError> | undefined,
  bus: Surroundings,
): Entrant {
  const access = accessOf(identity);
  const clientKey = clientKeyOf(identity.subject, hello.client);
  const user = bus.userOf(identity.subject, visitor.address);
  const entrant = { visitor, clientKey, user, access, hello, held: bus.filters.hold(user) };
  return { ...entrant, wishes: wishesOf(entrant, bad, bus) };
}

/**
 * Whether a subject has as many connections as it may. One that takes the place of another of the same client makes no
 * crowd larger.
 */
export function isCrowded(
  subject: string,
  clientKey: string,
  { bounds, subjects, clients }: Surroundings,
): boolean {
  const others = subjects.count(subject) - (clients.has(clientKey) ? 1 : 0);
  return bounds.connectionsPerUser > 0 && others >= bounds.connectionsPerUser;
}

/** The subscriptions of a hello, each good, or with what is wrong with it. */
function wishesOf(
  { hello, access, user, clientKey }: Omit<Entrant, 'wishes'>,
  bad: ReadonlyMap<SubscribeBody, ZerospanError> | undefined,
  bus: Surroundings,
): Map<SubscribeBody, Wish | ZerospanError> {
  const { log, fanout, recent, limits } = bus;
  const isOtherLog = hello.epoch !== undefined && hello.epoch !== log.epoch;
  const taken: Wish[] = [];
  // Those of a connection whose place it takes go with that.
  let filters = -bus.clients.filtersOf(clientKey, user);
  const wishOf = (body: SubscribeBody): Wish | ZerospanError => {
    try {
      const filter = filtersOf(body, limits);
      checkRoom({ id: body.id, filter }, taken, limits);
      checkUser(user, filters + filterCount(filter), bus);
      access.checkSubscribe(filter);
      const { replay, after } = body;
      // A position that was within the window when it was asked for: it has lost something, as any that resumes.
      const isResumed = after !== undefined && replay !== undefined && 'since' in replay;
      if (replay && !isResumed) access.checkReplay(filter, replay, recent, log.epoch);
      const start = resumesAt(body, isOtherLog, log, fanout.head) ?? Number.POSITIVE_INFINITY;
      const isHistory = start < recent.start && !access.mayHaveHistory(filter);
      const wish: Wish = { ...body, filter, ...(isHistory && { begins: recent.start }) };
      taken.push(wish);
      filters += filterCount(filter);
      return wish;
    } catch (error) {
      return error as ZerospanError;
    }
  };
  const wishes = new Map<SubscribeBody, Wish | ZerospanError>();
  for (const body of hello.subscriptions ?? []) wishes.set(body, bad?.get(body) ?? wishOf(body));
  return wishes;
}

function goodOnes({ wishes }: Pick<Entrant, 'wishes'>): Wish[] {
  return [...wishes.values()].filter((wish): wish is Wish => !(wish instanceof ZerospanError));
}

/**
 * Counts the filters of a client that is not let in yet: others of its user, of which each has room, may be let in
 * meanwhile.
 * @returns undoes it
 */
export function holdFilters(entrant: Entrant): () => void {
  const { held } = entrant;
  held.be(goodOnes(entrant).reduce((sum, { filter }) => sum + filterCount(filter), 0));
  return () => held.be(0);
}

/**
 * What those lose who come back from before the resume window; undefined where nobody does. The log is asked, so that
 * nobody is told who lost nothing.
 */
export function lostBefore(
  entrant: Entrant,
  bus: Surroundings,
  isOver: () => boolean,
): Promise<readonly Lost[]> | undefined {
  const { log, fanout, replays } = bus;
  const { epoch } = entrant.hello;
  const isOtherLog = epoch !== undefined && epoch !== log.epoch;
  const late = goodOnes(entrant).filter(({ begins }) => begins !== undefined);
  const [first] = late;
  if (first?.begins === undefined) return undefined;
  const wants = late.map(
    (wish) => new Subscription(wish, resumesAt(wish, isOtherLog, log, fanout.head) ?? 0),
  );
  const least = wants.reduce((lowest, { after }) => Math.min(lowest, after), first.begins);
  const rateKey = rateKeyOf(entrant.access.identity.subject, entrant.clientKey);
  const search = new LostSearch(wants, least, first.begins, replays.roomFor(rateKey));
  return found(search, entrant.user, bus, isOver).finally(() => replays.charge(rateKey, search.looked));
}

/**
 * Takes the steps of a search among those of all sessions that catch up.
 * @param isOver whether nobody waits for it any more
 */
function found(
  search: LostSearch,
  user: string,
  { reads, catchUp }: Surroundings,
  isOver: () => boolean,
): Promise<readonly Lost[]> {
  return new Promise((resolve, reject) => {
    const goesOn = (): boolean => {
      if (!search.isDone && !isOver()) return true;
      resolve(search.lost);
      return false;
    };
    const failed = (error: unknown): false => {
      reject(error as Error);
      return false;
    };
    const step = (): Step => {
      if (isOver()) return goesOn();
      try {
        const asked = reads.ask(
          user,
          (log) => search.step(log),
          () => {},
        );
        return asked instanceof Promise ? asked.then(goesOn, failed) : (asked ?? goesOn());
      } catch (error) {
        return failed(error);
      }
    };
    if (search.isDone) resolve(search.lost);
    else catchUp.add({ user, step });
  });
}

/** What a replay may give. Where it begins by time, only the log knows from which offset on. */
function historyOf({ filter, replay }: Subscription): Want[] {
  return replay ? [{ filter, after: replay.fromMs === undefined ? replay.cursor : 0 }] : [];
}

/** undefined: there is none. */
function paceOf({ clientKey, access, user }: Entrant, bus: Surroundings): PutPace | undefined {
  const { putsPerS, putBurst: burst, putBytesPerS: bytesPerS } = bus.bounds;
  if (putsPerS === 0 && bytesPerS === 0) return undefined;
  const { subject } = access.identity;
  const left = Math.floor(bus.debts?.leftOf(rateKeyOf(subject, clientKey)) ?? burst);
  const puts = { putsPerS, burst, ...(left < burst && { left }) };
  if (bytesPerS === 0) return puts;
  const { burst: burstBytes } = bus.rations;
  const leftBytes = Math.floor(bus.rations.leftOf(user));
  return { ...puts, bytesPerS, burstBytes, ...(leftBytes < burstBytes && { leftBytes }) };
}

/**
 * Says welcome, what became of each subscription, and what they lost before anything is read; and so a session begins.
 * @param lost of those who come back from before the resume window
 */
export function welcome(entrant: Entrant, lost: readonly Lost[], link: Link, bus: Surroundings): Session {
  const { log, fanout, clock, receipts } = bus;
  const pace = paceOf(entrant, bus);
  const { hello, wishes, clientKey, access } = entrant;
  const { expiresMs } = access.identity;
  const good = goodOnes(entrant);
  const greeting = greet(log, fanout.head, hello.epoch, good);
  const body = {
    session: entrant.visitor.session,
    epoch: log.epoch,
    resumed: greeting.resumed,
    from: greeting.cursor,
    head: fanout.head,
    beatMs: TIMES.beatMs,
    silenceMs: TIMES.silenceMs,
    retrySpreadMs: bus.retrySpreadMs,
    limits: bus.limits,
    ...(expiresMs !== undefined && { expiresInMs: Math.max(expiresMs - clock.now(), 0) }),
    ...(pace && { pace }),
  };
  link.say({ welcome: body });
  const { subscriptions, offsets } = greeting;
  let next = 0;
  for (const [{ id }, wish] of wishes) {
    if (wish instanceof ZerospanError)
      link.say({ refused: refusalOf(bus, wish, { subscription: id }, entrant) });
    else link.say({ subscribed: subscribedOf(subscriptions[next] as Subscription, offsets[next++]) });
  }
  for (const gap of [...greeting.gaps, ...gapsOf(lost, 'retention', log.epoch)]) {
    link.say({ gap });
    bus.reports.gap(gap.reason);
  }
  const session = new Session(link, bus, subscriptions, greeting.cursor, {
    acks: hello.acks ?? false,
    rateKey: rateKeyOf(access.identity.subject, clientKey),
    held: entrant.held,
  });
  if (session.witnesses) {
    // One that has no position begins at the head: what was put before, only its history may give it.
    const resuming = subscriptions.filter((_, i) => good[i]?.after !== undefined);
    const replayed = subscriptions.flatMap((one, i) => (good[i]?.after === undefined ? historyOf(one) : []));
    receipts.back(clientKey, session.witnesses, resuming, replayed);
    for (const [i, { filter, begins }] of good.entries()) {
      const after = offsets[i] as number;
      if (begins !== undefined) session.witnesses.dropped([{ filter, after }], after, subscriptions);
    }
  }
  return session;
}
