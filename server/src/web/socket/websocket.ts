import type { Socket } from 'node:net';
import { CLOSE, LIMITS, PROTOCOL, ZerospanError } from '@zerospan/shared';
import type { FastifyBaseLogger } from 'fastify';
import type { RawData, WebSocket } from 'ws';
import type { Conversation } from '../../core/conversation/conversation.ts';
import type { Hub } from '../../core/hub.ts';
import type { Caller } from '../entry/caller.ts';
import { SocketLink } from './link.ts';
import { decodeClientMessage } from './messages.ts';
import type { SocketFailures } from './socket-failures.ts';

/** The code of RFC 6455, which `ws` gives to others that are too large. */
const TOO_LARGE = { code: 1009, meaning: 'Message too large.' };

const BINARY = 'The message is binary: send text messages only.';

/**
 * Makes each WebSocket a conversation. `ws` hands over text that is valid UTF-8, and answers pings and close frames by
 * itself.
 */
export class BusSockets {
  readonly #hub: Hub;
  // One function each for all of them.
  /** A reset, a frame too large, bad UTF-8: `ws` closes the socket itself and `close` follows. */
  readonly #failed: (error: Error) => void;

  readonly #read: (conversation: Conversation, message: Buffer) => void;
  readonly #heard: (this: WebSocket, data: RawData, isBinary: boolean) => void;

  constructor(hub: Hub, log: FastifyBaseLogger, failures: SocketFailures) {
    this.#hub = hub;
    this.#failed = (error) => {
      failures.failed(error);
      log.debug({ err: error }, 'socket failed');
    };
    this.#read = (conversation, message) => conversation.receive(decodeClientMessage(message, hub.limits));
    this.#heard = function (data, isBinary) {
      const link = SocketLink.of(this);
      const conversation = link?.conversation;
      if (!conversation) return;
      const message = data as Buffer;
      // ws refuses it first, unless the application set up @fastify/websocket with a larger bound of its own.
      if (message.length > LIMITS.messageBytes) conversation.close(TOO_LARGE);
      else if (isBinary)
        conversation.fail(new ZerospanError('bad-message', BINARY), { ...CLOSE.badMessage, meaning: BINARY });
      else link.hear(message);
    };
  }

  /**
   * Handlers are attached before this returns: what arrives earlier would be lost.
   * @param caller where its client connects from
   */
  open(ws: WebSocket, socket: Socket, { address, isLocal }: Caller): void {
    const link = new SocketLink(ws, socket, this.#read);
    link.conversation = this.#hub.open(link, address, isLocal);
    ws.binaryType = 'nodebuffer';
    ws.on('message', this.#heard);
    ws.on('close', closed);
    this.#takeErrors(ws);
    if (ws.protocol !== PROTOCOL)
      link.conversation.fail(new ZerospanError('bad-subprotocol'), CLOSE.badHello);
  }

  /**
   * The listener that @fastify/websocket has set holds request and reply, and would do what ours does. Ours is there
   * before that one goes: a name without any listener would be deleted, which makes the table of listeners a slow and
   * larger one.
   */
  #takeErrors(ws: WebSocket): void {
    const theirs = ws.listeners('error').at(-1);
    ws.on('error', this.#failed);
    if (theirs) ws.off('error', theirs as (error: Error) => void);
  }
}

/** Codes of RFC 6455 that no client sends: there was none, or the connection was lost. */
const NO_CODES = [1005, 1006];

function closed(this: WebSocket, code: number): void {
  SocketLink.of(this)?.conversation?.closed(NO_CODES.includes(code) ? null : code);
}
