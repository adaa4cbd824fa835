import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { LIMITS } from '@zerospan/shared';
import fastify, { type FastifyInstance } from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { GrantsClaim } from '../../server/src/auth/tokens/claims.ts';
import { sign } from '../../server/src/auth/tokens/sign.ts';
import { SettingsError, ZerospanError, type ZerospanOptions, zerospan } from '../../server/src/index.ts';
import { Kept, state, testBus } from '../support/buses.ts';
import { fileWith, testFolder } from '../support/keys.ts';
import { SECRET, secret } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const ANY = 'tcp://127.0.0.1:*';

/** Somebody's own server with a bus in it. */
async function application(options: ZerospanOptions & { prefix?: string } = {}) {
  const app: FastifyInstance = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  app.get('/', async () => 'my own page');
  app.get('/hello/:name', async (request) => ({ hello: (request.params as { name: string }).name }));
  app.setNotFoundHandler(async (_request, reply) => reply.code(404).send('my own 404'));
  await app.register(zerospan, { ...options, bus: { address: ANY, ingress: ANY, ...options.bus } });
  const url = await app.listen({ port: 0 });
  return { app, url, ws: (path: string) => url.replace('http', 'ws') + path };
}

/** Closes an application; fails when that takes too long. */
async function closes(app: FastifyInstance): Promise<void> {
  let isClosed = false;
  void app.close().then(() => {
    isClosed = true;
  });
  await until('the close', () => isClosed);
}

const text = async (url: string): Promise<string> => (await fetch(url)).text();

it('registered below a prefix it has its routes there, and those of the application go on', async () => {
  const { url, ws } = await application({ prefix: '/live' });
  const bus = testBus(ws('/live/bus'));
  const kept = new Kept(bus.subscribe('room'));
  await bus.put('room', 1);
  await kept.got(1);
  expect(await (await fetch(`${url}/live/health/ready`)).json()).toEqual({ ready: true });
  expect(await text(`${url}/live/metrics`)).toMatch(/^zerospan_publications_total 1$/m);
  expect((await fetch(`${url}/live/bus`)).status).toBe(426);
  expect(await text(`${url}/`)).toBe('my own page');
  expect(await text(`${url}/hello/you`)).toBe('{"hello":"you"}');
  expect(await text(`${url}/nowhere`)).toBe('my own 404');
  // No page unless it is asked for, and nothing outside the prefix.
  expect(await text(`${url}/live/`)).toBe('my own 404');
  expect(await text(`${url}/bus`)).toBe('my own 404');
});

it('serves the console below its prefix when it is asked to', async () => {
  const { url } = await application({ prefix: '/live', page: true });
  // 503 where the page has not been built.
  expect([200, 503]).toContain((await fetch(`${url}/live/`)).status);
  expect(await text(`${url}/`)).toBe('my own page');
});

it('closes with the application: clients receive a time to reconnect, and the ZeroMQ addresses are free', async () => {
  const { app, ws } = await application({ bus: { address: 'tcp://127.0.0.1:*' } });
  const bus = testBus(ws('/bus'));
  await bus.subscribe('room').ready;
  const socket = new WebSocket(ws('/bus'), 'zerospan.v1');
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.once('open', resolve));
  await closes(app);
  expect(await closed).toBe(4000);
  await until('the loss to be noticed', () => bus.state !== 'live');
  expect(bus.state).not.toBe('closed');
});

it('keeps neither request nor response of a WebSocket that is open: four kilobytes a connection', async () => {
  const { app, ws } = await application();
  const sockets: (Socket & { _httpMessage?: unknown })[] = [];
  app.server.on('connection', (socket) => sockets.push(socket));
  const bus = testBus(ws('/bus'));
  await state(bus, 'live');
  const [socket] = sockets;
  expect(sockets).toHaveLength(1);
  // Where Node keeps the response that a socket is used for, and with it the request and its headers.
  expect(socket?._httpMessage ?? undefined).toBeUndefined();
});

it('takes settings of its own, and says which one is wrong before anything listens', async () => {
  const { ws, app } = await application({ log: { bytes: 0 } });
  const bus = testBus(ws('/bus'));
  await state(bus, 'live');
  for (const message of [1, 2, 3]) await bus.put('room', message);
  const kept = new Kept(bus.subscribe('room', { replay: { last: 10 } }));
  await kept.got(3);
  expect(kept.messages).toEqual([3]);
  await app.close();
  const wrong = application({ log: { bytes: -1 } });
  await expect(wrong).rejects.toThrow(SettingsError);
  await expect(wrong).rejects.toThrow(/log\.bytes .*expected a whole number/);
});

it('two applications in one process have nothing in common', async () => {
  const [one, two] = [await application(), await application()];
  const [first, second] = [testBus(one.ws('/bus')), testBus(two.ws('/bus'))];
  const [a, b] = [new Kept(first.subscribe('room')), new Kept(second.subscribe('room'))];
  await Promise.all([first.put('room', 'one'), second.put('room', 'two')]);
  await Promise.all([a.got('one'), b.got('two')]);
  expect([a.messages, b.messages]).toEqual([['one'], ['two']]);
  expect(await text(`${one.url}/metrics`)).toMatch(/^zerospan_publications_total 1$/m);
});

it('leaves sockets of the application alone, wherever they came from', async () => {
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  await app.register(import('@fastify/websocket'));
  app.get('/mine', { websocket: true }, (socket) => {
    socket.on('message', (data: Buffer) => socket.send(`echo ${data.toString()}`));
  });
  await app.register(zerospan, { prefix: '/live', bus: { address: ANY, ingress: ANY } });
  const url = (await app.listen({ port: 0 })).replace('http', 'ws');
  const mine = new WebSocket(`${url}/mine`);
  onTestFinished(() => mine.terminate());
  await new Promise((resolve) => mine.once('open', resolve));
  const answer = new Promise((resolve) => mine.once('message', (data: Buffer) => resolve(data.toString())));
  mine.send('hello');
  expect(await answer).toBe('echo hello');
  const bus = testBus(`${url}/live/bus`);
  const kept = new Kept(bus.subscribe('room'));
  await bus.put('room', 'x'.repeat(60_000));
  await until('it', () => kept.publications.length === 1);
});

it('closes with the application although a WebSocket client came to one of its plain routes and stays', async () => {
  const { app, ws } = await application({ prefix: '/live' });
  const lost = new WebSocket(ws('/hello/you'), 'zerospan.v1');
  onTestFinished(() => lost.terminate());
  const answered = new Promise<string>((resolve) => {
    lost.on('open', () => resolve('open'));
    lost.on('error', () => resolve('error'));
    lost.on('unexpected-response', () => resolve('refused'));
  });
  expect(await answered).not.toBe('open');
  await closes(app);
});

it('calls the onResponse hooks of the application for requests over HTTP, and not for a WebSocket on /bus', async () => {
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  const begun: string[] = [];
  const answered: string[] = [];
  const responses: ServerResponse[] = [];
  app.addHook('onRequest', async ({ url }, reply) => {
    begun.push(url);
    if (url === '/bus') responses.push(reply.raw);
  });
  app.addHook('onResponse', async ({ url }) => {
    answered.push(url);
  });
  app.get('/', async () => 'my own page');
  await app.register(zerospan, { bus: { address: ANY, ingress: ANY } });
  const url = await app.listen({ port: 0 });
  const open = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/bus`, 'zerospan.v1');
    onTestFinished(() => socket.terminate());
    await new Promise((resolve) => socket.once('open', resolve));
    return socket;
  };
  const gone = async (socket: WebSocket, ends: () => void): Promise<void> => {
    const closed = new Promise((resolve) => socket.once('close', resolve));
    ends();
    await closed;
  };
  const closing = await open();
  const cut = await open();
  // Nothing of the exchange is held by the sockets, which may stay for days.
  await until('both to be let go of', () => responses.every(({ socket }) => socket === null));
  expect(responses).toHaveLength(2);
  await gone(closing, () => closing.close());
  await gone(cut, () => cut.terminate());
  await until('the end of both', async () => /^zerospan_connections 0$/m.test(await text(`${url}/metrics`)));
  await text(`${url}/`);
  expect((await fetch(`${url}/bus`)).status).toBe(426);
  await until('the last one', () => answered.at(-1) === '/bus');
  expect(begun.filter((each) => each === '/bus')).toHaveLength(3);
  expect(answered.filter((each) => each === '/bus')).toHaveLength(1);
  expect(answered.filter((each) => each !== '/metrics')).toEqual(['/', '/bus']);
});

it('closes a WebSocket with 1009 whose frame is too large, also where the application allows larger ones, and the others go on', async () => {
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  await app.register(import('@fastify/websocket'), { options: { maxPayload: 2 * LIMITS.messageBytes } });
  await app.register(zerospan, { prefix: '/roomy', bus: { address: ANY, ingress: ANY } });
  const roomy = `${(await app.listen({ port: 0 })).replace('http', 'ws')}/roomy/bus`;
  const own = (await application()).ws('/bus');
  for (const url of [roomy, own]) {
    const bus = testBus(url);
    const kept = new Kept(bus.subscribe('room'));
    await bus.put('room', 'before');
    await kept.got('before');
    const socket = new WebSocket(url, 'zerospan.v1');
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(JSON.stringify({ hello: { protocol: 'zerospan.v1', client: 'too-large' } }));
    await new Promise((resolve) => socket.once('message', resolve));
    socket.send('x'.repeat(LIMITS.messageBytes + 1));
    // Nothing that still comes is acted on.
    for (let id = 1; id <= 9; id++)
      socket.send(`${JSON.stringify({ put: { id, channels: ['room'] } })}\n"late"`);
    expect(await closed).toBe(1009);
    await bus.put('room', 'after');
    await kept.got('after');
    expect(kept.messages).toEqual(['before', 'after']);
    expect(bus.state).toBe('live');
  }
});

it('asks for tokens where it is given keys, and has the route that ends access', async () => {
  const file = fileWith(testFolder(), 'key', SECRET);
  const { url, ws } = await application({ prefix: '/live', auth: { keys: [file] } });
  const token = (grants: GrantsClaim) =>
    sign(secret(SECRET), {
      subject: 'alice',
      issuer: 'zerospan',
      audience: 'zerospan',
      nowMs: Date.now(),
      lifeMs: 60_000,
      grants,
    });
  const revoke = async (bearer: string) =>
    fetch(`${url}/live/admin/revocations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: '{"subject":"bob"}',
    });
  const [admin, user] = await Promise.all([token({ admin: true }), token({ put: ['room'] })]);
  expect([(await revoke('x')).status, (await revoke(user)).status, (await revoke(admin)).status]).toEqual([
    401, 403, 204,
  ]);
  const bus = testBus(ws('/live/bus'), { token: () => user });
  await bus.put('room', 1);
  await expect(bus.put('elsewhere', 1)).rejects.toMatchObject({ code: 'forbidden' });
  const stranger = testBus(ws('/live/bus'));
  await state(stranger, 'closed');
});

it('has the application decide which clients are admitted, and then no route that ends access', async () => {
  const room = { channels: ['room'], prefixes: [] };
  const none = { channels: [], prefixes: [] };
  const { url, ws } = await application({
    prefix: '/live',
    async authenticate(token) {
      if (token !== 'alice') throw new ZerospanError('unauthorized');
      const grants = { subscribe: none, put: room, history: none, confirm: false, admin: true };
      return { subject: token, grants, expiresMs: undefined };
    },
  });
  const bus = testBus(ws('/live/bus'), { token: () => 'alice' });
  await bus.put('room', 1);
  await expect(bus.subscribe('room').ready).rejects.toMatchObject({ code: 'forbidden' });
  await state(testBus(ws('/live/bus'), { token: () => 'bob' }), 'closed');
  expect((await fetch(`${url}/live/admin/revocations`, { method: 'POST' })).status).toBe(404);
});
