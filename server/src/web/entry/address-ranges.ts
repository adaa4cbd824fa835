import { BlockList, isIP } from 'node:net';
import { plainAddress } from '../../loopback.ts';

/** Ranges of addresses, such as those of the proxies that are trusted. */
export class AddressRanges {
  readonly #list = new BlockList();
  readonly isEmpty: boolean;

  /**
   * @param ranges addresses, or `ADDRESS/BITS`.
   * @throws RangeError naming the first that is neither, or all addresses there are
   */
  constructor(ranges: readonly string[]) {
    this.isEmpty = ranges.length === 0;
    for (const range of ranges) this.#add(range);
  }

  has(address: string | undefined): boolean {
    if (this.isEmpty || address === undefined) return false;
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && this.#list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
  }

  #add(range: string): void {
    const [address = '', bits, ...more] = range.split('/');
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    const prefix = bits === undefined ? most : Number(bits);
    if (family === 0 || more.length > 0 || !(prefix >= 0 && prefix <= most))
      throw new RangeError(`${range} is no address and no range of addresses, such as 10.0.0.0/8`);
    // To trust everybody is to trust nobody's proxy: any client could say who it is.
    if (prefix === 0) throw new RangeError(`${range} is every address there is; name the proxy's own`);
    this.#list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  }
}
