import { type Meter, meter } from '../core/meter.ts';
import { DROP_REASONS } from './framing.ts';
import type { Ingress } from './ingress.ts';
import type { Native } from './native.ts';

/** What the ZeroMQ side counts. Legs: `ingress` is bound, `sources` are connected to, `egress` is bound. */
export function nativeMeters(native: Native): Meter[] {
  const { egress, ingresses } = native;
  const byLeg = (value: (ingress: Ingress) => number): [string, number][] => [
    ['ingress', sum(ingresses.filter(({ role }) => role === 'bind').map(value))],
    ['sources', sum(ingresses.filter(({ role }) => role === 'connect').map(value))],
  ];
  return [
    {
      kind: 'counter',
      name: 'zerospan_zeromq_received_total',
      help: 'Messages received from ZeroMQ, dropped ones included',
      label: 'leg',
      read: () => byLeg(({ received }) => received),
    },
    {
      kind: 'counter',
      name: 'zerospan_zeromq_dropped_total',
      help: 'Messages from ZeroMQ that were dropped, by reason',
      label: 'reason',
      read: () =>
        DROP_REASONS.map((reason) => [reason, sum(ingresses.map(({ drops }) => drops.counts[reason]))]),
    },
    meter('counter', 'zerospan_zeromq_failed_total', 'Messages from ZeroMQ that the log could not take', () =>
      sum(ingresses.map(({ failed }) => failed)),
    ),
    {
      kind: 'gauge',
      name: 'zerospan_zeromq_peers',
      help: 'ZeroMQ peers connected now',
      label: 'leg',
      read: () => [...byLeg(({ peers }) => peers.connected), ['egress', egress.peers.connected]],
    },
    {
      kind: 'counter',
      name: 'zerospan_zeromq_disconnects_total',
      help: 'ZeroMQ peers that went away; one that sends too large a message is cut off and comes back',
      label: 'leg',
      read: () => [...byLeg(({ peers }) => peers.disconnects), ['egress', egress.peers.disconnects]],
    },
    meter(
      'gauge',
      'zerospan_zeromq_topics',
      'Topics that native subscribers subscribe to',
      () => egress.topics.size,
    ),
    meter(
      'counter',
      'zerospan_zeromq_sent_total',
      'Publications handed to ZeroMQ for native subscribers',
      () => egress.sent,
    ),
    meter(
      'counter',
      'zerospan_zeromq_send_failed_total',
      'Publications that ZeroMQ did not take',
      () => egress.failed,
    ),
    meter(
      'gauge',
      'zerospan_zeromq_high_water_mark',
      'Messages that may wait for one peer; ZeroMQ drops what is above',
      () => egress.highWaterMark,
    ),
    meter(
      'gauge',
      'zerospan_zeromq_loops',
      'Sources from which this server heard itself: not republished',
      () => native.loops.length,
    ),
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
