import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { PAGE_POLICY } from './headers.ts';

/** Where `npm run build` puts the page: the same folder seen from `src/web/http` and from `dist/web/http`. */
const ROOT = fileURLToPath(new URL('../../../dist/page/', import.meta.url));

/** Serves the console at `/`. */
export async function addPage(app: FastifyInstance): Promise<void> {
  if (!existsSync(ROOT)) {
    app.get('/', async (_request, reply) =>
      reply.code(503).type('text/plain').send('The page is not built: run "npm run build".\n'),
    );
    return;
  }
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, isOpenFile: true };
    });
    await scope.register(fastifyStatic, {
      root: ROOT,
      setHeaders: (reply) => {
        reply.header('content-security-policy', PAGE_POLICY);
      },
    });
  });
}

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
