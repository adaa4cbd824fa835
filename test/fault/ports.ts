import { createServer } from 'node:net';
import type { Random } from '../support/random.ts';

/**
 * Below the ports that systems give to outgoing connections: a server that is away for a moment must find its port free
 * when it comes back, and who looks for it meanwhile must not be connected with itself.
 */
const PORTS = { least: 20_000, most: 31_999 } as const;

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Some ports that were free a moment ago. */
export async function freePorts(count: number, random: Random): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = random.between(PORTS.least, PORTS.most);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}
