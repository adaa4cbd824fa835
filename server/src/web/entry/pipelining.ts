import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Meter, meter } from '../../core/meter.ts';

/**
 * Most requests of one connection that are unanswered at a time. Browsers send one; a chunk of TCP holds a
 * thousand.
 */
export const UNANSWERED_REQUESTS = 16;

/**
 * Bounds how many requests a client may send ahead of their answers: each is answered, and kept until the client
 * reads.
 */
export class Pipelining {
  readonly #unanswered = new WeakMap<Socket, number>();
  #closed = 0;

  /** The same handler, called for as long as the connection keeps to the bound; one that does not is closed. */
  bound(handler: RequestListener): RequestListener {
    return (request, response) => {
      if (this.#mayGoOn(request, response)) handler(request, response);
    };
  }

  get meter(): Meter {
    return meter(
      'counter',
      'zerospan_connections_pipelining_total',
      `Connections closed because more than ${UNANSWERED_REQUESTS} requests came before the answer to the first`,
      () => this.#closed,
    );
  }

  #mayGoOn({ socket }: IncomingMessage, response: ServerResponse): boolean {
    // Node hands over all requests of a chunk, also of a connection that the first of them has closed.
    if (socket.destroyed) return false;
    const unanswered = (this.#unanswered.get(socket) ?? 0) + 1;
    if (unanswered > UNANSWERED_REQUESTS) {
      this.#closed++;
      socket.destroy();
      return false;
    }
    this.#unanswered.set(socket, unanswered);
    response.on('close', () => this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 1) - 1));
    return true;
  }
}
