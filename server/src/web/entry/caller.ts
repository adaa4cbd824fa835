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

/** What proxies say of whom they speak for. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const;

/**
 * Whether a request comes from this machine itself. Judged by its connection: what comes through a proxy comes from
 * anywhere, also where that stands on this machine and says nothing of whom it speaks for. One that is not listed gives
 * itself away by its headers, if it sets any.
 */
export function isOfThisMachine({ raw }: Pick<FastifyRequest, 'raw'>, proxies: AddressRanges): boolean {
  if (FORWARDED.some((name) => raw.headers[name] !== undefined)) return false;
  const { remoteAddress } = raw.socket;
  return remoteAddress === undefined || (isLoopback(remoteAddress) && !proxies.has(remoteAddress));
}
