import type { IncomingMessage } from 'node:http';

/**
 * Headers that a request has once at most. Node takes the first of two, or joins them; a proxy before it may take
 * the last.
 */
const ONCE: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'idempotency-key',
  'last-event-id',
  'origin',
  'sec-websocket-key',
  'sec-websocket-version',
  'transfer-encoding',
  'zerospan-epoch',
  'zerospan-sent',
]);

/** A host with its port (RFC 9110, section 7.2), without what no name of a host has: a comma, a user, white space. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[\w.~%-]*)(?::\d{0,5})?$/;

/**
 * Why a request can be read in more than one way (RFC 9112, sections 3.2 and 6.3), as a sentence; undefined: it
 * cannot. A server that took one reading while a proxy before it took the other would guard another request than it
 * answers.
 */
export function ambiguityOf({ rawHeaders, headers, url = '/' }: IncomingMessage): string | undefined {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    if (!ONCE.has(name)) continue;
    if (seen.has(name)) return `The header ${name} stands twice.`;
    seen.add(name);
  }
  const { host } = headers;
  if (host !== undefined && !HOST.test(host))
    return 'The header host is not one host, with or without a port.';
  const target = /^[a-z][\w+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1];
  if (target !== undefined && target.toLowerCase() !== host?.toLowerCase())
    return 'The request line names another host than the header host.';
  return undefined;
}
