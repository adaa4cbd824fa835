import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Where `npm run build` puts the page: the same folder seen from `src/web` and from `dist/web`. */
const ROOT = fileURLToPath(new URL('../../dist/page/', import.meta.url));

/** All that the page needs comes from this server; nothing inline. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Serves the live page at `/`. */
export async function addPage(app: FastifyInstance): Promise<void> {
  if (!existsSync(ROOT)) {
    app.get('/', async (_request, reply) =>
      reply.code(503).type('text/plain').send('The page is not built: run "npm run build".\n'),
    );
    return;
  }
  await app.register(fastifyStatic, {
    root: ROOT,
    setHeaders: (reply) => {
      reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      reply.header('x-content-type-options', 'nosniff');
      reply.header('referrer-policy', 'no-referrer');
    },
  });
}
