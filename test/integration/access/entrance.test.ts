import { request } from 'node:http';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RunningServer } from '../../../server/src/compose.ts';
import { zerospan } from '../../../server/src/index.ts';
import { Opened, oldBridge } from '../../support/bridge.ts';
import { testBus } from '../../support/buses.ts';
import { testFolder } from '../../support/certificate.ts';
import { ALL, grants, TestGate } from '../../support/grants.ts';
import { openHost } from '../../support/open-host.ts';
import { RawWebSocket, type UpgradeParts } from '../../support/raw-websocket.ts';
import { openServer, testServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';
import { metric, upgrade } from '../../support/upgrade.ts';
import { freePort } from '../../support/zeromq.ts';

/** A request with just these headers. */
function get(url: URL, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (answer) => {
      let body = '';
      answer.on('data', (data: Buffer) => {
        body += data.toString();
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('a server on loopback', () => {
  let server: RunningServer;
  let port: string;
  beforeAll(async () => {
    server = await openServer();
    ({ port } = new URL(server.url));
  });
  afterAll(() => server.stop());

  it('takes its own pages, and clients that are no browsers', async () => {
    expect((await upgrade(server.ws)).status).toBe(101);
    for (const origin of [`http://127.0.0.1:${port}`, `http://localhost:${port}`, `http://[::1]:${port}`])
      expect((await upgrade(server.ws, { origin })).status).toBe(101);
  });

  it.each([
    'null',
    'https://evil.example',
    'http://localhost',
    'http://localhost:1',
    'http://localhost.evil.example',
  ])('refuses a page of %s, before any upgrade, with a code and a remedy', async (origin) => {
    const before = await metric(server.url, 'zerospan_security_events_total{event="origin-refused"}');
    const { status, body } = await upgrade(server.ws, { origin });
    expect([status, body?.code]).toEqual([403, 'origin-refused']);
    expect(body?.remedy).toContain('--origin');
    expect(await metric(server.url, 'zerospan_security_events_total{event="origin-refused"}')).toBe(
      before + 1,
    );
    expect(await metric(server.url, 'zerospan_connections')).toBe(0);
  });

  it.each<[string, UpgradeParts]>([
    ['by HTTP/1.0', { version: '1.0' }],
    ['without a key', { headers: { 'Sec-WebSocket-Key': undefined } }],
    ['of another version', { headers: { 'Sec-WebSocket-Version': '12' } }],
    ['with a subprotocol that cannot be read', { headers: { 'Sec-WebSocket-Protocol': 'a,,b' } }],
    ['to something else', { headers: { Upgrade: 'h2c' } }],
  ])('refuses a handshake %s with a code, and gives it no place', async (_, parts) => {
    const name = 'zerospan_security_events_total{event="bad-handshake"}';
    const before = await metric(server.url, name);
    const client = await RawWebSocket.asking(server.ws, parts);
    onTestFinished(() => client.close());
    await until('its end', () => client.ended);
    expect([client.status, client.head.toLowerCase().includes('sec-websocket-version: 13')]).toEqual([
      400,
      true,
    ]);
    expect(await metric(server.url, name)).toBe(before + 1);
    expect(await metric(server.url, 'zerospan_connections_taken')).toBe(0);
  });

  it.each(['/bus', '/metrics', '/health/live', '/health/ready', '/about', '/v1/status'])(
    'refuses a request for %s under a name that is not its own: it was led here by a page',
    async (path) => {
      const refused = await get(new URL(path, server.url), { host: `rebound.example:${port}` });
      expect([refused.status, JSON.parse(refused.body).code]).toEqual([403, 'host-refused']);
      const cross = await get(new URL(path, server.url), { origin: 'https://evil.example' });
      expect([cross.status, JSON.parse(cross.body).code]).toEqual([403, 'origin-refused']);
    },
  );

  it.each([
    ['/', 200],
    ['/nowhere', 404],
  ])(
    'answers %s to any origin, because the console names the missing one, under its own name alone',
    async (path, status) => {
      const refused = await get(new URL(path, server.url), { host: `rebound.example:${port}` });
      expect([refused.status, JSON.parse(refused.body).code]).toEqual([403, 'host-refused']);
      const cross = await get(new URL(path, server.url), { origin: 'https://elsewhere.example' });
      expect(cross.status).toBe(status);
      const bus = await upgrade(server.ws.replace('/bus', path), { origin: 'https://elsewhere.example' });
      expect([bus.status, bus.body?.code]).toEqual([403, 'origin-refused']);
    },
  );

  it('refuses an upgrade under a name that is not its own, although name and origin fit each other', async () => {
    const host = `rebound.example:${port}`;
    const { status, body } = await upgrade(server.ws, { host, origin: `http://${host}` });
    expect([status, body?.code]).toEqual([403, 'host-refused']);
  });

  it('does not believe what somebody says of whom he speaks for', async () => {
    const { status } = await upgrade(server.ws, { host: 'evil.example', 'x-forwarded-host': 'localhost' });
    expect(status).toBe(403);
  });
});

it('with a list takes just these pages and its own, and their names as its own', async () => {
  const server = await testServer({ origins: ['https://app.example'] });
  const { port } = new URL(server.url);
  expect((await upgrade(server.ws, { origin: 'https://app.example' })).status).toBe(101);
  const own = `http://127.0.0.1:${port}`;
  expect((await upgrade(server.ws, { origin: own })).status).toBe(101);
  expect((await get(new URL('about', server.url), { origin: own })).status).toBe(200);
  expect((await upgrade(server.ws, { origin: 'https://app.example', host: 'app.example' })).status).toBe(101);
  for (const origin of [
    `http://127.0.0.1:${Number(port) - 1}`,
    'https://app.example.',
    'https://app.example:8443',
    'https://APP.example',
    'null',
  ])
    expect((await upgrade(server.ws, { origin })).body?.code).toBe('origin-refused');
});

it('with a proxy counts the client that it speaks for, and nobody whom others say that they speak for', async () => {
  const limits = { connectionsPerAddress: 1 };
  const behind = await testServer({ behindProxy: ['127.0.0.0/8'], insecure: true, limits });
  const from = (ws: string, address: string) => upgrade(ws, { 'x-forwarded-for': address });
  expect((await from(behind.ws, '192.0.2.1')).status).toBe(101);
  expect((await from(behind.ws, '192.0.2.2')).status).toBe(101);
  // The last that no proxy of ours wrote is the client; what it says itself stands before that.
  expect((await from(behind.ws, '192.0.2.9, 192.0.2.1')).status).toBe(429);
  const other = await testServer({ behindProxy: ['10.0.0.0/8'], insecure: true, limits });
  for (let i = 0; i < 2; i++) expect((await from(other.ws, '192.0.2.1')).status).toBe(101);
});

describe('a server on loopback with a proxy before it', () => {
  const behindProxy = ['127.0.0.1'];
  const origins = ['https://app.example'];

  it('is not started without what clients from elsewhere need, and opens nothing', async () => {
    const started = testServer({ behindProxy });
    await expect(started).rejects.toThrow(
      /behindProxy 127\.0\.0\.1 requires authentication[\s\S]*requires an exact list of origins/,
    );
    await expect(started).rejects.not.toThrow('TLS.');
  });

  it('with them is, and counts the connections of a user', async () => {
    const gate = new TestGate().knows('alice', 'alice', { subscribe: ALL });
    const server = await testServer({ behindProxy, origins, limits: { connectionsPerUser: 1 } }, { gate });
    const [first, second] = [0, 1].map(() => testBus(server.ws, { token: () => 'alice' }));
    await first?.subscribe('room').ready;
    const refused = new Promise((resolve) => second?.on('error', resolve));
    expect(await refused).toMatchObject({ code: 'too-many-connections' });
  });

  it('asks for the right to read its metrics, and shows its health to everybody', async () => {
    const gate = new TestGate()
      .knows('ops', 'ops', { admin: true })
      .knows('prometheus', 'prometheus', { metrics: true })
      .knows('alice', 'alice', { subscribe: ALL });
    const server = await testServer({ behindProxy, origins }, { gate });
    const metrics = async (token?: string): Promise<[number, string]> => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const answer = await fetch(new URL('metrics', server.url), { headers });
      return [answer.status, await answer.text()];
    };
    expect(await metrics()).toEqual([401, expect.stringContaining('"code":"unauthorized"')]);
    expect(await metrics('alice')).toEqual([403, expect.stringContaining('"code":"forbidden"')]);
    expect(await metrics('prometheus')).toEqual([200, expect.stringContaining('zerospan_connections 0')]);
    // A refusal is told as any other of the gate's.
    expect(await metrics('ops')).toEqual([
      200,
      expect.stringContaining('zerospan_security_events_total{event="token-refused"} 1'),
    ]);
    for (const path of ['health/live', 'health/ready', 'about'])
      expect((await fetch(new URL(path, server.url))).status).toBe(200);
  });
});

describe('without keys for tokens', () => {
  const metricsOf = async (url: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(new URL('metrics', url), { headers })).status;

  it('shows its metrics to requests of its own machine, and to none that a proxy passes on', async () => {
    const server = await testServer();
    expect(await metricsOf(server.url)).toBe(200);
    for (const header of ['Forwarded', 'X-Forwarded-For', 'X-Real-IP', 'Via'])
      expect(await metricsOf(server.url, { [header]: '192.0.2.1' })).toBe(403);
  });

  it('shows its metrics to nobody from elsewhere with --insecure either', async () => {
    const server = await testServer({ behindProxy: ['127.0.0.0/8'], insecure: true });
    const answer = await fetch(new URL('metrics', server.url));
    expect([answer.status, await answer.json()]).toEqual([
      403,
      { code: 'forbidden', reason: expect.any(String), remedy: expect.stringContaining('--auth-key') },
    ]);
  });
});

describe('a server beyond loopback', () => {
  it('is not started without what it needs, and opens nothing', async () => {
    await expect(testServer({ host: '0.0.0.0' })).rejects.toThrow(
      /requires authentication[\s\S]*requires an exact list of origins[\s\S]*requires TLS/,
    );
  });

  it('that a proxy stands before takes WebSockets through it alone', async () => {
    const settings = { host: await openHost(), origins: ['https://app.example'] };
    const past = await testServer({ ...settings, behindProxy: ['192.0.2.7'] }, { gate: new TestGate() });
    const { status, body } = await upgrade(past.ws);
    expect([status, body?.code]).toEqual([403, 'proxy-only']);
    expect((await fetch(new URL('health/live', past.url))).status).toBe(200);
    const through = await testServer({ ...settings, behindProxy: ['127.0.0.1'] }, { gate: new TestGate() });
    expect((await upgrade(through.ws, { host: 'app.example' })).status).toBe(101);
    // Nothing is lacking, whatever may be.
    const leftOver = await testServer(
      { ...settings, behindProxy: ['192.0.2.7'], insecure: true },
      { gate: new TestGate() },
    );
    expect((await upgrade(leftOver.ws)).body?.code).toBe('proxy-only');
  });

  it('that a proxy stands before takes no tokens past it, wherever they are for', async () => {
    const settings = { host: await openHost(), origins: ['https://app.example'], behindProxy: ['192.0.2.7'] };
    const secrets = { env: { ZEROSPAN_AUTH_SECRET: 'x'.repeat(32) } };
    const server = await testServer(settings, { secrets });
    const post = await fetch(new URL('admin/revocations', server.url), { method: 'POST' });
    expect([post.status, ((await post.json()) as { code: string }).code]).toEqual([403, 'proxy-only']);
    const headers = { authorization: 'Bearer token' };
    const get = await fetch(new URL('metrics', server.url), { headers });
    expect([get.status, ((await get.json()) as { code: string }).code]).toEqual([403, 'proxy-only']);
    expect((await fetch(new URL('metrics', server.url))).status).toBe(200);
  });

  it('with insecure says what is missing in readiness, to the page and in the metrics, and takes pages of its own name', async () => {
    const open = await openHost();
    const server = await testServer({
      host: open,
      insecure: true,
      bus: { sources: ['tcp://192.0.2.1:5555'] },
    });
    // No addresses of the inside: anybody may ask.
    const lacking = [
      'host: no authentication',
      'host: no exact list of origins',
      'host: no TLS',
      'bus.sources: no CURVE',
    ];
    const ready: unknown = await (await fetch(new URL('health/ready', server.url))).json();
    expect(ready).toEqual({ ready: true, notes: lacking.map((each) => `insecure: ${each}`) });
    const about: unknown = await (await fetch(new URL('about', server.url))).json();
    expect(about).toEqual({ authentication: false, insecure: lacking });
    expect(await metric(server.url, 'zerospan_security_events_total{event="started-insecure"}')).toBe(1);
    const host = 'demo.example:80';
    expect((await upgrade(server.ws, { host, origin: `http://${host}` })).status).toBe(101);
    expect((await upgrade(server.ws, { host, origin: 'http://evil.example' })).status).toBe(403);
  });
});

it('reports a token for /admin that is not good, like any other', async () => {
  const secrets = { env: { ZEROSPAN_AUTH_SECRET: 'x'.repeat(32) } };
  const server = await testServer({}, { secrets });
  const headers = { authorization: 'Bearer forged' };
  const answer = await fetch(new URL('admin/revocations', server.url), { method: 'POST', headers });
  expect(answer.status).toBe(401);
  expect(await metric(server.url, 'zerospan_security_events_total{event="token-refused"}')).toBe(1);
});

it('says in its notes that a source of an older version leads back to it, and not where that is', async () => {
  const one = `tcp://127.0.0.1:${await freePort()}`;
  const other = `tcp://127.0.0.1:${await freePort()}`;
  const server = await testServer({ bus: { address: one, sources: [other] } });
  const opened = new Opened();
  onTestFinished(() => opened.closeAll());
  await oldBridge(opened, other, one);
  const notes = async (): Promise<readonly string[] | undefined> =>
    ((await (await fetch(new URL('health/ready', server.url))).json()) as { notes?: string[] }).notes;
  await until('the circle to be noticed', async () => (await notes()) !== undefined);
  const [note, ...more] = (await notes()) ?? [];
  expect(note).toMatch(/^bus\.sources: a circle of bridges of different versions; /);
  expect(note).not.toContain('127.0.0.1');
  expect(more).toEqual([]);
});

it('writes security events as lines of JSON with control characters escaped, a few of each, and says again and again that it is not guarded', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  let written = '';
  const stream = { write: (text: string) => (written += text) };
  const { log } = fastify({ logger: { level: 'warn', stream } });
  const server = await testServer({ host: await openHost(), insecure: true }, { logger: log });
  // A line for each page, and not for each of its attempts.
  for (let i = 0; i < 30; i++)
    await upgrade(server.ws, { origin: `http://evil.example/\u0080\u009b[31m${i % 2}` });
  for (let i = 0; i < 30; i++) await upgrade(server.ws, { origin: `http://${i}.evil.example` });
  vi.advanceTimersByTime(1_200_000);
  const lines = written
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string });
  const of = (event: string) => lines.filter((line) => line.event === event);
  expect(of('origin-refused')).toHaveLength(5);
  expect(of('origin-refused')[0]).toMatchObject({ address: '127.0.0.1' });
  // At the start, and twice since.
  expect(of('started-insecure')).toHaveLength(3);
  expect(of('started-insecure')[2]).toMatchObject({ lacks: expect.stringContaining('no TLS') });
  expect(await metric(server.url, 'zerospan_security_events_total{event="started-insecure"}')).toBe(3);
  expect(written.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});

it('every answer forbids the browser what it does not need', async () => {
  const server = await testServer();
  for (const path of ['health/ready', 'metrics', 'about', 'nowhere', 'bus']) {
    const { headers } = await fetch(new URL(path, server.url));
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('strict-transport-security')).toBeNull();
  }
});

it("a plugin guards its own routes, and none of the application's", async () => {
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  app.get('/', async () => 'my own page');
  const ANY = 'tcp://127.0.0.1:*';
  const origins = ['https://app.example'];
  await app.register(zerospan, {
    prefix: '/live',
    origins,
    bus: { address: ANY, ingress: ANY },
    limits: { connections: 2 },
  });
  const url = await app.listen({ port: 0 });
  const ws = `${url.replace('http', 'ws')}/live/bus`;
  const evil = { origin: 'https://evil.example', host: 'any.example' };
  const page = await get(new URL(url), evil);
  expect(page).toEqual({ status: 200, body: 'my own page' });
  expect((await get(new URL('/live/metrics', url), evil)).status).toBe(403);
  expect((await upgrade(ws, evil)).body?.code).toBe('origin-refused');
  expect((await upgrade(ws, { host: 'any.example', origin: 'https://app.example' })).status).toBe(101);
  await testBus(ws).subscribe('room').ready;
  expect((await upgrade(ws)).status).toBe(503);
});

it('a plugin takes WebSockets over a Unix socket, any number, as those of this machine', async () => {
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  const ANY = 'tcp://127.0.0.1:*';
  const reported: unknown[] = [];
  await app.register(zerospan, {
    bus: { address: ANY, ingress: ANY },
    limits: { connectionsPerAddress: 1 },
    authenticate: async (_token, visitor) => {
      reported.push(visitor.address);
      return { subject: 'me', grants: grants({ subscribe: ALL }), expiresMs: undefined };
    },
  });
  const path = join(testFolder(), 'web.sock');
  await app.listen({ path });
  for (let i = 0; i < 2; i++) expect((await upgrade(`ws+unix:${path}:/bus`)).status).toBe(101);
  const { socket } = await upgrade(`ws+unix:${path}:/bus`);
  socket.send(JSON.stringify({ hello: { protocol: 'zerospan.v1', client: 'unix-client' } }));
  await until('the question', () => reported.length === 1);
  expect(reported).toEqual(['']);
});

it('a plugin is not started with ZeroMQ beyond loopback and without CURVE, unless a setting allows it', async () => {
  const start = async (insecure?: boolean) => {
    const app = fastify();
    onTestFinished(() => app.close());
    await app.register(zerospan, {
      bus: { address: 'tcp://0.0.0.0:*', ingress: 'none' },
      ...(insecure === undefined ? {} : { insecure }),
    });
  };
  await expect(start()).rejects.toThrow('bus.address tcp://0.0.0.0:* requires CURVE');
  await start(true);
});
