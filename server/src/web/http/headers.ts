import type { FastifyInstance } from 'fastify';

/** All that the page needs comes from this server; nothing inline, and no text ever becomes markup or script. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  // Covers the WebSocket of the same host and port too.
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** What is no page needs nothing at all. */
const BARE_POLICY = "default-src 'none'; frame-ancestors 'none'";

const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'content-security-policy': BARE_POLICY,
};

/** A browser then asks for this host over TLS only. A year, as is usual. */
const STRICT_TRANSPORT = { 'strict-transport-security': 'max-age=31536000' };

/**
 * Adds the headers of every answer of this instance.
 * @param strictTransport only where this server does TLS itself, under a name that is not loopback: a browser would ask
 * for all ports of localhost so
 */
export function addHeaders(app: FastifyInstance, strictTransport: boolean): void {
  const headers = { ...ALWAYS, ...(strictTransport ? STRICT_TRANSPORT : {}) };
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}
