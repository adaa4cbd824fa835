/** A publisher of stamped messages. `start <rate>` a second, `stop`; `count`: how many since it was last asked. */
import { channelsOf, LoadPublisher, NativeOutlet, type Outlet, Pace, Stamps } from 'zerospan/load';
import { NatsOutlet } from '../dialects/nats-outlet.ts';
import { answer, plan, say } from './part.ts';

export interface PublisherPlan {
  readonly to: { readonly native: string } | { readonly nats: number };
  /** One channel of this name; with a count, that many channels below it, in turn. */
  readonly channel: { readonly name: string; readonly count: number };
  readonly payloadBytes: number;
}

const { to, channel, payloadBytes } = plan<PublisherPlan>();
const outlet: Outlet =
  'native' in to
    ? new NativeOutlet(to.native)
    : new NatsOutlet(to.nats, (reason) => process.stderr.write(`publisher: ${reason}\n`));
const publisher = new LoadPublisher(
  outlet,
  channelsOf(channel.name, channel.count),
  new Stamps(payloadBytes),
);
const pace = new Pace(() => publisher.publish());
let received = 0;

answer({
  start(rate = 0) {
    pace.start(rate);
    return {};
  },
  stop() {
    pace.stop();
    return {};
  },
  count() {
    const sent = publisher.sent - received;
    received = publisher.sent;
    return { sent };
  },
});
say({ ready: true });
