import { WebSocket } from 'ws';
import type { SocketClass } from './socket.ts';

// `ws` offers compression unless told not to; on small JSON it costs far more than it saves.
class NodeSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, { perMessageDeflate: false });
  }
}

export function platformSocket(): SocketClass {
  return NodeSocket;
}
