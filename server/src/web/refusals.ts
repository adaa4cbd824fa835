import type { FastifyReply, FastifyRequest } from 'fastify';

/** An answer over HTTP to what may not come in: in the body as `{ error, code, remedy }`. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly error: string;
  readonly remedy: string;
  /** When it may be worth trying again, in whole seconds. */
  readonly retryAfterS?: number;
}

/** Every refusal over HTTP. README.md lists them; a test compares. */
export const REFUSALS = {
  'bad-handshake': {
    status: 400,
    code: 'bad-handshake',
    error:
      'A WebSocket is asked for by HTTP/1.1, with the headers Host, Upgrade, Sec-WebSocket-Key and Sec-WebSocket-Version: 13.',
    remedy: 'Use a client that keeps to RFC 6455.',
  },
  'origin-refused': {
    status: 403,
    code: 'origin-refused',
    error: 'Pages of this origin may not connect.',
    remedy:
      'Name the origin, exactly as the browser does, in the setting origins: --origin https://app.example.',
  },
  'host-refused': {
    status: 403,
    code: 'host-refused',
    error: 'The Host header does not name this machine.',
    remedy: 'Use http://127.0.0.1 or http://localhost, or name the page that stands before it in origins.',
  },
  'proxy-only': {
    status: 403,
    code: 'proxy-only',
    error: 'This server is reached through its proxy only.',
    remedy: "Connect to the proxy's address; the setting behindProxy says which addresses are proxies.",
  },
  connections: {
    status: 503,
    code: 'too-many-connections',
    error: 'The server has as many connections as it may.',
    remedy: 'Come back later; the setting limits.connections is the bound.',
    retryAfterS: 10,
  },
  connectionsPerAddress: {
    status: 429,
    code: 'too-many-connections',
    error: 'There are as many connections from this address as there may be.',
    remedy: 'Close some; the setting limits.connectionsPerAddress is the bound.',
    retryAfterS: 10,
  },
  handshakesPerS: {
    status: 503,
    code: 'too-many-connections',
    error: 'More want to connect at once than the server lets in.',
    remedy: 'Come back later, each at a time of its own; the setting limits.handshakesPerS is the bound.',
    retryAfterS: 5,
  },
  'not-found': {
    status: 404,
    code: 'not-found',
    error: 'There is nothing at this address.',
    remedy: 'The page is at /, the WebSocket at /bus, health at /health/ready, metrics at /metrics.',
  },
  'no-websocket': {
    status: 404,
    code: 'no-websocket',
    error: 'There is no WebSocket here.',
    remedy: 'Connect to /bus.',
  },
} as const satisfies Record<string, Refusal>;

export type RefusalName = keyof typeof REFUSALS;

/** Sends a refusal. One of an upgrade also ends its connection, which nobody would do otherwise. */
export function refuse(request: FastifyRequest, reply: FastifyReply, name: RefusalName): void {
  const { status, retryAfterS, code, error, remedy }: Refusal = REFUSALS[name];
  if (request.headers.upgrade !== undefined) {
    const { socket } = request.raw;
    reply.raw.once('finish', () => socket.destroySoon());
    reply.header('connection', 'close');
  }
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
  reply.code(status).send({ error, code, remedy });
}
