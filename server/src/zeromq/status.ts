import type { ServerStatus } from '@zerospan/shared';
import { DROP_REASONS } from './framing.ts';
import type { ZeroMqBridge } from './zeromq-bridge.ts';

/** The state of the ZeroMQ side at one moment, from what its meters count. */
export function zeroMqStatus({
  egress,
  ingresses,
}: Pick<ZeroMqBridge, 'egress' | 'ingresses'>): ServerStatus['zeromq'] {
  const bound = ingresses.find(({ role }) => role === 'bind');
  const sources = ingresses.filter(({ role }) => role === 'connect');
  const dropped = DROP_REASONS.map(
    (reason) => [reason, ingresses.reduce((sum, { drops }) => sum + drops.counts[reason], 0)] as const,
  );
  return {
    address: egress.address,
    ingress: bound?.address ?? null,
    peers: { ingress: bound?.peers.connected ?? 0, egress: egress.peers.connected },
    received: ingresses.reduce((sum, { received }) => sum + received, 0),
    sent: egress.sent,
    dropped: Object.fromEntries(dropped.filter(([, count]) => count > 0)),
    sources: sources.map(({ address, peers: { connected, disconnects } }) => ({
      address,
      isConnected: connected > 0,
      disconnects,
    })),
  };
}
