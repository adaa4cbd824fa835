import { DROP_REASONS } from './framing.ts';
import type { ZeroMqBridge } from './zeromq-bridge.ts';

/** The state of the ZeroMQ side at one moment, from what its meters count. */
export interface ZeroMqStatus {
  readonly address: string;
  /** null: it is turned off. */
  readonly ingress: string | null;
  /** Peers connected now. */
  readonly peers: { readonly ingress: number; readonly egress: number };
  /** Messages received, dropped ones included. */
  readonly received: number;
  /** Publications passed on to native subscribers. */
  readonly sent: number;
  /** Messages dropped, by reason; reasons of which there was none are left out. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly sources: {
    readonly address: string;
    readonly isConnected: boolean;
    /** Times that its connection was lost. */
    readonly disconnects: number;
  }[];
}

export function zeroMqStatus({
  egress,
  ingresses,
}: Pick<ZeroMqBridge, 'egress' | 'ingresses'>): ZeroMqStatus {
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
