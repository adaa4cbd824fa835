import {
  type ClientMessage,
  type Clock,
  encodeControl,
  type FilterSet,
  type SubscribeBody,
  utf8Bytes,
} from '@zerospan/shared';
import type { SharedSubscription } from './subscription.ts';

/**
 * Says subscriptions to the server, over all connections. `offline`: the next `hello` says everything. `greeting`:
 * `hello` is out; what changes now is said after `welcome`.
 */
export class Asking {
  readonly #clock: Clock;
  readonly #send: (frame: string) => void;
  /** What waits for an `unsubscribed`, by subscription, in the order asked. */
  readonly #leaving = new Map<number, (() => void)[]>();
  #stage: 'offline' | 'greeting' | 'live' = 'offline';
  #unsaid: string[] = [];

  /** @param send takes a frame while the server has said welcome and the connection lasts */
  constructor(clock: Clock, send: (frame: string) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** What `hello` says, as far as it fits; the others follow after `welcome`. */
  hello(all: Iterable<SharedSubscription>, roomBytes: number): SubscribeBody[] {
    this.#stage = 'greeting';
    const bodies: SubscribeBody[] = [];
    let room = roomBytes;
    for (const subscription of all) {
      const body = subscription.body(this.#clock);
      room -= utf8Bytes(JSON.stringify(body)) + 1;
      if (room < 0) break;
      bodies.push(body);
      subscription.asked = true;
    }
    return bodies;
  }

  /** Says what is still to be said to this connection's server. */
  welcomed(all: Iterable<SharedSubscription>): void {
    this.#stage = 'live';
    for (const frame of this.#unsaid.splice(0)) this.#send(frame);
    for (const subscription of all) this.ask(subscription);
  }

  /** The connection has ended, and with it what was asked of its server. */
  lost(all: Iterable<SharedSubscription>): void {
    this.#stage = 'offline';
    this.#unsaid = [];
    for (const subscription of all) subscription.asked = false;
    const answers = [...this.#leaving.values()].flat();
    this.#leaving.clear();
    for (const answer of answers) answer();
  }

  /** Before `welcome` it waits for that: only then it is known which epoch `after` is of. */
  ask(subscription: SharedSubscription): void {
    if (this.#stage !== 'live' || subscription.asked) return;
    subscription.asked = true;
    this.#say({ subscribe: subscription.body(this.#clock) });
  }

  /**
   * @param filters which to take away; the subscription ends without any. Settles when the server has answered, or is
   * gone.
   */
  unsubscribe({ id, asked }: SharedSubscription, filters: Partial<FilterSet>): Promise<void> {
    if (this.#stage === 'offline' || !asked) return Promise.resolve();
    return new Promise((resolve) => {
      this.#leaving.set(id, [...(this.#leaving.get(id) ?? []), resolve]);
      this.#say({ unsubscribe: { id, ...filters } });
    });
  }

  /** The server has answered an `unsubscribe`, in one way or the other. */
  unsubscribed(id: number): void {
    const answers = this.#leaving.get(id);
    answers?.shift()?.();
    if (answers?.length === 0) this.#leaving.delete(id);
  }

  #say(message: ClientMessage): void {
    const frame = encodeControl(message);
    if (this.#stage === 'live') this.#send(frame);
    else this.#unsaid.push(frame);
  }
}
