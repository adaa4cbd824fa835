import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../../settings/settings.ts';
import type { HttpServer } from '../../web/http/http-server.ts';
import { StartError } from '../../zeromq/sockets/start-error.ts';

/** Where a server listens. */
export interface Listening {
  /** As a client names it: `http://localhost:8080`. */
  readonly url: string;
  /** What was bound: `127.0.0.1:8080`, `[::1]:8080`. */
  readonly addresses: readonly string[];
}

/** What Node answers where this machine has no address of a family. */
const WITHOUT_FAMILY: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/** @throws StartError naming the setting, the address and the remedy */
export async function listen(
  app: FastifyInstance,
  http: HttpServer,
  { host, port, tls }: Pick<Settings, 'host' | 'port' | 'tls'>,
): Promise<Listening> {
  // Node takes IPv6 without the brackets that it has in an address.
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const isLocalhost = bare.toLowerCase() === 'localhost';
  try {
    const url = await app.listen({ host: isLocalhost ? '127.0.0.1' : bare, port });
    const bound = app.server.address() as AddressInfo;
    const scheme = tls.key === '' ? 'http' : 'https';
    if (!isLocalhost) return { url: url.replace(/^https?/, scheme), addresses: [inWords(bound)] };
    const addresses = [inWords(bound), ...(await alsoOnIpv6(http, bound.port))];
    return { url: `${scheme}://localhost:${bound.port}`, addresses };
  } catch (cause) {
    throw startError(`${host}:${port}`, cause);
  }
}

/** A browser that asks for localhost tries ::1 first: were another program's, it would reach that one. */
async function alsoOnIpv6(http: HttpServer, port: number): Promise<string[]> {
  try {
    await http.listenAlso('::1', port);
    return [`[::1]:${port}`];
  } catch (error) {
    if (WITHOUT_FAMILY.has((error as NodeJS.ErrnoException).code)) return [];
    throw error;
  }
}

function inWords({ address, port }: AddressInfo): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function startError(address: string, cause: unknown): StartError {
  const { code, message, address: at, port } = cause as NodeJS.ErrnoException & Partial<AddressInfo>;
  const inUse = code === 'EADDRINUSE';
  return new StartError({
    setting: inUse || code === 'EACCES' ? 'port' : 'host',
    address,
    reason: inUse ? `the address is in use${at === '::1' ? ` ([::1]:${port})` : ''}` : message,
    remedy: inUse
      ? 'Stop the program that holds it, or start with "--port 8081"; 0 takes any free port.'
      : 'Use a host name or an IP address of this machine, and a port from 1024 on.',
    cause,
  });
}
