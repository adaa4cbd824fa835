import { createHash } from 'node:crypto';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { versionOf } from '../../version.ts';
import { ProblemSchema } from '../schemas.ts';
import { LINE_SCHEMAS } from './lines.ts';
import { SECURITY_SCHEMES } from './security.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body that a route of the API takes, for its description alone: the route reads it by itself. */
    describedBody?: DescribedBody;
  }
}

export interface DescribedBody {
  readonly type: string;
  readonly schema: object;
}

/** Where the document is, below the prefix of the plugin. */
export const OPENAPI_PATH = '/openapi.json';

const INFO = {
  title: 'Zerospan',
  description:
    'Puts, events, history and the state of the server over HTTP, with the rights, limits, checks and codes of WebSocket clients. Every ' +
    'answer that is not a success is problem details (RFC 9457) with a stable `code` and a `remedy`. What no route ' +
    'takes is 404 `not-found`, or 405 `method-not-allowed` with `Allow`. A plugin whose application judges tokens ' +
    'may answer further codes of its own. What the HTTP server itself cannot read as a ' +
    'request, or waits for too long, it answers with 400, 408 or 431 and closes the connection.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
} as const;

const TAGS = [
  { name: 'put', description: 'Putting messages on channels.' },
  { name: 'read', description: 'Receiving publications, and reading the log.' },
  { name: 'session', description: 'A token in a cookie.' },
  { name: 'observe', description: 'The state of the server.' },
];

/** The document as it is served. */
export interface ApiDocument {
  readonly text: string;
  /** Changes with the text. */
  readonly etag: string;
}

/** Keeps routes of this instance out of the document of an application that describes its own. */
export function hideRoutes(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, hide: true };
  });
}

/**
 * Describes the routes that are added to this scope later, by the schemas that check their requests. One without
 * `operationId` is left out.
 * @param path of the scope below the prefix of the plugin
 * @returns the document, made when it is asked for first
 */
export function describeRoutes(scope: FastifyInstance, path: string): () => Promise<ApiDocument> {
  const routes: RouteOptions[] = [];
  scope.addHook('onRoute', (route) => {
    if (route.schema?.operationId !== undefined && route.method !== 'HEAD') routes.push(route);
  });
  let document: Promise<ApiDocument> | undefined;
  return () => {
    document ??= documentOf(routes, scope.prefix, path);
    return document;
  };
}

/**
 * Most servers are never asked for it. What makes it is a megabyte of memory, and is loaded with the first question; it
 * sees the routes in an instance that has nothing else and serves nobody.
 */
async function documentOf(
  routes: readonly RouteOptions[],
  prefix: string,
  path: string,
): Promise<ApiDocument> {
  const [{ fastify }, { default: swagger }] = await Promise.all([
    import('fastify'),
    import('@fastify/swagger'),
  ]);
  const app = fastify({ exposeHeadRoutes: false });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  await app.register(swagger, {
    convertConstToEnum: false,
    stripBasePath: false,
    openapi: {
      openapi: '3.1.0',
      info: { ...INFO, version: versionOf() },
      // Relative to the address of the document: right below any prefix, and behind any proxy.
      servers: [{ url: `.${path}` }],
      tags: TAGS,
      components: { securitySchemes: SECURITY_SCHEMES, schemas: { Problem: ProblemSchema, ...LINE_SCHEMAS } },
    },
  });
  for (const { method, url, schema, config } of routes) {
    const { hide: _, headers, params, ...described } = schema ?? {};
    const body = config?.describedBody;
    app.route({
      method,
      url: url.slice(prefix.length).replace('*', ':name'),
      schema: {
        ...described,
        ...(headers instanceof Object && { headers: capitalized(headers) }),
        ...(params instanceof Object && { params: named(params) }),
        ...(body && { consumes: [body.type], body: body.schema }),
      },
      handler: () => undefined,
    });
  }
  await app.ready();
  const text = JSON.stringify(app.swagger());
  await app.close();
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
}

/** Header names as they are commonly written: Fastify checks them in lower case. */
function capitalized(headers: object): object {
  const { properties = {} } = headers as { readonly properties?: Readonly<Record<string, object>> };
  const named = Object.entries(properties).map(([name, value]) => [
    name.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase()),
    value,
  ]);
  return { ...headers, properties: Object.fromEntries(named) };
}

/** The rest of an address has no name in the router. */
function named(params: object): object {
  const {
    properties = {},
    required = [],
    ...others
  } = params as {
    readonly properties?: Readonly<Record<string, object>>;
    readonly required?: readonly string[];
  };
  const nameOf = (param: string): string => (param === '*' ? 'name' : param);
  return {
    ...others,
    required: required.map(nameOf),
    properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [nameOf(name), value])),
  };
}

/** Adds `GET /openapi.json` to a scope. It needs no token: it is the same for everybody, as what is in docs/http.md. */
export function addDocument(scope: FastifyInstance, document: () => Promise<ApiDocument>): void {
  scope.get(OPENAPI_PATH, async ({ headers }, reply) => {
    const { text, etag } = await document();
    // Kept by browsers and proxies, and asked for again each time: another version of the server has another one.
    reply.headers({ etag, 'cache-control': 'public, no-cache' });
    if (headers['if-none-match']?.includes(etag)) return reply.code(304).send();
    return reply.type('application/json').send(text);
  });
}
