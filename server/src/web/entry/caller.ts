import type { FastifyRequest } from 'fastify';
import { isLoopback } from '../../loopback.ts';
import type { AddressRanges } from './address-ranges.ts';

/**
 * Where a request comes from; behind a proxy that is trusted, what that one says. '' over a Unix socket, which has no
 * addresses.
 */
export function addressOf({ ip }: Pick<FastifyRequest, 'ip'>): string {
  // Its type does not know of Unix sockets.
  return (ip as string | undefined) ?? '';
}

/**
 * Whether a request comes from this machine itself. Judged by its connection alone: what comes through a proxy comes
 * from anywhere, also where that stands on this machine and says nothing of whom it speaks for.
 */
export function isOfThisMachine({ raw }: Pick<FastifyRequest, 'raw'>, proxies: AddressRanges): boolean {
  const { remoteAddress } = raw.socket;
  return remoteAddress === undefined || (isLoopback(remoteAddress) && !proxies.has(remoteAddress));
}
