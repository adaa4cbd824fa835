import swagger from '@fastify/swagger';
import { Validator } from '@seriousme/openapi-schema-validator';
import fastify, { type FastifyInstance } from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { zerospan } from '../../server/src/index.ts';
import { documentOf, type OpenApi, operationsOf } from '../support/openapi.ts';
import { testServer } from '../support/server.ts';

const ANY = 'tcp://127.0.0.1:*';
const BUS = { bus: { address: ANY, ingress: ANY } };

function application(): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  return app;
}

/** Registers what an application has of its own: a document, and a route that it checks by Fastify's schemas. */
const OWN = {
  document: async (app: FastifyInstance) => {
    await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'mine', version: '1' } } });
    app.get('/hello/:age', {
      schema: { params: { type: 'object', properties: { age: { type: 'integer' } } } },
      handler: async (request) => ({ hello: request.params }),
    });
  },
  bus: async (app: FastifyInstance) => {
    await app.register(zerospan, { prefix: '/live', ...BUS });
  },
};

it('is a valid OpenAPI 3.1 document, in which each operation is described', async () => {
  const server = await testServer();
  const document = await documentOf(server.url);
  const validator = new Validator();
  expect(await validator.validate({ ...document })).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  for (const [id, { summary, description, parameters = [], responses }] of operationsOf(document)) {
    expect(summary, id).toMatch(/^[A-Z].*[^.]$/);
    expect(description, id).toMatch(/^[A-Z].*\.$/s);
    for (const parameter of parameters) expect(parameter.description, parameter.name).toMatch(/\.$/);
    for (const answer of Object.values(responses)) expect(answer.description, id).toMatch(/^[A-Z].*\.$/s);
  }
});

it('is not valid to the test where it is broken', async () => {
  const server = await testServer();
  const { info: _, ...broken } = await documentOf(server.url);
  expect((await new Validator().validate(broken)).valid).toBe(false);
});

it('has every route below /v1 and no other', async () => {
  const app = application();
  const routes = new Set<string>();
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.add(`${one} ${url}`);
  });
  await OWN.bus(app);
  const document = await documentOf(`${await app.listen({ port: 0 })}/live/`);
  expect(document.servers).toEqual([{ url: './v1' }]);
  const described = [...operationsOf(document).values()].map(
    ({ method, path }) => `${method} /live/v1${path}`,
  );
  // What answers a browser that asks before, and what is not there, are no operations.
  const registered = [...routes]
    .filter((route) => / \/live\/v1\/[^*]/.test(route))
    .map((route) => route.replace(/:(\w+)/, '{$1}').replace('*', '{name}'));
  expect(described.toSorted()).toEqual(registered.toSorted());
  expect(described).toHaveLength(14);
});

it.each([
  ['first', [OWN.document, OWN.bus]],
  ['last', [OWN.bus, OWN.document]],
])(
  'leaves the document and the checks of an application alone that registers its own %s',
  async (_when, all) => {
    const app = application();
    for (const register of all) await register(app);
    const url = await app.listen({ port: 0 });
    const theirs = app.swagger() as unknown as OpenApi;
    expect(Object.keys(theirs.paths)).toEqual(['/hello/{age}']);
    expect(theirs.components?.schemas ?? {}).toEqual({});
    const ours = await documentOf(`${url}/live/`);
    expect(Object.keys(ours.paths).toSorted()).toEqual([
      '/channels',
      '/channels/{name}',
      '/events',
      '/explain',
      '/history',
      '/put',
      '/puts',
      '/session',
      '/sessions',
      '/sessions/{id}',
      '/settings',
      '/status',
    ]);
    expect(await (await fetch(`${url}/hello/7`)).json()).toEqual({ hello: { age: 7 } });
    expect(await (await fetch(`${url}/hello/old`)).json()).toMatchObject({ code: 'FST_ERR_VALIDATION' });
  },
);

it('is there below each prefix of an application that has several', async () => {
  const app = application();
  for (const prefix of ['/one', '/two']) await app.register(zerospan, { prefix, ...BUS });
  const url = await app.listen({ port: 0 });
  const [one, two] = await Promise.all(['/one/', '/two/'].map((path) => documentOf(url + path)));
  expect(one).toEqual(two);
});

it('is cached, and asked for again', async () => {
  const server = await testServer();
  const address = `${server.url}openapi.json`;
  const first = await fetch(address);
  const etag = first.headers.get('etag') ?? '';
  expect(etag).toMatch(/^"[\w-]{22}"$/);
  expect(first.headers.get('cache-control')).toBe('public, no-cache');
  expect(first.headers.get('content-type')).toContain('application/json');
  expect((await fetch(address, { method: 'HEAD' })).headers.get('etag')).toBe(etag);
  // A proxy that compresses makes it a weak one.
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const again = await fetch(address, { headers: { 'if-none-match': known } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  }
  expect((await fetch(address, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
});

it('is read without a token, and by no page of a foreign origin', async () => {
  const app = application();
  await app.register(zerospan, {
    ...BUS,
    origins: ['https://app.example'],
    authenticate: () => {
      throw new Error('nobody is asked');
    },
  });
  await app.ready();
  const ask = (headers: Record<string, string>) => app.inject({ url: '/openapi.json', headers });
  expect((await ask({})).statusCode).toBe(200);
  const listed = await ask({ origin: 'https://app.example' });
  expect(listed.headers['access-control-allow-origin']).toBe('https://app.example');
  expect((await ask({ origin: 'https://evil.example' })).statusCode).toBe(403);
});
