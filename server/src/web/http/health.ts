import type { FastifyInstance } from 'fastify';

/** What readiness is judged by: names of what is still waited for (empty: ready), and notes that do not hinder it. */
export interface Readiness {
  waiting(): readonly string[];
  notes(): readonly string[];
}

export function addHealth(app: FastifyInstance, readiness: Readiness): void {
  app.get('/health/live', async () => ({ live: true }));
  app.get('/health/ready', async (_request, reply) => {
    const waiting = readiness.waiting();
    if (waiting.length > 0) return reply.code(503).send({ ready: false, waiting });
    const notes = readiness.notes();
    return notes.length > 0 ? { ready: true, notes } : { ready: true };
  });
}
