import { type Context, Subscriber } from 'zeromq';
import { BRIDGE_CHANNEL } from '../bridge/loop-guard.ts';
import { RELAY_TOPIC } from '../bridge/wire.ts';
import type { Curve } from '../curve/curve.ts';
import { socketOptions } from '../sockets/options.ts';
import { startError } from '../sockets/start-error.ts';

/**
 * Far more than a payload, so that a message a little too large is dropped and counted, and its sender stays connected.
 */
const OVERSIZE = 8;

/** What a socket is opened by. */
export interface SocketSettings {
  readonly context: Context;
  /** `bind`: publishers connect here (`bus.ingress`). `connect`: a publisher binds there (one of `bus.sources`). */
  readonly role: 'bind' | 'connect';
  readonly address: string;
  readonly maxPayloadBytes: number;
  /** Messages that wait here for the read loop; beyond it the publisher's own high-water mark is what drops. */
  readonly highWaterMark: number;
  /** Bytes of such messages, if they are all as large as they may be. */
  readonly waitingBytes: number;
  readonly curve: Pick<Curve, 'bound' | 'source'>;
}

/**
 * The socket of an ingress, bound or connected.
 * @param address where: for port `*`, the one that it had before
 * @throws StartError
 */
export function opened(options: SocketSettings, address: string): Subscriber {
  return open(options, address, options.role === 'connect');
}

/** @throws StartError where the address of these settings cannot be bound or connected to */
export function tryToOpen(options: SocketSettings): void {
  open(options, options.address, false).close();
}

/**
 * @param isObserved whether its events are kept from before it connects: a peer may be connected in the same moment.
 * Not of one that binds: libzmq's report of a failure overwrites its reason.
 */
function open(options: SocketSettings, address: string, isObserved: boolean): Subscriber {
  const { context, role, maxPayloadBytes, highWaterMark, waitingBytes, curve } = options;
  const security = role === 'bind' ? curve.bound : curve.source(options.address);
  const most = Math.max(1, Math.floor(waitingBytes / maxPayloadBytes));
  const socket = new Subscriber({
    ...socketOptions({ context, address, maxMessageBytes: OVERSIZE * maxPayloadBytes, security }),
    receiveHighWaterMark: Math.min(highWaterMark, most),
    // Never less often: the original's Publisher binds, waits 0.3 s and sends. Found 10 s later, it had been there for
    // nothing.
    reconnectInterval: 100,
    reconnectMaxInterval: 0,
  });
  try {
    // Subscriptions are messages under a high-water mark of their own: thousands would be lost in silence. So one to
    // everything, with the channel of the loop guard, and at a source the topic of bridges before it: a peer that has
    // received the last one has read the others.
    if (role === 'connect') socket.subscribe(BRIDGE_CHANNEL, RELAY_TOPIC, '');
    else socket.subscribe(BRIDGE_CHANNEL, '');
    if (isObserved) void socket.events;
    if (role === 'bind') socket.bindSync(address);
    else socket.connect(address);
    return socket;
  } catch (cause) {
    socket.close();
    throw startError(role === 'bind' ? 'bus.ingress' : 'bus.sources', address, cause);
  }
}
