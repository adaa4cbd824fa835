import { isIPv6, type Socket } from 'node:net';
import { isLoopback, plainAddress } from '../../loopback.ts';

/** Which limit it is that a connection would pass; the name of its setting in `limits`. */
export type ConnectionLimit = 'connections' | 'connectionsPerAddress';

/** The WebSocket connections that there are, in all and from each address, and those on their way in. */
export class ConnectionLimiter {
  readonly #most: number;
  readonly #mostPerAddress: number;
  readonly #byAddress = new Map<string, number>();
  /** Of those who have a place, the networks that they count for: most servers have none of these, or few. */
  readonly #networks = new Map<Socket, string>();
  /** Who has a place listens with this: so nothing is kept for a socket but that. There may be tens of thousands. */
  readonly #left: (this: Socket) => void;
  #size = 0;

  /** @param perAddress 0: unlimited */
  constructor(most: number, perAddress: number) {
    this.#most = most;
    this.#mostPerAddress = perAddress;
    const leave = (socket: Socket): void => this.#leave(socket);
    this.#left = function (this: Socket) {
      leave(this);
    };
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Objects kept for counting by address: one for each network and one for each of its connections; 0 when all have
   * left.
   */
  get kept(): number {
    return this.#byAddress.size + this.#networks.size;
  }

  /**
   * Takes a place for this socket until it closes, or answers which limit there is against it. A socket that has a
   * place keeps that one.
   * @param addressOf asked only where it matters, because Node keeps an address that was asked for; it answers '' where
   * there is none: over a Unix socket, which only this machine reaches
   */
  enter(socket: Socket, addressOf: () => string): ConnectionLimit | undefined {
    // Of one that is gone already no close would be heard, and its place would never be free.
    if (socket.destroyed || socket.listenerCount('close', this.#left) > 0) return undefined;
    if (this.#size >= this.#most) return 'connections';
    const network = this.#mostPerAddress > 0 ? countedAs(addressOf()) : undefined;
    if (network !== undefined) {
      const there = this.#byAddress.get(network) ?? 0;
      if (there >= this.#mostPerAddress) return 'connectionsPerAddress';
      this.#byAddress.set(network, there + 1);
      this.#networks.set(socket, network);
    }
    this.#size++;
    // Not `once`, which would keep three objects for each.
    socket.on('close', this.#left);
    return undefined;
  }

  /** Undoes what entering did. */
  #leave(socket: Socket): void {
    this.#size--;
    const network = this.#networks.get(socket);
    if (network === undefined) return;
    this.#networks.delete(socket);
    const left = (this.#byAddress.get(network) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(network, left);
    else this.#byAddress.delete(network);
  }
}

/** The network that an address counts for; undefined for this machine's own, which are not counted. */
function countedAs(address: string): string | undefined {
  return address === '' || isLoopback(address) ? undefined : networkOf(address);
}

/** What counts as one address: with IPv6 its first 64 bits, because who has one of those addresses has them all. */
export function networkOf(address: string): string {
  const plain = plainAddress(address).replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head, tail] = plain.split('::') as [string, string?];
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const gap =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const first = [...before, ...gap, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16));
  return `${first.join(':')}::/64`;
}
