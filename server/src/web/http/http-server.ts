import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import { type Meter, meter } from '../../core/meter.ts';
import { isLoopback } from '../../loopback.ts';
import type { AddressRanges } from '../entry/address-ranges.ts';
import { type ConnectionLimit, ConnectionLimiter } from '../entry/connection-limiter.ts';
import { Pipelining } from '../entry/pipelining.ts';
import { mayTakeLonger } from './client-errors.ts';

/** How often it is looked whether a request takes too long; Node's own 30 s would let them pass by as much. */
const CHECK_MS = 1_000;

/**
 * An open connection without a request: longer than common proxies keep theirs, which would else write to one that is
 * just being closed.
 */
const KEEP_ALIVE_MS = 72_000;

const HEADER_BYTES = 16 * 1024;
const HEADERS_MOST = 100;
const REQUESTS_PER_SOCKET = 1_000;

/**
 * Connections beyond the limit of WebSocket connections: for the page, its health, and the clients that the server
 * rejects because it is full.
 */
export const SPARE_CONNECTIONS = 1_000;

/** The same for each address, beside its own limit of WebSockets. */
export const SPARE_PER_ADDRESS = 100;

/** Largest body of a request, in bytes. One route takes one, `/admin/revocations`, and has a narrower bound. */
export const BODY_BYTES = 64 * 1024;

/** The first byte of a TLS connection. */
const TLS_HANDSHAKE = 0x16;

interface ClientError extends NodeJS.ErrnoException {
  /** What could not be read as HTTP. */
  readonly rawPacket?: Buffer;
}

export interface HttpLimits extends Readonly<Record<ConnectionLimit, number>> {
  /** How long headers may take, in ms, and a TLS handshake. */
  readonly headersMs: number;
  /** How much longer a request with its body may take. A half-sent one would also keep `close` waiting for ever. */
  readonly bodyMs: number;
}

export interface HttpServerOptions {
  /** undefined: plain HTTP. */
  readonly tls: SecureContextOptions | undefined;
  readonly limits: HttpLimits;
  /** They speak for many, and are not counted by their address. */
  readonly proxies: AddressRanges;
  /** Called for each connection that is closed at once, because there are too many of any kind. */
  onDropped(address: string | undefined, limit: ConnectionLimit): void;
  /** Called for each connection whose client speaks TLS to a port without, or plain HTTP to one with TLS. */
  onMixedUp(address: string | undefined, spoken: 'TLS' | 'HTTP'): void;
}

/** Node's server under Fastify, with its bounds. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #most: number;
  readonly #limiter: ConnectionLimiter;
  readonly #dropped = new Map<ConnectionLimit, number>([
    ['connections', 0],
    ['connectionsPerAddress', 0],
  ]);
  #timedOut = 0;
  readonly #renewals = new Set<(tls: SecureContextOptions) => void>();
  readonly #pipelining = new Pipelining();
  /** Fastify's own server, and what answers its requests. */
  #first: { readonly server: Server; readonly handler: RequestListener } | undefined;
  readonly #others = new Set<Server>();

  constructor(options: HttpServerOptions) {
    const { connections, connectionsPerAddress } = options.limits;
    this.#options = options;
    this.#most = connections + SPARE_CONNECTIONS;
    // Node counts them all by itself, for each family of addresses.
    this.#limiter = new ConnectionLimiter(
      Number.POSITIVE_INFINITY,
      connectionsPerAddress && connectionsPerAddress + SPARE_PER_ADDRESS,
    );
  }

  /** Fastify's `serverFactory`. */
  create(handler: RequestListener): Server {
    const bound = this.#pipelining.bound(handler);
    const server = this.#open(bound);
    // Fastify listens as well, and ends the connection. Node emits a failed TLS handshake here too.
    server.on('clientError', (error: ClientError, socket) => this.#failed(error, socket));
    this.#first = { server, handler: bound };
    return server;
  }

  /**
   * Listens at one more address. Fastify does so for `localhost` by itself, but not with a factory of servers.
   * @throws what Node does where the address cannot be bound
   */
  async listenAlso(host: string, port: number): Promise<void> {
    if (!this.#first) throw new Error('there is no first server yet');
    const { server: first, handler } = this.#first;
    const server = this.#open(handler);
    for (const event of ['upgrade', 'clientError'] as const)
      server.on(event, (...about: unknown[]) => void first.emit(event, ...about));
    server.listen({ host, port });
    await once(server, 'listening');
    this.#others.add(server);
  }

  /** Ends what {@link listenAlso} began; the first server is Fastify's to close. */
  async closeOthers(): Promise<void> {
    for (const server of this.#others) {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    }
  }

  #open(handler: RequestListener): Server {
    const { headersMs, bodyMs } = this.#options.limits;
    const options: ServerOptions = {
      headersTimeout: headersMs,
      requestTimeout: headersMs + bodyMs,
      connectionsCheckingInterval: CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADER_BYTES,
    };
    const { tls } = this.#options;
    const server = tls ? this.#secure(tls, options, handler) : createServer(options, handler);
    server.maxHeadersCount = HEADERS_MOST;
    server.maxRequestsPerSocket = REQUESTS_PER_SOCKET;
    server.maxConnections = this.#most;
    server.on('drop', (dropped) => this.#drop(dropped?.remoteAddress, 'connections'));
    if (this.#options.limits.connectionsPerAddress > 0)
      server.on('connection', (socket: Socket) => this.#take(socket));
    return server;
  }

  /** Who connects from now on is shown this certificate. */
  renew(tls: SecureContextOptions): void {
    for (const renewal of this.#renewals) renewal(tls);
  }

  get meters(): Meter[] {
    return [
      {
        kind: 'counter',
        name: 'zerospan_connections_dropped_total',
        help: 'Connections of any kind closed at once, because a limit was reached: in all, or of one address',
        label: 'limit',
        read: () => this.#dropped,
      },
      meter(
        'counter',
        'zerospan_requests_timed_out_total',
        'Connections closed because a request or a TLS handshake exceeded limits.headersMs or limits.bodyMs',
        () => this.#timedOut,
      ),
      this.#pipelining.meter,
    ];
  }

  #failed(error: ClientError, socket: Duplex): void {
    if (mayTakeLonger(error, socket)) return;
    const { code, rawPacket } = error;
    const { remoteAddress } = socket as Socket;
    if (code === 'ERR_HTTP_REQUEST_TIMEOUT' || code === 'ERR_TLS_HANDSHAKE_TIMEOUT') this.#timedOut++;
    else if (code === 'ERR_SSL_HTTP_REQUEST') this.#options.onMixedUp(remoteAddress, 'HTTP');
    else if (rawPacket?.[0] === TLS_HANDSHAKE) this.#options.onMixedUp(remoteAddress, 'TLS');
  }

  /** Counts a connection by its address, before anything is read from it. */
  #take(socket: Socket): void {
    const { remoteAddress = '' } = socket;
    if (remoteAddress === '' || isLoopback(remoteAddress) || this.#options.proxies.has(remoteAddress)) return;
    const limit = this.#limiter.enter(socket, () => remoteAddress);
    if (limit === undefined) return;
    socket.destroy();
    this.#drop(remoteAddress, limit);
  }

  #drop(address: string | undefined, limit: ConnectionLimit): void {
    this.#dropped.set(limit, (this.#dropped.get(limit) ?? 0) + 1);
    this.#options.onDropped(address, limit);
  }

  #secure(tls: SecureContextOptions, options: ServerOptions, handler: RequestListener): Server {
    const server = createTlsServer(
      { ...options, ...tls, handshakeTimeout: this.#options.limits.headersMs },
      handler,
    );
    this.#renewals.add((renewed) => server.setSecureContext(renewed));
    return server;
  }
}
