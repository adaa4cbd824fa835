import { type Meter, meter } from '../core/meter.ts';
import { REFUSALS } from './curve/curve.ts';
import { DROP_REASONS } from './framing.ts';
import type { Ingress } from './ingress/ingress.ts';
import { EXCESSES, type Excess } from './sockets/excesses.ts';
import type { Peers } from './sockets/peers.ts';
import type { ZeroMqBridge } from './zeromq-bridge.ts';

/** What the ZeroMQ side counts. Legs: `ingress` is bound, `sources` are connected to, `egress` is bound. */
export function zeroMqMeters(native: ZeroMqBridge): Meter[] {
  const { egress, ingresses, curve } = native;
  const byLeg = (value: (ingress: Ingress) => number): [string, number][] => [
    ['ingress', sum(ingresses.filter(({ role }) => role === 'bind').map(value))],
    ['sources', sum(ingresses.filter(({ role }) => role === 'connect').map(value))],
  ];
  /** Few and fixed: they are those of the settings. */
  const byAddress = (value: (leg: { readonly peers: Peers }) => number): [string, number][] =>
    [egress, ...ingresses].map((leg) => [leg.address, value(leg)]);
  return [
    {
      kind: 'counter',
      name: 'zerospan_zeromq_received_total',
      help: 'Messages received from ZeroMQ, including dropped ones',
      label: 'leg',
      read: () => byLeg(({ received }) => received),
    },
    {
      kind: 'counter',
      name: 'zerospan_zeromq_dropped_total',
      help: 'Messages from ZeroMQ that the server dropped',
      label: 'reason',
      read: () =>
        DROP_REASONS.map((reason) => [reason, sum(ingresses.map(({ drops }) => drops.counts[reason]))]),
    },
    meter(
      'counter',
      'zerospan_zeromq_failed_total',
      'Messages from ZeroMQ that the log could not append',
      () => sum(ingresses.map(({ failed }) => failed)),
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
      help: 'ZeroMQ peers that disconnected; one that sends too large a message is disconnected and reconnects',
      label: 'address',
      read: () => byAddress(({ peers }) => peers.disconnects),
    },
    {
      kind: 'counter',
      name: 'zerospan_zeromq_returns_total',
      help: 'ZeroMQ peers that connected after one had disconnected; for a source, reconnects to it',
      label: 'address',
      read: () => byAddress(({ peers }) => peers.returns),
    },
    {
      kind: 'counter',
      name: 'zerospan_zeromq_strangers_total',
      help: 'Connections that never completed a ZeroMQ handshake',
      label: 'address',
      read: () => byAddress(({ peers }) => peers.strangers),
    },
    {
      kind: 'counter',
      name: 'zerospan_zeromq_refused_total',
      help: 'ZeroMQ peers rejected, where CURVE is required',
      label: 'reason',
      read: () => REFUSALS.map((reason) => [reason, curve.refused[reason]]),
    },
    {
      kind: 'counter',
      name: 'zerospan_zeromq_upstream_gaps_total',
      help: 'Gaps reported because a message was lost before it reached this server, one for each channel',
      label: 'leg',
      read: () => byLeg(({ losses }) => losses.reported),
    },
    {
      kind: 'counter',
      name: 'zerospan_zeromq_upstream_missed_total',
      help: 'Messages lost before they reached this server, where publishers number them',
      label: 'leg',
      read: () => byLeg(({ losses }) => losses.missed),
    },
    {
      kind: 'counter',
      name: 'zerospan_zeromq_unjudged_channels_total',
      help: 'Channels that several publishers number, so that losses cannot be counted',
      label: 'leg',
      read: () => byLeg(({ losses }) => losses.unjudged),
    },
    {
      kind: 'counter',
      name: 'zerospan_zeromq_duplicates_total',
      help: 'Publications received from other servers that had arrived before by another path',
      label: 'leg',
      read: () => byLeg(({ duplicates }) => duplicates),
    },
    meter(
      'gauge',
      'zerospan_zeromq_sources',
      'Sources that this server reads: of several nodes of a bus, one reads each',
      () => ingresses.filter(({ role, shared }) => role === 'connect' && (shared?.isRead ?? true)).length,
    ),
    meter(
      'counter',
      'zerospan_zeromq_sources_lost_total',
      'Times that this server had to leave a source to another node, as its lease had run out',
      () => sum(ingresses.map(({ shared }) => shared?.lost ?? 0)),
    ),
    {
      kind: 'counter',
      name: 'zerospan_zeromq_excesses_total',
      help: 'Times that the server ended all connections of a ZeroMQ address, by the bound that a peer exceeded',
      label: 'reason',
      read: () =>
        EXCESSES.map((excess) => [
          excess,
          sum([egress, ...ingresses].map(({ excesses }) => excesses.counts[excess])),
        ]),
    },
    meter(
      'gauge',
      'zerospan_zeromq_bridges',
      'Zerospan servers that have this one as a source',
      () => egress.bridges,
    ),
    meter(
      'gauge',
      'zerospan_zeromq_topics',
      'Topics that native subscribers subscribe to',
      () => egress.topics.size,
    ),
    meter(
      'gauge',
      'zerospan_zeromq_topic_bytes',
      'Bytes of the topics of native subscribers, with 16 more for each',
      () => egress.topics.bytes,
    ),
    meter(
      'counter',
      'zerospan_zeromq_sent_total',
      'Publications passed to ZeroMQ for native subscribers, since the first one subscribed',
      () => egress.sent,
    ),
    meter(
      'counter',
      'zerospan_zeromq_send_failed_total',
      'Publications that ZeroMQ did not accept',
      () => egress.failed,
    ),
    meter(
      'gauge',
      'zerospan_zeromq_high_water_mark',
      'Messages that may wait for one peer; lower than bus.highWaterMark where bus.waitingBytes required it',
      () => egress.highWaterMark,
    ),
    meter(
      'gauge',
      'zerospan_zeromq_loops',
      'Sources that return publications of this server without their origin: not republished',
      () => native.loops.length,
    ),
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

const EXCESS_NOTES: Readonly<Record<Excess, string>> = {
  parts: 'ZeroMQ: a peer sent a message with far too many parts',
  topics: 'bus.topicBytes: native subscribers held more topics',
  'waiting-bytes': 'bus.waitingBytes: the high-water mark was lowered',
  'upstream-messages': 'ZeroMQ: a native subscriber sent messages to bus.address',
};

/** What readiness says of the ZeroMQ side. Anybody may ask: addresses are in the log. */
export function zeroMqNotes({ loops, excesses }: Pick<ZeroMqBridge, 'loops' | 'excesses'>): string[] {
  return [
    ...(loops.length > 0
      ? [
          'bus.sources: a circle of bridges of different versions; what comes in from one source is not republished, so ' +
            'ZeroMQ subscribers of this server do not receive it. Update the servers of the circle.',
        ]
      : []),
    ...excesses.map((excess) => `${EXCESS_NOTES[excess]}; connections were ended, and messages may be lost`),
  ];
}
