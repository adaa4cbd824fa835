import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import { isLoopback } from '../../server/src/loopback.ts';

/**
 * A host that a server takes for one that others can reach, because it is a name: where it leads to this machine alone,
 * as the machine's own name mostly does, nothing is opened by it. Otherwise every address.
 */
export async function openHost(): Promise<string> {
  const name = hostname();
  try {
    const { address } = await lookup(name);
    if (isLoopback(address) && !isLoopback(name)) return name;
  } catch {
    // The machine does not know its own name.
  }
  return '0.0.0.0';
}
