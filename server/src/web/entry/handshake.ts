import type { IncomingMessage } from 'node:http';

/** Sixteen bytes in base64 (RFC 6455, section 4.1). */
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** The versions that `ws` speaks; 8 is a draft that differs in nothing it does. */
const VERSIONS: ReadonlySet<string | undefined> = new Set(['8', '13']);

/** Names with commas between them (RFC 6455, section 4.1, by RFC 9110, section 5.6.2). */
const PROTOCOLS = /^[!#-'*+.\w^`|~-]+(?:[ \t]*,[ \t]*[!#-'*+.\w^`|~-]+)*$/;

/**
 * Why an upgrade cannot become a WebSocket, as a sentence; undefined: it can. `ws` checks the same, but behind our
 * back, and when its connection has been counted and given a place. Node requires a Host header of ordinary
 * requests alone, and hands over upgrades of any version of HTTP.
 */
export function handshakeFault({ headers, httpVersion }: IncomingMessage): string | undefined {
  const { host, upgrade } = headers;
  if (httpVersion !== '1.1') return `The handshake came by HTTP/${httpVersion}, not HTTP/1.1.`;
  if (host === undefined) return 'The handshake has no header host.';
  if (upgrade?.toLowerCase() !== 'websocket') return 'The header upgrade is not websocket.';
  if (!KEY.test(headers['sec-websocket-key'] ?? ''))
    return 'The header sec-websocket-key is not 16 bytes in base64.';
  if (!VERSIONS.has(headers['sec-websocket-version'])) return 'The header sec-websocket-version is not 13.';
  if (!areProtocols(headers['sec-websocket-protocol']))
    return 'The header sec-websocket-protocol is not a list of names, each once.';
  // Node would hand a body over as if it were frames.
  if ((headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined)
    return 'The handshake has a body.';
  return undefined;
}

/** Each is named once (RFC 6455, section 4.1). */
function areProtocols(header: string | undefined): boolean {
  if (header === undefined) return true;
  const names = header.split(',').map((name) => name.trim());
  return PROTOCOLS.test(header) && new Set(names).size === names.length;
}
