import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Sockets of requests whose route times the body between its bytes, for as long as it likes in all. Node times every
 * request of a server as a whole and knows no exception.
 */
const timedByRoute = new WeakSet<Duplex>();

/** What Node says of a request that it cannot read, by the status of the answer. Others are 400. */
const STATUSES: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/** The body that this socket now carries is timed by its route. @returns ends that */
export function timeByRoute(socket: Duplex): () => void {
  timedByRoute.add(socket);
  return () => timedByRoute.delete(socket);
}

/** Whether a request that takes too long for Node may go on. Node asks once for each request. */
export function mayTakeLonger({ code }: NodeJS.ErrnoException, socket: Duplex): boolean {
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' && timedByRoute.has(socket);
}

/** Answers a connection whose bytes are no request, and closes it: as Fastify does, but for what may take longer. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || mayTakeLonger(error, socket)) return;
  const status = STATUSES[error.code ?? ''] ?? 400;
  const text = STATUS_CODES[status] ?? '';
  const body = JSON.stringify({ error: text, message: text, statusCode: status });
  const head = `HTTP/1.1 ${status} ${text}\r\nContent-Length: ${body.length}\r\nContent-Type: application/json\r\n`;
  if (socket.writable) socket.write(`${head}\r\n${body}`);
  socket.destroy(error);
}
