import { ZerospanError } from '@zerospan/shared';
import { FakeServer } from '../../support/client-socket.ts';
import type { Parser } from '../parser.ts';
import { SERVER_FRAMES, SERVER_WORDS } from './server-frame.ts';

/** Stands between frames in one input. */
const BETWEEN = '\x1e';

/** Longer than a client waits for anything when it closes. */
const WAIT_MS = 10_000;

/**
 * A whole client that hears frames of a server gone mad. Whatever they do to it, it throws at nobody, and can be
 * closed.
 */
export const client: Parser = {
  name: 'client',
  seeds: [
    ...SERVER_FRAMES,
    [SERVER_FRAMES[3], SERVER_FRAMES[4], '1 0 a 1', '2 0 a 2', SERVER_FRAMES[5], '3 0 a 3'].join(BETWEEN),
    [SERVER_FRAMES[6], SERVER_FRAMES[7], SERVER_FRAMES[8]].join(BETWEEN),
  ],
  words: [...SERVER_WORDS, BETWEEN],
  async read(bytes) {
    const server = new FakeServer();
    const bus = server.bus();
    bus.on('error', () => undefined);
    const subscriber = bus.subscribe(['a', { prefix: 'v' }], { replay: { last: 2 } });
    const socket = server.welcomes();
    // Their promises must be handled whatever becomes of them; how they end is not the question.
    const put = bus.put('a', 1, { confirm: { timeoutMs: 100 } }).catch(() => undefined);
    for (const frame of bytes.toString().split(BETWEEN)) socket.frame(frame);
    try {
      while (subscriber.get() !== undefined);
    } catch (error) {
      // It was refused.
      if (!(error instanceof ZerospanError)) throw error;
    }
    const closed = bus.close({ timeoutMs: 0 });
    // It may wait for a socket that does not answer.
    server.clock.advance(WAIT_MS);
    await closed;
    await put;
  },
};
