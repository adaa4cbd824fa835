import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SecurityEvents } from '../security-events.ts';
import type { AddressRanges } from './address-ranges.ts';
import { ADMIN_PATH } from './admin.ts';
import { addressOf } from './caller.ts';
import { isHandshake } from './handshake.ts';
import { hostAllowed, type OriginRules, originAllowed } from './origins.ts';
import { refuse } from './refusals.ts';

/** Whom a server lets in at all, before it is asked what they want. */
export interface Entrance {
  readonly origins: OriginRules;
  /** Whether the Host header has to be a loopback name, or that of a listed origin: on loopback, where any page may lead its own name. */
  readonly loopbackHost: boolean;
  /** The proxies through which alone WebSockets, `/admin` and tokens come in: nothing else keeps what is said to this server from being read on the way. */
  readonly onlyThrough: AddressRanges | undefined;
}

/**
 * Refuses what comes from a wrong page, under a wrong name or past the proxy, for all routes of this instance that are added later: in a hook, because an upgrade is
 * answered before any handler of a route is called.
 */
export function addGuard(app: FastifyInstance, entrance: Entrance, events: SecurityEvents): void {
  app.addHook('onRequest', (request, reply, done) => {
    const fault = faultOf(request, entrance);
    if (fault === undefined) {
      done();
      return;
    }
    const { origin, host } = request.headers;
    events.tell(fault, { address: addressOf(request), origin, host });
    if (fault === 'bad-handshake') reply.header('sec-websocket-version', '13');
    refuse(request, reply, fault);
  });
}

function faultOf(
  { headers, raw, ws, routeOptions }: FastifyRequest,
  { origins, loopbackHost, onlyThrough }: Entrance,
): 'bad-handshake' | 'origin-refused' | 'host-refused' | 'proxy-only' | undefined {
  const { origin, host, authorization } = headers;
  if (ws && !isHandshake(raw)) return 'bad-handshake';
  if (loopbackHost && !hostAllowed(origins.listed, host)) return 'host-refused';
  // The port is asked for only where it matters: Node keeps the answer for as long as the socket lives.
  if (origin !== undefined && !originAllowed(origins, origin, host, raw.socket.localPort))
    return 'origin-refused';
  const isSecret = ws || authorization !== undefined || routeOptions.url?.startsWith(ADMIN_PATH);
  if (isSecret && onlyThrough?.has(raw.socket.remoteAddress) === false) return 'proxy-only';
  return undefined;
}
