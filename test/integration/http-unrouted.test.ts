import { request } from 'node:http';
import { connect } from 'node:net';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import { zerospan } from '../../server/src/index.ts';
import { TestGate } from '../support/grants.ts';
import { openServer } from '../support/server.ts';

const LISTED = 'https://app.example';

interface Answered {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** Sends a request of which no body comes, however long it says that it is. */
function ask(
  method: string,
  url: URL | string,
  headers: Record<string, string | number> = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (data: string) => {
        body += data;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, body });
        asked.destroy();
      });
    });
    asked.on('error', reject);
    if ('Content-Length' in headers) asked.flushHeaders();
    else asked.end();
  });
}

describe('a request to /v1 that no route takes', () => {
  let server: RunningServer;
  beforeAll(async () => {
    // Whoever asks for what is not there needs no token.
    server = await openServer({ origins: [LISTED] }, { gate: new TestGate() });
  });
  afterAll(() => server.stop());

  const at = (path: string) => new URL(path, server.url);

  it.each([
    ['GET', 'v1'],
    ['GET', 'v1/'],
    ['GET', 'v1?all'],
    ['GET', 'v1/nowhere'],
    ['POST', 'v1/put/'],
    ['POST', 'v1//put'],
    ['DELETE', 'v1/session/x'],
    ['GET', 'v1/sessions/a/b'],
    ['PATCH', 'v1/put%2fx'],
  ])('is answered by a problem that names the routes: %s %s', async (method, path) => {
    const { status, headers, body } = await ask(method, at(path));
    expect(status).toBe(404);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers.allow).toBeUndefined();
    expect(JSON.parse(body)).toMatchObject({
      status: 404,
      code: 'not-found',
      remedy: expect.stringMatching(/POST \/v1\/put.*\/openapi\.json/) as string,
    });
  });

  it.each([
    ['GET', 'v1/put', 'POST, OPTIONS'],
    ['GET', 'v1/puts?x', 'POST, OPTIONS'],
    ['PUT', 'v1/put', 'POST, OPTIONS'],
    ['POST', 'v1/events', 'GET, OPTIONS'],
    ['DELETE', 'v1/history', 'GET, OPTIONS'],
    ['GET', 'v1/session', 'POST, DELETE, OPTIONS'],
    ['POST', 'v1/sessions/x', 'GET, DELETE, OPTIONS'],
    ['POST', 'v1/channels/a/b%20c', 'GET, OPTIONS'],
    ['TRACE', 'v1/session', 'POST, DELETE, OPTIONS'],
  ])('because of its method names the others: %s %s', async (method, path, allow) => {
    const { status, headers, body } = await ask(method, at(path));
    expect(status).toBe(405);
    expect(headers.allow).toBe(allow);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status: 405, code: 'method-not-allowed' });
  });

  it('is answered without a body to HEAD', async () => {
    const [events, nowhere] = [await ask('HEAD', at('v1/events')), await ask('HEAD', at('v1/nowhere'))];
    expect([events.status, events.headers.allow, events.body]).toEqual([405, 'GET, OPTIONS', '']);
    expect([nowhere.status, nowhere.body]).toEqual([404, '']);
  });

  it.each(['v1/nowhere', 'v1/history'])('is answered before its body is read: %s', async (path) => {
    const { status } = await ask('POST', at(path), { 'Content-Length': 60_000, 'Content-Type': 'no type' });
    expect(status).toBe(path === 'v1/history' ? 405 : 404);
  });

  it('is refused to a foreign page, and read by one of a listed origin', async () => {
    const foreign = await ask('GET', at('v1/nowhere'), { Origin: 'https://evil.example' });
    expect([foreign.status, JSON.parse(foreign.body)]).toMatchObject([403, { code: 'origin-refused' }]);
    expect(foreign.headers['content-type']).toContain('application/problem+json');
    const listed = await ask('GET', at('v1/nowhere'), { Origin: LISTED });
    expect([listed.status, listed.headers['access-control-allow-origin']]).toEqual([404, LISTED]);
  });

  it('is asked about before by OPTIONS, which names the methods of a route', async () => {
    const [put, nowhere] = [await ask('OPTIONS', at('v1/put')), await ask('OPTIONS', at('v1/nowhere'))];
    expect([put.status, put.headers.allow]).toEqual([204, 'POST, OPTIONS']);
    expect([nowhere.status, nowhere.headers.allow]).toEqual([204, undefined]);
  });

  it('leaves what is not found elsewhere as it is', async () => {
    const { status, headers, body } = await ask('GET', at('nowhere'));
    expect([status, headers['content-type']]).toEqual([404, 'application/json; charset=utf-8']);
    expect(JSON.parse(body)).toMatchObject({
      code: 'not-found',
      reason: 'There is nothing at this address.',
    });
    expect((await ask('GET', at('v1nowhere'))).headers['content-type']).toContain('application/json');
  });
});

describe('in a plugin, what no route takes', () => {
  async function application(): Promise<string> {
    const app = fastify({ forceCloseConnections: true });
    onTestFinished(() => app.close());
    app.setNotFoundHandler(async (_request, reply) => reply.code(404).send('my own 404'));
    app.get('/live/v1/mine', async () => 'my own');
    const ANY = 'tcp://127.0.0.1:*';
    await app.register(zerospan, { prefix: '/live', bus: { address: ANY, ingress: ANY } });
    return await app.listen({ port: 0 });
  }

  it("is answered by a problem below /v1 of its prefix, and by the application's own handler elsewhere", async () => {
    const url = await application();
    for (const path of ['/live/v1', '/live/v1/', '/live/v1/nowhere'])
      expect(JSON.parse((await ask('GET', url + path)).body)).toMatchObject({ code: 'not-found' });
    expect((await ask('GET', `${url}/live/v1/put`)).headers.allow).toBe('POST, OPTIONS');
    for (const path of ['/nowhere', '/v1/nowhere', '/v1/put', '/live/nowhere', '/live/v1x'])
      expect((await ask('GET', url + path)).body).toBe('my own 404');
    expect((await ask('GET', `${url}/live/v1/mine`)).body).toBe('my own');
  });

  it('as a WebSocket is refused, and its connection ended', async () => {
    const url = await application();
    const { hostname, port } = new URL(url);
    const raw = connect(Number(port), hostname);
    raw.write(
      'GET /live/v1/nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    let answer = '';
    raw.on('data', (data) => {
      answer += data.toString();
    });
    await new Promise((resolve) => raw.on('close', resolve));
    expect(answer).toMatch(/^HTTP\/1\.1 404 .*"not-found"/s);
  });
});
