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

type Raw = Pick<FastifyRequest, 'raw'>;

/** Where a client connects from, as its gate knows it. */
export interface Caller {
  /** '' where it does not matter. */
  readonly address: string;
  /** Whether that is this machine itself. */
  readonly isLocal: boolean;
}

/** Finds out where clients connect from, for every transport. */
export class Callers {
  readonly #proxies: AddressRanges;
  readonly #goesByAddress: boolean;

  /**
   * @param proxies those whose connections say nothing of where a request comes from
   * @param goesByAddress whether it matters where clients connect from, because others than this machine can. Node
   * keeps each address that was asked for
   */
  constructor(proxies: AddressRanges, goesByAddress: boolean) {
    this.#proxies = proxies;
    this.#goesByAddress = goesByAddress;
  }

  of(request: Pick<FastifyRequest, 'ip'> & Raw): Caller {
    if (!this.#goesByAddress) return { address: '', isLocal: !isForwarded(request) };
    return { address: addressOf(request), isLocal: this.isLocal(request) };
  }

  /**
   * Whether a request comes from this machine itself. Judged by its connection: what comes through a proxy comes from
   * anywhere, also where that stands on this machine and says nothing of whom it speaks for. One that is not listed
   * gives itself away by its headers, if it sets any.
   */
  isLocal(request: Raw): boolean {
    if (isForwarded(request)) return false;
    const { remoteAddress } = request.raw.socket;
    return remoteAddress === undefined || (isLoopback(remoteAddress) && !this.#proxies.has(remoteAddress));
  }
}

function isForwarded({ raw }: Raw): boolean {
  return FORWARDED.some((name) => raw.headers[name] !== undefined);
}
