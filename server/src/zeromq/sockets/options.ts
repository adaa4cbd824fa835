import type { Context } from 'zeromq';

/** The options of a socket that make it ask for a key, or show one; none of them on a socket without CURVE. */
export type Security =
  | Record<string, never>
  | { curveServer: true; curveSecretKey: string; zapDomain: string; zapEnforceDomain: true }
  | { curveServerKey: string; curvePublicKey: string; curveSecretKey: string };

export interface SocketSettings {
  readonly context: Context;
  readonly address: string;
  /**
   * Largest part of a message, in bytes; a peer that sends a larger one is disconnected. The number of parts has no
   * bound.
   */
  readonly maxMessageBytes: number;
  readonly security: Security;
}

/**
 * What holds for every socket: dead peers are noticed, oversize messages do not reach memory, nothing lingers unasked.
 */
export function socketOptions({ context, address, maxMessageBytes, security }: SocketSettings) {
  return {
    context,
    ...security,
    linger: 0,
    // Without it, tcp://[::1] is no address.
    ipv6: address.includes('['),
    // Off by default: a peer whose machine is gone would stay connected for hours.
    heartbeatInterval: 5_000,
    heartbeatTimeout: 15_000,
    handshakeInterval: 10_000,
    tcpKeepalive: 1,
    tcpKeepaliveIdle: 30,
    tcpKeepaliveInterval: 10,
    tcpKeepaliveCount: 3,
    // Unlimited by default: one message could take all memory.
    maxMessageSize: maxMessageBytes,
  };
}

/** Whether a receive rejected because nothing was there after all: no reason to end a read loop. */
export function isSpuriousWake(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'EAGAIN';
}
