import type { FastifyInstance } from 'fastify';

/** What the page has to know before it connects. */
export interface About {
  /** Whether it needs a token. */
  readonly authentication: boolean;
  /** What is missing and let pass by `insecure`; nothing where all is well. */
  readonly insecure: readonly string[];
}

/** Answers `/about`, beside the page. */
export function addAbout(app: FastifyInstance, about: About): void {
  app.get('/about', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return about;
  });
}
