import type { IncomingMessage } from 'node:http';

/** Sixteen bytes in base64 (RFC 6455, section 4.1). */
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** The versions that `ws` speaks; 8 is a draft that differs in nothing it does. */
const VERSIONS: ReadonlySet<string | undefined> = new Set(['8', '13']);

/** Names with commas between them (RFC 6455, section 4.1, by RFC 9110, section 5.6.2). */
const PROTOCOLS = /^[!#-'*+.\w^`|~-]+(?:[ \t]*,[ \t]*[!#-'*+.\w^`|~-]+)*$/;

/**
 * Whether an upgrade can become a WebSocket. `ws` looks at the same, but behind our back, and when its connection has been counted and given a place. Node
 * asks for a Host header of ordinary requests alone, and hands over upgrades of any version of HTTP.
 */
export function isHandshake({ headers, httpVersion }: IncomingMessage): boolean {
  const { host, upgrade } = headers;
  return (
    host !== undefined &&
    httpVersion === '1.1' &&
    upgrade?.toLowerCase() === 'websocket' &&
    KEY.test(headers['sec-websocket-key'] ?? '') &&
    VERSIONS.has(headers['sec-websocket-version']) &&
    areProtocols(headers['sec-websocket-protocol'])
  );
}

/** Each is named once (RFC 6455, section 4.1). */
function areProtocols(header: string | undefined): boolean {
  if (header === undefined) return true;
  const names = header.split(',').map((name) => name.trim());
  return PROTOCOLS.test(header) && new Set(names).size === names.length;
}
