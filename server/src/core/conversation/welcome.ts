import {
  type Clock,
  type Limits,
  type PutPace,
  type SubscribeBody,
  TIMES,
  type WelcomeBody,
  ZerospanError,
} from '@zerospan/shared';
import type { AccessBounds } from '../access/bounds.ts';
import type { Requester } from '../access/requester.ts';
import type { Log } from '../log/log.ts';
import type { BurstDebts } from '../pacing/burst-debts.ts';
import type { LogRations } from '../pacing/log-rations.ts';
import type { Reports } from '../reports.ts';
import type { Link } from '../session/link.ts';
import type { Subscription } from '../session/subscription.ts';
import type { Greeting, Wish } from '../subscribing/greeting.ts';
import { refusedOf, subscribedOf } from '../subscribing/subscriber.ts';

/** What a welcome says of the bus. */
export interface WelcomeBus {
  readonly log: Pick<Log, 'epoch' | 'begins'>;
  readonly clock: Clock;
  readonly fanout: { readonly head: number };
  readonly limits: Limits;
  readonly bounds: Pick<AccessBounds, 'putsPerS' | 'putBurst' | 'putBytesPerS'>;
  readonly debts: BurstDebts | undefined;
  readonly rations: LogRations;
  /** The window, in ms, in which a client that loses this server makes its first attempt to reconnect. */
  readonly retrySpreadMs: number;
  readonly reports: Pick<Reports, 'rejection'>;
}

/** Says `welcome`, and then what became of each subscription of `hello`. */
export function sayWelcome(
  link: Pick<Link, 'say'>,
  requester: Requester,
  results: ReadonlyMap<SubscribeBody, Wish | ZerospanError>,
  greeting: Greeting,
  bus: WelcomeBus,
): void {
  link.say({ welcome: welcomeOf(requester, greeting, bus) });
  let next = 0;
  for (const [{ id }, result] of results) {
    if (result instanceof ZerospanError)
      link.say({ refused: refusedOf(id, bus.reports.rejection(result, requester.sender)) });
    else {
      const subscription = greeting.subscriptions[next] as Subscription;
      link.say({ subscribed: subscribedOf(subscription, greeting.offsets[next++]) });
    }
  }
}

function welcomeOf(requester: Requester, greeting: Greeting, bus: WelcomeBus): WelcomeBody {
  const pace = paceOf(requester, bus);
  const { expiresMs } = requester.access.identity;
  return {
    session: requester.visitor.session,
    epoch: bus.log.epoch,
    ...(bus.log.begins > 0 && { begins: bus.log.begins }),
    resumed: greeting.resumed,
    from: greeting.cursor,
    head: bus.fanout.head,
    beatMs: TIMES.beatMs,
    silenceMs: TIMES.silenceMs,
    retrySpreadMs: bus.retrySpreadMs,
    limits: bus.limits,
    ...(expiresMs !== undefined && { expiresInMs: Math.max(expiresMs - bus.clock.now(), 0) }),
    ...(pace && { pace }),
  };
}

/** undefined: there is none. */
function paceOf({ rateKey, user }: Requester, { bounds, debts, rations }: WelcomeBus): PutPace | undefined {
  const { putsPerS, putBurst: burst, putBytesPerS: bytesPerS } = bounds;
  if (putsPerS === 0 && bytesPerS === 0) return undefined;
  const left = Math.floor(debts?.leftOf(rateKey) ?? burst);
  const puts = { putsPerS, burst, ...(left < burst && { left }) };
  if (bytesPerS === 0) return puts;
  const { burst: burstBytes } = rations;
  const leftBytes = Math.floor(rations.leftOf(user));
  return { ...puts, bytesPerS, burstBytes, ...(leftBytes < burstBytes && { leftBytes }) };
}
