import {
  type Clock,
  type FilterSet,
  LIMITS,
  type ObservedGrants,
  type ObservedSession,
  type ObservedSubscription,
  type SessionDetail,
} from '@zerospan/shared';
import type { Grants } from '../access/gate.ts';
import type { Refs } from '../access/refs.ts';
import type { Connections } from '../connections.ts';
import type { Log } from '../log/log.ts';
import type { Session } from '../session/session.ts';
import type { Subscription } from '../session/subscription.ts';

/** How many subscriptions of one session are described. */
const SUBSCRIPTIONS_MOST = 1_000;

/** PORT: what is still known of sessions that have ended. */
export interface EarlierSessions {
  /** Sessions of the client with this ref that have ended, newest first, 20 at most. */
  earlier(ref: string): SessionDetail['earlier'];
}

/** What describing sessions uses of the bus. */
export interface DescribingBus {
  readonly clock: Clock;
  readonly log: Pick<Log, 'elapsed'>;
  readonly fanout: { readonly head: number };
  readonly refs: Pick<Refs, 'of' | 'named'>;
  readonly connections: Pick<Connections, 'refusalsOf'>;
}

export function idOf({ requester }: Session): string {
  return requester.visitor.session;
}

export function observedOf(
  session: Session,
  { clock, log, fanout, refs, connections }: DescribingBus,
): ObservedSession {
  const { requester, writer, reached, subscriptions, beganMs } = session;
  return {
    ...refs.named(requester),
    address: requester.visitor.address,
    transport: writer.encoding.transport,
    since: Math.round(clock.now() - (log.elapsed() - beganMs)),
    standing: session.standing === 'live' ? 'live' : 'behind',
    position: reached,
    lag: Math.max(fanout.head - reached, 0),
    unackedBytes: writer.unackedBytes,
    refusals: connections.refusalsOf(idOf(session)),
    gaps: writer.gaps?.count ?? 0,
    subscriptions: subscriptions.length,
    filters: session.filterCount,
  };
}

export function detailOf(session: Session, bus: DescribingBus, journal: EarlierSessions): SessionDetail {
  const { grants, expiresMs } = session.requester.access.identity;
  const observed = observedOf(session, bus);
  return {
    ...observed,
    grants: grantsOf(grants),
    expires: expiresMs ?? null,
    window: {
      bytes: observed.unackedBytes,
      mostBytes: session.witnesses === undefined ? 0 : LIMITS.windowBytes,
    },
    subscribed: session.subscriptions.slice(0, SUBSCRIPTIONS_MOST).map(subscriptionOf),
    reported: session.writer.gaps?.latest ?? [],
    earlier: journal.earlier(observed.ref),
  };
}

function subscriptionOf({ id, filter, onLag, replay }: Subscription): ObservedSubscription {
  return { id, onLag, ...copyOf(filter), ...(replay && { replayed: replay.cursor }) };
}

function grantsOf({ subscribe, put, history, confirm, admin, metrics, observe }: Grants): ObservedGrants {
  return {
    subscribe: copyOf(subscribe),
    put: copyOf(put),
    history: copyOf(history),
    confirm,
    admin,
    metrics: metrics ?? false,
    observe: observe ?? false,
  };
}

/** Of an application's own gate it may have anything beside these. */
function copyOf({ channels, prefixes }: FilterSet): FilterSet {
  return { channels, prefixes };
}
