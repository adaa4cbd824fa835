import type { FastifyInstance } from 'fastify';
import { RejectedRequest } from './problems.ts';

/** Methods of the routes of a scope, by their address below it: `/put`, `/sessions/:id`, `/channels/*`. */
export type Methods = ReadonlyMap<string, ReadonlySet<string>>;

/** Collects the methods of routes that are added to this scope later; those for every address are not counted. */
export function collectMethods(scope: FastifyInstance): Methods {
  const methods = new Map<string, Set<string>>();
  scope.addHook('onRoute', ({ url, method }) => {
    const path = url.slice(scope.prefix.length);
    if (path === '' || path === '/*') return;
    const known = methods.get(path) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    methods.set(path, known);
  });
  return methods;
}

/** The header `Allow` of an address; undefined: there is no route. OPTIONS is answered everywhere. */
export function allowOf(methods: Methods, path: string): string | undefined {
  const known = methods.get(path) ?? [...methods].find(([route]) => leadsTo(route, path))?.[1];
  return known && [...known, 'OPTIONS'].join(', ');
}

/** Whether an address is one of a route with a part that differs: `:id` is one without slashes, `*` is all the rest. */
function leadsTo(route: string, path: string): boolean {
  const [, fixed = '', open] = /^(.*\/)(:\w+|\*)$/.exec(route) ?? [];
  if (open === undefined || !path.startsWith(fixed)) return false;
  const rest = path.slice(fixed.length);
  return open === '*' || (rest !== '' && !rest.includes('/'));
}

/**
 * Answers what no route of this scope takes: by 405 where another method would be taken, else by 404. As routes of its
 * own, because a handler of what is not found belongs to the application, which may have set one for all addresses.
 */
export function addUnrouted(scope: FastifyInstance, methods: Methods): void {
  const others = scope.supportedMethods.filter((method) => method !== 'OPTIONS');
  for (const url of ['', '/*'])
    scope.route({
      method: others,
      url,
      exposeHeadRoute: false,
      config: { problemDetails: true },
      // Before its body is read: no route takes it.
      onRequest: async ({ params }, reply) => {
        const { '*': path = '' } = params as { readonly '*'?: string };
        const allow = allowOf(methods, `/${path}`);
        if (allow === undefined) throw new RejectedRequest('not-found');
        reply.header('allow', allow);
        throw new RejectedRequest('method-not-allowed');
      },
      handler: async () => {
        throw new RejectedRequest('not-found');
      },
    });
}
