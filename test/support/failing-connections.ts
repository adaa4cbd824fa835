import { createServer } from 'node:http';
import { type Code, type SocketClass, ZerospanError } from '@zerospan/client';
import fastify from 'fastify';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { zerospan } from '../../server/src/index.ts';
import { testBus } from './buses.ts';
import { selfMade, testFolder } from './certificate.ts';
import { bareTcp, front, type Instead, listening, passedOn, type Upgrade } from './fronts.ts';
import { SILENT, testServer } from './server.ts';
import { SECRET } from './tokens.ts';
import { freePort } from './zeromq.ts';

/** What a client says of a connection that fails. */
export interface Said {
  readonly code: Code;
  /** In the message: what happened. */
  readonly cause: RegExp;
  /** In the remedy: what to do. */
  readonly remedy: RegExp;
}

/** A connection that fails in one way. */
export interface Failing {
  readonly url: string;
  /** The server's own page, if it is there although its connection fails so. */
  readonly page?: string;
  /** Brings the failure about once the page is there. */
  readonly pageIsThere?: () => Promise<void>;
  /** File with the authority of its certificate. */
  readonly ca?: string;
  /** What a client in Node needs to fail so. */
  readonly WebSocket?: SocketClass;
  /** Content-Security-Policy of the page that a client in a browser is on. */
  readonly policy?: string;
}

/** A way in which a connection fails, and what each kind of client says of it; or why it does not meet it. */
export interface Way {
  readonly name: string;
  readonly needsOpenssl?: true;
  /** @param origin of the page that a client in a browser is on; its server admits it, unless that is what fails */
  readonly begin: (origin: string) => Promise<Failing>;
  readonly node: Said | string;
  /** The command line's remedy, where it knows it better than a client; else as in Node. */
  readonly cli?: Pick<Said, 'remedy'> | string;
  readonly chromium: Said | string;
  readonly page: Said | string;
}

const HIDDEN: Said = {
  code: 'cannot-connect',
  cause: /platform does not say why/,
  remedy: /server runs at this host and port.*certificate/,
};
const ANSWERS: Said = {
  code: 'websocket-refused',
  cause: /A server answers here, but not with a WebSocket/,
  remedy: /--origin http:\/\/127\.0\.0\.1:\d+;.*the path.*upgrades.*limit of connections/,
};
const AWAY: Said = {
  code: 'cannot-connect',
  cause: /answers neither a WebSocket nor an ordinary request/,
  remedy: /zerospan serve.*network/,
};

/** Something in front of the server that answers the handshake itself. */
function instead(name: string, answer: Instead, said: Said): Way {
  return {
    name,
    begin: async () => {
      const server = await testServer();
      const { ws, page } = await front(() => server.url, answer);
      return { url: ws, page };
    },
    node: said,
    chromium: ANSWERS,
    page: said,
  };
}

/** The same in front of a server that lists its origin. */
async function frontOfOwn(bus: (behind: string) => Upgrade): Promise<{ ws: string; page: string }> {
  let behind = '';
  const stand = await front(
    () => behind,
    (...all) => bus(behind)(...all),
  );
  behind = (await testServer({ origins: [new URL(stand.page).origin] })).url;
  return stand;
}

/** A WebSocket class that sends this Origin, or trusts this authority: what Node and `ws` leave to the program. */
const socketWith = (options: object): SocketClass =>
  class extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, options);
    }
  };

const address = (port: number): string => `ws://127.0.0.1:${port}/bus`;

export const WAYS: readonly Way[] = [
  {
    name: 'nothing listens',
    begin: async () => {
      const server = await testServer();
      return { url: address(await freePort()), page: server.url, pageIsThere: () => server.stop() };
    },
    node: { code: 'nothing-listens', cause: /Nothing listens.*ECONNREFUSED/, remedy: /zerospan serve/ },
    cli: { remedy: /zerospan serve.*--url/ },
    chromium: HIDDEN,
    page: AWAY,
  },
  {
    name: 'the host name is unknown',
    begin: async () => ({ url: 'ws://no-such-host.invalid/bus' }),
    node: { code: 'unknown-host', cause: /host name.*unknown.*(ENOTFOUND|EAI_AGAIN)/, remedy: /DNS/ },
    chromium: HIDDEN,
    page: 'The page came from that name.',
  },
  {
    name: 'what listens closes the connection',
    begin: async () => {
      const { page } = await frontOfOwn(() => (_, socket) => socket.destroy());
      return { url: await bareTcp((socket) => socket.destroy()), page };
    },
    node: {
      code: 'connection-reset',
      cause: /closed the connection before it answered/,
      remedy: /no other service.*proxy/,
    },
    chromium: HIDDEN,
    page: { ...ANSWERS, remedy: /Upgrade and Connection.*limit of connections/ },
  },
  {
    name: 'the path is wrong',
    begin: async () => ({ url: (await testServer()).ws.replace('/bus', '/wrong') }),
    node: { code: 'no-websocket', cause: /no WebSocket at this address.*404/, remedy: /\/bus/ },
    chromium: ANSWERS,
    page: 'The page finds the bus beside itself.',
  },
  {
    name: 'the server does not list the origin of the page',
    begin: async () => {
      const settings = { host: '0.0.0.0', insecure: true, origins: ['https://app.example'] };
      const { ws, url } = await testServer(settings);
      const WebSocket = socketWith({ origin: 'https://other.example' });
      return {
        url: ws.replace('0.0.0.0', '127.0.0.1'),
        page: url.replace('0.0.0.0', '127.0.0.1'),
        WebSocket,
      };
    },
    node: { code: 'origin-refused', cause: /origin may not connect.*403/, remedy: /--origin/ },
    cli: 'The command line sends no Origin.',
    chromium: ANSWERS,
    page: {
      code: 'origin-refused',
      cause: /origin may not connect.*403/,
      remedy: /--origin http:\/\/127\.0\.0\.1:\d+$/,
    },
  },
  {
    name: 'the server is known by another name',
    begin: async () => {
      const server = await testServer();
      const { ws } = await front(() => server.url, passedOn(server.url, { host: 'app.example' }));
      return { url: ws };
    },
    node: {
      code: 'host-refused',
      cause: /Host header does not name this machine.*403/,
      remedy: /127\.0\.0\.1 or.*origins/,
    },
    chromium: ANSWERS,
    page: 'By that name the page is rejected, too.',
  },
  {
    name: 'the server has no room',
    begin: async () => {
      const server = await testServer({ limits: { connections: 1 } });
      await testBus(server.ws).ready;
      return { url: server.ws, page: server.url };
    },
    node: {
      code: 'too-many-connections',
      cause: /limit of the server is reached.*503/,
      remedy: /limits\.connections/,
    },
    chromium: ANSWERS,
    page: { ...ANSWERS, remedy: /limit of connections/ },
  },
  instead(
    'a proxy requires credentials',
    { status: 401 },
    { code: 'credentials-required', cause: /requires credentials.*401/, remedy: /without its own login/ },
  ),
  instead(
    'a proxy denies access',
    { status: 403, body: 'no' },
    { code: 'access-denied', cause: /denies access.*403/, remedy: /configuration/ },
  ),
  instead(
    'a proxy limits the rate',
    { status: 429 },
    { code: 'rate-limited', cause: /limits the rate.*429/, remedy: /Raise its limit/ },
  ),
  instead(
    'a proxy does not reach the server',
    { status: 502 },
    {
      code: 'unavailable',
      cause: /does not reach the server.*502/,
      remedy: /server runs.*proxy has its address/,
    },
  ),
  instead(
    'a proxy fails',
    { status: 500 },
    { code: 'server-error', cause: /failed.*500/, remedy: /its log/ },
  ),
  instead(
    'a proxy knows no such path',
    { status: 404 },
    { code: 'no-websocket', cause: /no WebSocket at this path.*404/, remedy: /\/bus.*prefix/ },
  ),
  instead(
    'a proxy says that its port speaks TLS',
    { status: 400, body: 'The plain HTTP request was sent to HTTPS port' },
    { code: 'tls-required', cause: /speaks TLS.*400/, remedy: /Begin the url with wss:/ },
  ),
  {
    ...instead(
      'the server redirects',
      { status: 302, headers: { Location: 'https://app.example/bus' } },
      {
        code: 'redirected',
        cause: /answers with a redirect.*302 to https:\/\/app\.example\/bus/,
        remedy: /wss:/,
      },
    ),
    // A page cannot ask another origin without following, and what it is led to is not there.
    chromium: HIDDEN,
    // A browser does not say whereto.
    page: { code: 'redirected', cause: /answers with a redirect/, remedy: /wss:/ },
  },
  {
    name: 'a proxy does not pass the upgrade',
    begin: async () => {
      const plain = { upgrade: undefined, connection: 'close' };
      const { ws, page } = await frontOfOwn((behind) => passedOn(behind, plain));
      return { url: ws, page };
    },
    node: { code: 'upgrade-required', cause: /not an upgrade.*426/, remedy: /Upgrade.*Connection/ },
    chromium: ANSWERS,
    page: { ...ANSWERS, remedy: /Upgrade and Connection.*HTTP\/1\.1/ },
  },
  {
    name: 'another web server is there',
    begin: async () => {
      const other = createServer((_, answer) => answer.end('<h1>Welcome</h1>'));
      return { url: address(await listening(other)) };
    },
    node: {
      code: 'not-a-websocket',
      cause: /no WebSocket server.*200/,
      remedy: /ws:\/\/127\.0\.0\.1:8080\/bus/,
    },
    chromium: ANSWERS,
    page: 'The page would not be there.',
  },
  {
    name: 'another WebSocket server is there',
    begin: async () => {
      const other = new WebSocketServer({ noServer: true, handleProtocols: () => false });
      const accept: Upgrade = (...all) => other.handleUpgrade(...all, () => undefined);
      const { ws, page } = await frontOfOwn(() => accept);
      return { url: ws, page };
    },
    node: { code: 'protocol-mismatch', cause: /does not speak zerospan\.v1/, remedy: /update the older/ },
    chromium: ANSWERS,
    page: { ...ANSWERS, remedy: /Upgrade and Connection/ },
  },
  {
    name: 'the certificate is self-signed',
    needsOpenssl: true,
    begin: async () => ({ url: (await testServer({ tls: selfMade(testFolder()) })).ws }),
    node: { code: 'certificate-untrusted', cause: /self-signed.*SELF_SIGNED/, remedy: /NODE_EXTRA_CA_CERTS/ },
    cli: { remedy: /NODE_EXTRA_CA_CERTS.*--ca/ },
    chromium: HIDDEN,
    page: 'Whoever sees the page has accepted the certificate.',
  },
  {
    name: 'the certificate names another host',
    needsOpenssl: true,
    begin: async () => {
      const tls = selfMade(testFolder(), 'other', 'DNS:other.example');
      const { ws } = await testServer({ tls });
      const { readFileSync } = await import('node:fs');
      return { url: ws, ca: tls.cert, WebSocket: socketWith({ ca: readFileSync(tls.cert) }) };
    },
    node: {
      code: 'certificate-name',
      cause: /another host name.*ALTNAME/,
      remedy: /host name that the certificate contains/,
    },
    chromium: HIDDEN,
    page: 'Whoever sees the page has accepted the certificate.',
  },
  {
    name: 'the url begins with wss: where TLS is not spoken',
    begin: async () => ({ url: (await testServer()).ws.replace('ws:', 'wss:') }),
    node: { code: 'tls-not-spoken', cause: /does not speak TLS/, remedy: /Begin the url with ws:/ },
    chromium: HIDDEN,
    page: 'The page takes the scheme that it came by.',
  },
  {
    name: 'the url begins with ws: where TLS is spoken',
    needsOpenssl: true,
    begin: async () => ({
      url: (await testServer({ tls: selfMade(testFolder()) })).ws.replace('wss:', 'ws:'),
    }),
    node: { code: 'tls-required', cause: /speaks TLS/, remedy: /Begin the url with wss:/ },
    chromium: HIDDEN,
    page: 'The page takes the scheme that it came by.',
  },
  {
    name: 'the server requires a token',
    begin: async (origin) => {
      const settings = { origins: [origin] };
      const { ws, url } = await testServer(settings, { secrets: { env: { ZEROSPAN_AUTH_SECRET: SECRET } } });
      return { url: ws, page: url };
    },
    node: {
      code: 'unauthorized',
      cause: /token is missing,? or not valid/,
      remedy: /token that was made for this server/,
    },
    cli: { remedy: /requires a token.*ZEROSPAN_TOKEN.*--token-file/ },
    chromium: {
      code: 'unauthorized',
      cause: /token is missing,? or not valid/,
      remedy: /token that was made for this server/,
    },
    page: 'The page asks for a token before it connects.',
  },
  {
    name: 'authenticate of the application fails',
    begin: async (origin) => {
      const app = fastify({ forceCloseConnections: true, loggerInstance: SILENT });
      onTestFinished(() => app.close());
      const bus = { address: 'tcp://127.0.0.1:*', ingress: 'none' } as const;
      const authenticate = (): never => {
        throw new TypeError('no database');
      };
      await app.register(zerospan, { bus, authenticate, page: true, origins: [origin] });
      const url = await app.listen({ port: 0, host: '127.0.0.1' });
      return { url: `${url.replace('http', 'ws')}/bus` };
    },
    node: {
      code: 'server-failed',
      cause: /server failed at this session.*4004/,
      remedy: /server's log.*authenticate/,
    },
    chromium: {
      code: 'server-failed',
      cause: /server failed at this session.*4004/,
      remedy: /server's log.*authenticate/,
    },
    page: 'The page asks for a token before it connects.',
  },
  {
    name: "the policy of the client's page forbids it",
    begin: async () => ({ url: (await testServer()).ws, policy: "connect-src 'self'" }),
    node: 'There is no page.',
    cli: 'There is no page.',
    chromium: { code: 'blocked-by-page', cause: /Content-Security-Policy.*forbids/, remedy: /connect-src/ },
    page: 'The page brings its own policy.',
  },
];

/** What a client in Node says first. */
export function saidInNode({ url, WebSocket: Socket }: Failing): Promise<ZerospanError> {
  const bus = testBus(url, Socket ? { WebSocket: Socket } : {});
  return new Promise((resolve, reject) => {
    bus.on('error', resolve);
    bus.on('state', (state) => {
      if (state === 'live') reject(new ZerospanError('rejected', 'it did not fail'));
    });
  });
}
