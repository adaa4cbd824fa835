import { WebSocket } from 'ws';
import type { Clue } from './failures/failure.ts';
import type { SocketClass } from './socket.ts';

export { nodeWitness as witnessOf } from './witness/witness-node.ts';

// `ws` offers compression by default; on small JSON it costs far more than it saves.
class NodeSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, { perMessageDeflate: false });
  }
}

export function platformSocket(): SocketClass {
  return NodeSocket;
}

/** What a WebSocket class threw. */
export function thrownClue(error: unknown): Clue {
  return { code: 'socket-failed', detail: String(error), cause: error };
}
