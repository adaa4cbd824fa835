import { isLoopback } from '../../loopback.ts';

/** An origin as a browser writes that of a page: no path, no default port, no capitals. */
export const PAGE_ORIGIN = /^https?:\/\/(?:[0-9a-z_.-]+|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?$/;

/** By what a server admits pages. */
export interface OriginRules {
  readonly listed: readonly string[];
  /**
   * Whether the server's own pages on loopback are admitted beside those listed: where only this machine reaches
   * it.
   */
  readonly ownLoopback: boolean;
  /**
   * Where none are listed: also the origin that the Host header names, whatever that is. For `insecure` only, because
   * the name may be an attacker's.
   */
  readonly own: boolean;
}

const OWN_LOOPBACK = /^https?:\/\/([^/@?#\\]+):(\d{1,5})$/;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * Whether a request with this Origin header is admitted. Browsers always send one with a WebSocket, written in one way
 * only, so that text is compared with text. A client without one is no browser, whose user could be misled into a page:
 * it is judged by its token, or by being on this machine.
 * @param origin the header; `null` is what sandboxed and local pages send, and is never admitted
 * @param port that of this server on which the request came in
 */
export function originAllowed(
  { listed, own, ownLoopback }: OriginRules,
  origin: string | undefined,
  host: string | undefined,
  port: number | undefined,
): boolean {
  if (origin === undefined) return true;
  if (listed.includes(origin)) return true;
  if (listed.length > 0) return ownLoopback && isOfHost(origin, host) && isOwnLoopback(origin, port);
  if (own && isOfHost(origin, host)) return true;
  return isOwnLoopback(origin, port);
}

/**
 * A page and what it asks for have one host: by any proxy that changes Host, a page of the client's own machine is
 * none of this server's.
 */
function isOfHost(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

function isOwnLoopback(origin: string, port: number | undefined): boolean {
  if (port === undefined) return false;
  const [, host, named] = OWN_LOOPBACK.exec(withPort(origin)) ?? [];
  return host !== undefined && Number(named) === port && isPlainLoopback(host);
}

/** A browser leaves a scheme's own port out. */
function withPort(origin: string): string {
  const scheme = /^(https?:)\/\/(?:\[[^\]]*\]|[^:]*)$/.exec(origin)?.[1];
  return scheme === undefined ? origin : `${origin}:${DEFAULT_PORTS[scheme]}`;
}

/** As a browser writes it: IPv6 in brackets, in lower case. */
function isPlainLoopback(host: string): boolean {
  return (
    (host.includes(':') ? /^\[.*\]$/.test(host) : true) && host === host.toLowerCase() && isLoopback(host)
  );
}

/**
 * Whether the Host header is a loopback name, or that of a listed origin. A page of any site may let its own name lead
 * to 127.0.0.1, and is then no stranger to the server by its origin; but the name stays its own.
 */
export function hostAllowed(listed: readonly string[], host: string | undefined): boolean {
  if (host === undefined) return false;
  const lower = host.toLowerCase();
  const name = /^(\[[^\]]*\]|[^:[\]]*)(?::\d{1,5})?$/.exec(lower)?.[1];
  if (name === undefined) return false;
  return isPlainLoopback(name) || listed.some((origin) => origin.slice(origin.indexOf('//') + 2) === lower);
}
