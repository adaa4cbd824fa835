import { isIP, isIPv4 } from 'node:net';

/**
 * Whether a name or an address is this machine and nothing else: localhost, 127.0.0.0/8, ::1, also in brackets. Any
 * other name may lead anywhere.
 */
export function isLoopback(host: string): boolean {
  const bare = plainAddress(host.replace(/^\[(.*)\]$/, '$1'));
  if (bare.toLowerCase() === 'localhost') return true;
  return isIPv4(bare) ? bare.startsWith('127.') : bare === '::1' || bare === '0:0:0:0:0:0:0:1';
}

/** Whether a ZeroMQ address is reached by this machine alone. */
export function isLocalAddress(address: string): boolean {
  const host = /^tcp:\/\/(.*):[^:]*$/.exec(address)?.[1];
  return host === undefined ? address === 'none' || address.startsWith('ipc://') : isLoopback(host);
}

/** An IPv4 address that a socket for both families wrote as IPv6 (`::ffff:192.0.2.1`), as IPv4; any other as it is. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped !== undefined && isIP(mapped) === 4 ? mapped : address;
}
