import { ZerospanError } from '@zerospan/shared';
import fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { zerospan } from '../../server/src/index.ts';
import { ALL, grants } from '../support/grants.ts';
import { until } from '../support/until.ts';

it('a cookie puts below the prefix of the plugin, and never opens a WebSocket', async () => {
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  const ANY = 'tcp://127.0.0.1:*';
  await app.register(zerospan, {
    prefix: '/live',
    bus: { address: ANY, ingress: ANY },
    authenticate: (token: string | undefined) => {
      if (token !== 'good') throw new ZerospanError('unauthorized');
      return { subject: 'ada', grants: grants({ put: ALL }), expiresMs: undefined };
    },
  });
  const url = await app.listen({ port: 0 });
  const set = await fetch(`${url}/live/v1/session`, {
    method: 'POST',
    headers: { authorization: 'Bearer good' },
  });
  expect(set.status).toBe(204);
  const [cookie = '', path] = (set.headers.get('set-cookie') ?? '').split('; ');
  expect([cookie, path]).toEqual(['zerospan=good', 'Path=/live']);
  const put = (headers: Record<string, string>) =>
    fetch(`${url}/live/v1/put?channel=a`, { method: 'POST', body: '1', headers });
  expect((await put({ cookie })).status).toBe(200);
  expect((await put({})).status).toBe(401);

  const frames: string[] = [];
  const socket = new WebSocket(`${url.replace('http', 'ws')}/live/bus`, 'zerospan.v1', {
    headers: { cookie },
  });
  socket.on('message', (data) => frames.push((data as Buffer).toString()));
  socket.on('open', () => socket.send('{"hello":{"protocol":"zerospan.v1","client":"any-client"}}'));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  expect(await closed).toBe(4502);
  await until('the reason', () => frames.some((frame) => frame.includes('unauthorized')));
});
