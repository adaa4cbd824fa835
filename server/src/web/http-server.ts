import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { type Meter, meter } from '../core/meter.ts';

/** A client that has not sent all its headers by then is cut; nor is a TLS handshake waited for longer. */
const HEADERS_MS = 8_000;

/** The same for headers and body together. A half-sent request would also keep `close` waiting for ever. */
const REQUEST_MS = 12_000;

/** How often the two above are looked at; Node's own 30 s would let them pass by as much. */
const LOOK_MS = 1_000;

/** An open connection without a request: longer than common proxies keep theirs, which would else write to one that is just being closed. */
const KEEP_ALIVE_MS = 72_000;

const HEADER_BYTES = 16 * 1024;
const HEADERS_MOST = 100;
const REQUESTS_PER_SOCKET = 1_000;

/** Beside the WebSocket connections there may be so many more, for the page, its health, and those who are to be told that it is full. */
export const SPARE_CONNECTIONS = 1_000;

/** Largest body of a request, in bytes. One route takes one, `/admin/revocations`, and has a narrower bound. */
export const BODY_BYTES = 64 * 1024;

/** Node's server under Fastify, with its bounds. */
export class HttpServer {
  readonly #tls: SecureContextOptions | undefined;
  readonly #most: number;
  /** Connections that were closed at once because there were too many of any kind. */
  #dropped = 0;
  readonly #renewals = new Set<(tls: SecureContextOptions) => void>();

  /** @param tls left out: plain HTTP. @param connections WebSocket connections that there may be */
  constructor(tls: SecureContextOptions | undefined, connections: number) {
    this.#tls = tls;
    this.#most = connections + SPARE_CONNECTIONS;
  }

  /** Fastify's `serverFactory`. It is called again for the other family of `localhost`. */
  create(handler: Parameters<typeof createServer>[1]): Server {
    const options: ServerOptions = {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: LOOK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADER_BYTES,
    };
    const server = this.#tls ? this.#secure(this.#tls, options, handler) : createServer(options, handler);
    server.maxHeadersCount = HEADERS_MOST;
    server.maxRequestsPerSocket = REQUESTS_PER_SOCKET;
    server.maxConnections = this.#most;
    server.on('drop', () => {
      this.#dropped++;
    });
    return server;
  }

  /** Who connects from now on is shown this certificate. */
  renew(tls: SecureContextOptions): void {
    for (const renewal of this.#renewals) renewal(tls);
  }

  get meter(): Meter {
    return meter(
      'counter',
      'zerospan_connections_dropped_total',
      'Connections of any kind closed at once, because there were limits.connections and a thousand more',
      () => this.#dropped,
    );
  }

  #secure(
    tls: SecureContextOptions,
    options: ServerOptions,
    handler: Parameters<typeof createServer>[1],
  ): Server {
    const server = createTlsServer({ ...options, ...tls, handshakeTimeout: HEADERS_MS }, handler);
    this.#renewals.add((renewed) => server.setSecureContext(renewed));
    return server;
  }
}
