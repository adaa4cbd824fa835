import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Problem, sendProblem } from '../http/problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the clients of this route expect problem details. Default: `{ code, reason, remedy }`. */
    problemDetails?: boolean;
    /** Whether it answers files that everybody may have: pages of any origin may ask for them. */
    isOpenFile?: boolean;
  }
}

/** An answer over HTTP to a request that is rejected: in the body as `{ code, reason, remedy }`. */
export type HttpRefusal = Problem;

/** What is missing where a proxy passes its own prefix on: the path is right in the browser, and wrong here. */
const STRIP_PREFIX =
  'A proxy that adds a prefix has to remove it (nginx: proxy_pass with a slash at its end).';

/** Every refusal over HTTP. `docs/http.md` is generated from them. */
export const REFUSALS = {
  'bad-request': {
    status: 400,
    code: 'bad-request',
    reason: 'The request can be read in more than one way.',
    remedy: 'Send each header once, and one host with an optional port as Host.',
  },
  'bad-handshake': {
    status: 400,
    code: 'bad-handshake',
    reason: 'The request is not a WebSocket handshake.',
    remedy:
      'Use a client that follows RFC 6455: HTTP/1.1 with Host, Upgrade, Sec-WebSocket-Key and ' +
      'Sec-WebSocket-Version: 13. Behind nginx, set proxy_http_version 1.1.',
  },
  'origin-refused': {
    status: 403,
    code: 'origin-refused',
    reason: 'Pages of this origin may not connect.',
    remedy:
      'List the origin, exactly as the browser sends it, in the setting origins: --origin https://app.example.',
  },
  'host-refused': {
    status: 403,
    code: 'host-refused',
    reason: 'The Host header does not name this machine.',
    remedy:
      'Use http://127.0.0.1 or http://localhost, or list the site of the proxy in front of it in origins.',
  },
  'proxy-only': {
    status: 403,
    code: 'proxy-only',
    reason: 'This server is reached through its proxy only.',
    remedy: "Connect to the proxy's address; the setting behindProxy says which addresses are proxies.",
  },
  connections: {
    status: 503,
    code: 'too-many-connections',
    reason: 'The connection limit of the server is reached.',
    remedy: 'Reconnect later, or raise the setting limits.connections.',
    retryAfterS: 10,
  },
  connectionsPerAddress: {
    status: 429,
    code: 'too-many-connections',
    reason: 'The connection limit of this address is reached.',
    remedy: 'Close some connections, or raise the setting limits.connectionsPerAddress.',
    retryAfterS: 10,
  },
  handshakesPerS: {
    status: 503,
    code: 'too-many-connections',
    reason: 'More clients connect at once than the server admits.',
    remedy: 'Reconnect later, after a random wait, or raise the setting limits.handshakesPerS.',
    retryAfterS: 5,
  },
  draining: {
    status: 503,
    code: 'draining',
    reason: 'The server is stopping.',
    remedy: 'Reconnect to the server that takes its place.',
    retryAfterS: 1,
  },
  'upgrade-required': {
    status: 426,
    code: 'upgrade-required',
    reason: 'The request at the address of the WebSocket is not an upgrade.',
    remedy:
      'Connect with a WebSocket that speaks zerospan.v1. Behind nginx, set proxy_http_version 1.1 and the headers ' +
      'Upgrade $http_upgrade and Connection "upgrade".',
  },
  'not-found': {
    status: 404,
    code: 'not-found',
    reason: 'There is nothing at this address.',
    remedy:
      'The page is at /, the WebSocket at /bus, health at /health/ready, metrics at /metrics. ' +
      STRIP_PREFIX,
  },
  'no-websocket': {
    status: 404,
    code: 'no-websocket',
    reason: 'There is no WebSocket at this address.',
    remedy: `Connect to /bus. ${STRIP_PREFIX}`,
  },
} as const satisfies Record<string, HttpRefusal>;

export type RefusalName = keyof typeof REFUSALS;

/**
 * Sends a refusal. One of an upgrade also ends its connection, which nobody would do otherwise.
 * @param said what happened, where that is known more exactly
 */
export function refuse(request: FastifyRequest, reply: FastifyReply, name: RefusalName, said?: string): void {
  const refusal: HttpRefusal = REFUSALS[name];
  const { status, retryAfterS, code, remedy } = refusal;
  const reason = said ?? refusal.reason;
  if (request.ws) {
    const { socket } = request.raw;
    reply.raw.once('finish', () => socket.destroySoon());
    reply.header('connection', 'close');
  }
  // A page of another origin cannot read it, but has to learn that something answers: that is what its client can say
  // of a refusal.
  reply.header('cross-origin-resource-policy', 'cross-origin');
  if (request.routeOptions.config.problemDetails) {
    sendProblem(reply, { ...refusal, reason });
    return;
  }
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
  reply.code(status).send({ code, reason, remedy });
}
