import { CLOSE, LIMITS } from '@zerospan/shared';
import type { FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import type { Hub } from '../core/hub.ts';
import { SocketLink } from './link.ts';
import { decodeClientMessage } from './messages.ts';

/**
 * One WebSocket becomes one conversation. Handlers are attached before this returns: what arrives earlier would be lost.
 * `ws` hands over text that is valid UTF-8, and answers pings and close frames by itself.
 */
export function serveBus(hub: Hub, ws: WebSocket, request: FastifyRequest): void {
  const link = new SocketLink(ws, request.raw.socket, () => conversation.roomAgain());
  const conversation = hub.open(link);
  ws.binaryType = 'nodebuffer';
  ws.on('message', (data, isBinary) => {
    // ws refuses it first, unless the application set up @fastify/websocket with a larger bound of its own.
    if ((data as Buffer).length > LIMITS.messageBytes) ws.close(1009, 'Message too large.');
    else if (isBinary) conversation.close(CLOSE.badMessage);
    else conversation.receive(decodeClientMessage(data as Buffer));
  });
  ws.on('close', () => conversation.closed());
  // A reset, a frame too large, bad UTF-8: `ws` closes the socket itself and `close` follows.
  ws.on('error', (error) => request.log.debug({ err: error }, 'socket failed'));
}
