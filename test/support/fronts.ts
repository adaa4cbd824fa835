import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';

/** What something in front of a server answers in its place, to a handshake and to an ordinary request alike. */
export interface Instead {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What is done with a handshake. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export async function listening(server: Server, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/**
 * Stands in front of a real server, whose page it passes on. At the address of the bus it is something else.
 * @param behind answers the address of the server's page when it is needed
 */
export async function front(
  behind: () => string,
  bus: Instead | Upgrade,
): Promise<{ ws: string; page: string }> {
  const server = createServer((incoming, outgoing) => {
    if (incoming.url === '/bus' && typeof bus !== 'function') respond(outgoing, bus);
    else passOn(new URL(incoming.url ?? '/', behind()), incoming, outgoing);
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined);
    if (typeof bus === 'function') bus(incoming, socket, head);
    else socket.end(responseText(bus));
  });
  onTestFinished(() => server.closeAllConnections());
  const port = await listening(server);
  return { ws: `ws://127.0.0.1:${port}/bus`, page: `http://127.0.0.1:${port}/` };
}

/** Passes a handshake on with other headers: those that are named, in place of its own. undefined: left out. */
export function passedOn(behind: string, headers: Readonly<Record<string, string | undefined>>): Upgrade {
  const { hostname, port } = new URL(behind);
  return (incoming, socket) => {
    const all = Object.entries({ ...incoming.headers, ...headers });
    const lines = all.flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${String(value)}\r\n`],
    );
    const onward = connect(Number(port), hostname);
    onward.write(`GET ${incoming.url ?? '/'} HTTP/1.1\r\n${lines.join('')}\r\n`);
    onward.pipe(socket).pipe(onward);
    onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  };
}

/** Something that accepts connections and is no web server. */
export async function bareTcp(accept: (socket: Duplex) => void): Promise<string> {
  const sockets = new Set<Duplex>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    accept(socket);
  });
  const port = await listening(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return `ws://127.0.0.1:${port}/bus`;
}

function passOn(url: URL, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers } = incoming;
  // The server is reached by its own name, as most proxies have it.
  const own = { ...headers, host: url.host };
  const onward = request(url, { method, headers: own }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

function respond(outgoing: ServerResponse, { status, headers, body }: Instead): void {
  outgoing.writeHead(status, headers).end(body);
}

function responseText({ status, headers = {}, body = '' }: Instead): string {
  const all = { ...headers, 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Said So\r\n${lines.join('')}\r\n${body}`;
}
