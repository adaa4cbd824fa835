// A server in a process of its own, which tells what it holds when it is asked. Run with --expose-gc.
import { readdirSync } from 'node:fs';
import { openServer } from '../support/server.ts';

/** What the server's process holds after its garbage is collected. */
export interface Holding {
  readonly heapBytes: number;
  /** Outside of the heap: buffers. */
  readonly externalBytes: number;
  readonly rssBytes: number;
  readonly descriptors: number;
  /** What keeps the event loop busy: sockets, servers, timers. */
  readonly handles: number;
  /** Rejections that nobody handled, and exceptions that nobody caught. */
  readonly unhandled: readonly string[];
}

const unhandled: string[] = [];
process.on('unhandledRejection', (error) => unhandled.push(String(error)));
process.on('uncaughtException', (error) => unhandled.push(String(error)));

// What clients put, and what the journal notes of them within its bound, are no traces of an attack: hardly any of it
// is kept.
const server = await openServer({
  log: { bytes: 65_536, lastBytes: 0, ageMs: 1_000 },
  limits: { journalBytes: 65_536 },
});

process.on('message', (said) => {
  if (said === 'stop') void server.stop().then(() => process.disconnect());
  else process.send?.(holding());
});
process.send?.({ ws: server.ws });

function holding(): Holding {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    heapBytes: heapUsed,
    externalBytes: external,
    rssBytes: rss,
    descriptors: readdirSync('/proc/self/fd').length,
    handles: process.getActiveResourcesInfo().length,
    unhandled,
  };
}
