import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Sockets have this long to answer the close frame, or to take an answer, before the server cuts them when it stops. */
const GRACE_MS = 1_500;

/**
 * After an upgrade Node's server knows a connection no longer: `forceCloseConnections` does not reach it, and `close` waits for it
 * for ever. So those that have asked for an upgrade are remembered here, and cut when the server stops.
 */
export function cutUpgradedOnClose(app: FastifyInstance): void {
  const sockets = new Set<Socket>();
  app.server.on('upgrade', ({ socket }) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  app.addHook('preClose', async () => {
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, GRACE_MS);
    app.server.once('close', () => clearTimeout(cut));
  });
}

/** Answers an upgrade that is not wanted here, and ends its connection, which nobody would do otherwise. */
export async function refuseUpgrade(
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
): Promise<void> {
  const { socket } = request.raw;
  reply.raw.once('finish', () => socket.destroySoon());
  await reply.code(404).header('connection', 'close').send({ error: text });
}
