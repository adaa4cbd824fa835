import websocket from '@fastify/websocket';
import fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { SecurityEvents } from '../../../server/src/security-events.ts';
import { AddressRanges } from '../../../server/src/web/entry/address-ranges.ts';
import { addGuard } from '../../../server/src/web/entry/guard.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { upgrade } from '../../support/upgrade.ts';

it('a server that stops refuses WebSockets with a code that says to come back, and answers other requests', async () => {
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  await app.register(websocket);
  let isDraining = false;
  const lines: object[] = [];
  const entrance = {
    origins: { listed: [], own: false, ownLoopback: true },
    loopbackHost: true,
    onlyThrough: undefined,
    given: 'flag' as const,
    isDraining: () => isDraining,
  };
  addGuard(app, entrance, new SecurityEvents({ warn: (about) => lines.push(about) }, new ManualClock()));
  app.get('/bus', { websocket: true }, () => {});
  app.get('/health', async () => 'well');
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  expect((await upgrade(`${url}/bus`)).status).toBe(101);
  isDraining = true;
  const { status, body, headers } = await upgrade(`${url}/bus`);
  expect([status, body?.code, headers['retry-after']]).toEqual([503, 'draining', '1']);
  expect(await (await fetch(`${url}/health`)).text()).toBe('well');
  // It is nobody's fault, and nothing for the log.
  expect(lines).toEqual([]);
});

it.each([
  ['in Authorization', { authorization: 'Bearer x' }, 403],
  ['in a cookie', { cookie: 'a=b; zerospan=x' }, 403],
  ['in no way', { cookie: 'a=b' }, 200],
])(
  'a token that comes past the proxy %s is rejected: it can be read on the way',
  async (_how, headers, status) => {
    const app = fastify();
    onTestFinished(() => app.close());
    const entrance = {
      origins: { listed: [], own: false, ownLoopback: true },
      loopbackHost: false,
      onlyThrough: new AddressRanges(['192.0.2.1']),
      given: 'flag' as const,
      isDraining: () => false,
    };
    addGuard(app, entrance, new SecurityEvents({ warn: () => {} }, new ManualClock()));
    app.decorateRequest('ws', false);
    app.get('/any', async () => 'well');
    expect((await app.inject({ url: '/any', headers })).statusCode).toBe(status);
  },
);
