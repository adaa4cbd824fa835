import { ZerospanError } from '@zerospan/shared';
import type { Clue } from './failures/failure.ts';
import type { Socket, SocketClass } from './socket.ts';
import type { Witness } from './witness/witness.ts';
import { type Page, thrownClue as pageThrownClue, pageWitness } from './witness/witness-page.ts';

/** Asked for at each bus rather than once at import, so that a page may still put a polyfill in place. */
export function platformSocket(): SocketClass {
  const { WebSocket } = globalThis as { WebSocket?: SocketClass };
  if (WebSocket !== undefined) return WebSocket;
  throw new ZerospanError('missing-global', 'This environment has no WebSocket.', {
    remedy: 'Load a polyfill of WebSocket before the bus is made, or give its class as the option WebSocket.',
  });
}

export function witnessOf(socket: Socket, url: string): Witness {
  return pageWitness(socket, url, globalThis as unknown as Page);
}

/** What a WebSocket class threw. */
export function thrownClue(error: unknown, url: string): Clue {
  return pageThrownClue(error, url, globalThis as unknown as Page);
}
