import type { CodeEntry } from './code-entry.ts';

const http = (retry: boolean, meaning: string, remedy: string): CodeEntry => ({
  said: 'http',
  retry,
  meaning,
  remedy,
});
const client = (retry: boolean, meaning: string, remedy: string): CodeEntry => ({
  said: 'client',
  retry,
  meaning,
  remedy,
});

/**
 * Every way in which a connection fails that has no code of the protocol. `docs/troubleshooting.md` is generated
 * from them. The client retries after each of them.
 */
export const FAILURES = {
  // No socket: the network.
  'nothing-listens': client(
    true,
    'Nothing listens at this host and port.',
    'Start the server there (zerospan serve), or correct the host and port of the url.',
  ),
  'unknown-host': client(
    true,
    'The host name of the url is unknown.',
    'Correct the host name; if it is right, check DNS and the network of this machine.',
  ),
  unreachable: client(
    true,
    'There is no route to the host of the url.',
    'Check the network, the VPN and the firewall between here and there, and the address in the url.',
  ),
  'no-answer': client(
    true,
    'The host did not answer in time.',
    'Check that host and port are those of a Zerospan server (the development server of a page ' +
      'may ignore a WebSocket), that no firewall drops packets to them, and that the process there is not stuck.',
  ),
  'connection-reset': client(
    true,
    'The other side closed the connection before it answered the WebSocket handshake.',
    'Check that it is a Zerospan server, and no other service, that has this port; a proxy in front logs why.',
  ),
  offline: client(
    true,
    'The browser has no network.',
    'Connect this machine to its network; the bus reconnects by itself.',
  ),

  // TLS.
  'tls-required': client(
    false,
    'The port speaks TLS, but the url begins with ws:.',
    'Begin the url with wss:.',
  ),
  'tls-not-spoken': client(
    false,
    'The port does not speak TLS, but the url begins with wss:.',
    'Begin the url with ws:, or name the port that speaks TLS.',
  ),
  'certificate-untrusted': client(
    false,
    'The certificate of the server is self-signed, or of an authority that is not trusted here.',
    'Name the file of that authority in the environment: NODE_EXTRA_CA_CERTS; or use a certificate of a public authority.',
  ),
  'certificate-expired': client(
    true,
    'The certificate of the server has expired, or is not valid yet.',
    'Renew it on the server; if it is valid, correct the clock of this machine.',
  ),
  'certificate-name': client(
    false,
    'The certificate of the server is for another host name.',
    'Use a host name that the certificate contains, or add this one to it.',
  ),
  'tls-failed': client(
    true,
    'The TLS handshake failed.',
    'Check which TLS versions and client certificates the server, or the proxy in front of it, requires.',
  ),

  // An answer, but no WebSocket: from this server.
  'no-websocket': http(
    false,
    'There is no WebSocket at this path.',
    'Correct the path of the url: the bus is at /bus, below the prefix of the plugin or proxy if there is one.',
  ),
  'not-found': http(
    false,
    'There is nothing at this path.',
    'Correct the path of the url: the bus is at /bus.',
  ),
  'origin-refused': http(
    false,
    'The server does not allow pages of this origin.',
    'List the origin of the page in the setting origins of the server: --origin https://app.example.',
  ),
  'host-refused': http(
    false,
    'The server does not answer to this host name.',
    'Use http://127.0.0.1 or http://localhost, or list the site of the proxy in front of it in origins.',
  ),
  'proxy-only': http(
    false,
    'The server is reached through its proxy only.',
    "Connect to the proxy's address; the setting behindProxy says which addresses are proxies.",
  ),
  'bad-request': http(
    false,
    'The server did not accept the HTTP request.',
    'Send each header once, and one host with an optional port as Host; a proxy in front may change them.',
  ),
  'bad-handshake': http(
    false,
    'The server did not accept the WebSocket handshake.',
    'Use a client that follows RFC 6455, and check that proxies pass the headers of the handshake unchanged.',
  ),

  // From something in front of the server, or instead of it.
  'credentials-required': client(
    false,
    'A proxy or web server at this address requires credentials.',
    'Let it pass the path of the bus without its own login: the server itself checks the token of the bus.',
  ),
  'access-denied': client(
    false,
    'A proxy or web server at this address denies access.',
    'Allow this client and path in its configuration; Zerospan itself sends a code with each rejection.',
  ),
  'rate-limited': client(
    true,
    'A proxy or web server at this address limits the rate of requests.',
    'Raise its limit for the path of the bus, or connect fewer clients at once.',
  ),
  redirected: client(
    false,
    'The server answers with a redirect.',
    'Use the address that it redirects to, with wss: for https: and ws: for http:.',
  ),
  unavailable: client(
    true,
    'The proxy at this address does not reach the server.',
    'Check that the server runs, and that the proxy has its address and port.',
  ),
  'server-error': client(
    true,
    'The web server at this address failed.',
    'Check its log: it answered the handshake with an error of its own.',
  ),
  'upgrade-required': client(
    false,
    'The handshake arrived without its upgrade to a WebSocket.',
    'Configure the proxy in front to pass the headers Upgrade and Connection, with HTTP/1.1 (nginx: proxy_http_version 1.1).',
  ),
  'not-a-websocket': client(
    false,
    'The server at this address is no WebSocket server.',
    'Correct the url: it names the bus of a Zerospan server, such as ws://127.0.0.1:8080/bus.',
  ),
  'protocol-mismatch': client(
    false,
    'The WebSocket server at this address does not speak zerospan.v1.',
    'Correct the url, update the older of client and server, or let the proxy pass Sec-WebSocket-Protocol.',
  ),

  // In a browser, which hides most of it.
  'mixed-content': client(
    false,
    'The page was loaded over https:, so the browser refuses a ws: connection.',
    'Begin the url with wss:, and give the server or the proxy in front of it a certificate.',
  ),
  'blocked-by-page': client(
    false,
    'The Content-Security-Policy of the page forbids the connection.',
    'List the url of the bus in connect-src of the policy.',
  ),
  'cannot-connect': client(
    true,
    'The connection failed, and the platform does not say why.',
    'Check that a Zerospan server runs at this host and port, that the url names its bus (such as ' +
      'ws://127.0.0.1:8080/bus), that its certificate is trusted here (wss:), and that no extension or firewall ' +
      'blocks it.',
  ),
  'websocket-refused': client(
    true,
    'A server answers here, but not with a WebSocket; the browser hides why.',
    'Check in this order: that the server lists the origin of this page (its log says so), the path of the url, a proxy that does not pass upgrades, the limit of connections.',
  ),

  // An open connection that ended, or came to nothing.
  'no-welcome': client(
    true,
    'The server accepted the WebSocket, but does not answer hello.',
    'Check that the url names the bus of a Zerospan server; its log says what it is waiting for.',
  ),
  'server-silent': client(
    true,
    'Nothing arrived from the server for too long.',
    'None, if it is rare. Otherwise check the network, and that the server is not stuck or stopped.',
  ),
  'going-away': client(true, 'The server stops or restarts.', 'None: the bus reconnects by itself.'),
  replaced: client(
    true,
    'Another connection with the same client id took the place of this one.',
    'End the other copy of this program: both have the same client id, such as a machine and its clone.',
  ),
  'server-failed': client(
    true,
    'The server failed at this session.',
    "Check the server's log: it says why, such as an error of authenticate.",
  ),
  'log-away': client(
    true,
    'The server has not reached its log for 15 s or more; the bus leaves it, since another one may.',
    'None: the bus reconnects by itself. For the operator: ' +
      "the server's /health/ready says log-away or log-failed; check its NATS servers.",
  ),
  'connection-lost': client(
    true,
    'The connection ended without a close frame.',
    'None, if it is rare. Otherwise check the network, and what restarts or closes connections between here and the server.',
  ),
  'idle-cut': client(
    true,
    'The connection broke again after the same time without traffic.',
    'Raise the idle timeout of the proxy in front above 30 s (nginx: proxy_read_timeout); the server sends something every 20 s.',
  ),
  'connection-closed': client(
    true,
    'The connection was closed with a code that is not of this protocol.',
    'Check the code, the reason, and the log of the server or of the proxy in front of it.',
  ),

  // On this side.
  'token-failed': client(
    true,
    'The token function of the bus failed.',
    'Fix the cause; the bus calls it again.',
  ),
  'unreadable-frame': client(
    true,
    'The server sent a frame that this client cannot read.',
    'Check that the url names the bus of a Zerospan server, and update the older of client and server.',
  ),
  'socket-failed': client(
    true,
    'The WebSocket failed on this side.',
    'Check the cause, the url and the option WebSocket of the bus.',
  ),
  'missing-global': client(
    false,
    'This environment lacks a global that the client needs.',
    'Load a polyfill before the client, or give the bus the option that replaces it.',
  ),
} as const satisfies Record<string, CodeEntry>;

/** A code of {@link FAILURES}. */
export type FailureCode = keyof typeof FAILURES;
