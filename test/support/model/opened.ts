import type { Subscription } from '../../../client/src/subscriptions/subscription.ts';
import { Subscriptions } from '../../../client/src/subscriptions/subscriptions.ts';

/**
 * What a call opens, in its order. Equal subscriptions may share one of the wire, and a client says nothing to its
 * server then: which one stands for a subscriber cannot be seen from outside.
 */
export function opened(call: () => void): readonly Subscription[] {
  const seen: Subscription[] = [];
  const open = Object.getOwnPropertyDescriptor(Subscriptions.prototype, 'open')
    ?.value as Subscriptions['open'];
  Subscriptions.prototype.open = function (this: Subscriptions, ...args) {
    const subscription = open.apply(this, args);
    seen.push(subscription);
    return subscription;
  };
  try {
    call();
  } finally {
    Subscriptions.prototype.open = open;
  }
  return seen;
}
