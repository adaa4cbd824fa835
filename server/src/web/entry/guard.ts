import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { About, SecurityEvents } from '../../security-events.ts';
import { ADMIN_PATH } from '../http/admin.ts';
import { hasToken } from '../http/bearer.ts';
import type { AddressRanges } from './address-ranges.ts';
import { ambiguityOf } from './ambiguity.ts';
import { addressOf } from './caller.ts';
import { cureOfHost, cureOfOrigin, cureOfProxy, type Given } from './cures.ts';
import { handshakeFault } from './handshake.ts';
import { hostAllowed, type OriginRules, originAllowed } from './origins.ts';
import { REFUSALS, refuse } from './refusals.ts';

/** Which requests a server admits at all, before any route is asked. */
export interface Entrance {
  readonly origins: OriginRules;
  /**
   * Whether the Host header has to be a loopback name, or that of a listed origin: on loopback, where any page may lead
   * its own name.
   */
  readonly loopbackHost: boolean;
  /**
   * The proxies through which alone WebSockets, `/admin` and tokens come in: nothing else keeps what is said to this
   * server from being read on the way.
   */
  readonly onlyThrough: AddressRanges | undefined;
  /** How the operator gives settings, for what the log says to do. */
  readonly given: Given;
  /** Whether the server is stopping: a WebSocket would only be closed again. */
  isDraining(): boolean;
}

/** Why a request is rejected, and what the log says of it. */
interface Fault {
  readonly name: 'bad-request' | 'bad-handshake' | 'origin-refused' | 'host-refused' | 'proxy-only';
  /** What happened, where the refusal's own words do not say it exactly. */
  readonly reason?: string;
  readonly cure: string;
}

/**
 * Rejects what comes from a wrong page, under a wrong name or past the proxy, for all routes of this instance that
 * are added later: in a hook, because an upgrade is answered before any handler of a route is called.
 */
export function addGuard(app: FastifyInstance, entrance: Entrance, events: SecurityEvents): void {
  app.addHook('onRequest', (request, reply, done) => {
    const fault = faultOf(request, entrance);
    if (fault === undefined) {
      if (request.ws && entrance.isDraining()) refuse(request, reply, 'draining');
      else done();
      return;
    }
    const { name, reason, cure } = fault;
    events.report(name, { ...aboutOf(request), reason, remedy: cure });
    if (name === 'bad-handshake') reply.header('sec-websocket-version', '13');
    refuse(request, reply, name, reason);
  });
}

function aboutOf(request: FastifyRequest): About {
  const { origin, host } = request.headers;
  return { address: addressOf(request), origin, host };
}

function faultOf(request: FastifyRequest, entrance: Entrance): Fault | undefined {
  const { headers, raw, ws, routeOptions } = request;
  const { origins, loopbackHost, onlyThrough, given } = entrance;
  const { origin, host } = headers;
  const ambiguity = ambiguityOf(raw);
  if (ambiguity !== undefined)
    return { name: 'bad-request', reason: ambiguity, cure: REFUSALS['bad-request'].remedy };
  const unfit = ws ? handshakeFault(raw) : undefined;
  if (unfit !== undefined)
    return { name: 'bad-handshake', reason: unfit, cure: REFUSALS['bad-handshake'].remedy };
  if (loopbackHost && !hostAllowed(origins.listed, host))
    return { name: 'host-refused', cure: cureOfHost(host, 'encrypted' in raw.socket, given) };
  // The console's files have no secrets. A browser sends an Origin with scripts and styles, and the console that has to
  // say which origin is missing could not run.
  const isOpenFile = !ws && routeOptions.config?.isOpenFile === true;
  // The port is asked for only where it matters: Node keeps the answer for as long as the socket lives.
  if (origin !== undefined && !isOpenFile && !originAllowed(origins, origin, host, raw.socket.localPort))
    return { name: 'origin-refused', cure: cureOfOrigin(origin, given) };
  const isSecret = ws || hasToken(request) || routeOptions.url?.startsWith(ADMIN_PATH);
  if (isSecret && onlyThrough?.has(raw.socket.remoteAddress) === false)
    return { name: 'proxy-only', cure: cureOfProxy(raw.socket.remoteAddress ?? '') };
  return undefined;
}
