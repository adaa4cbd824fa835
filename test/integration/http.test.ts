import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { RunningServer } from '../../server/src/compose.ts';
import { Kept, testBus } from '../support/buses.ts';
import { openServer } from '../support/server.ts';
import { until } from '../support/until.ts';

describe('over HTTP', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await openServer();
  });
  afterAll(() => server.stop());

  const get = (path: string): Promise<Response> => fetch(new URL(path, server.url));

  /** What a WebSocket client is answered that opens a path. */
  function upgraded(path: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(new URL(path, server.ws), 'zerospan.v1');
      socket.on('open', () => {
        socket.terminate();
        resolve(101);
      });
      socket.on('unexpected-response', (asked, answer) => {
        asked.destroy();
        resolve(answer.statusCode ?? 0);
      });
      socket.on('error', reject);
    });
  }

  it('health/live says that it lives, health/ready that it is ready', async () => {
    const [live, ready] = [await get('health/live'), await get('health/ready')];
    expect([live.status, await live.json()]).toEqual([200, { live: true }]);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true }]);
  });

  it('metrics counts what goes on, in the text format of Prometheus, and never names a channel', async () => {
    const bus = testBus(server.ws);
    const kept = new Kept(bus.subscribe(['a-very-secret-room', { prefix: 'a-secret-prefix.' }]));
    await bus.put(['a-very-secret-room', 'a-secret-prefix.x'], 'a-secret-message');
    await until('both', () => kept.publications.length === 2);
    await expect(bus.put('$a-secret', 1)).rejects.toThrow();
    const answer = await get('metrics');
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=/);
    expect(text).not.toContain('secret');
    const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    expect(value('zerospan_connections')).toBe(1);
    expect(value('zerospan_sessions\\{standing="live"\\}')).toBe(1);
    expect(value('zerospan_head_offset')).toBe(2);
    expect(value('zerospan_publications_total')).toBe(2);
    expect(value('zerospan_deliveries_total')).toBe(2);
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
    const lines = text
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines.filter((line) => !/^[a-z_][a-z0-9_]*(\{[^}]*\})? [-+.\dena]+$/i.test(line))).toEqual([]);
    const names = lines.map((line) => line.split(/[{ ]/, 1)[0] as string);
    expect(names.filter((name) => !/^(zerospan|process|nodejs)_/.test(name))).toEqual([]);
    // Counters count up: asked for twice, they do not count twice.
    expect(await (await get('metrics')).text()).toMatch(/^zerospan_publications_total 2$/m);
  });

  it('the bus asked for without an upgrade says what it requires: 426', async () => {
    const answer = await get('bus');
    expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket']);
    expect(await answer.text()).toContain('zerospan.v1');
  });

  it.each(['/', '/health/live', '/metrics', '/bus/', '/bus/x', '/Bus', '/nowhere', '/x/bus'])(
    'an upgrade to %s is refused, and the server lives',
    async (path) => {
      expect(await upgraded(path)).toBe(404);
      expect(await upgraded('/bus')).toBe(101);
    },
  );

  it('an upgrade that was refused leaves no socket behind', async () => {
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const before = sockets();
    for (let i = 0; i < 20; i++) expect(await upgraded('/nowhere')).toBe(404);
    await until('the end of all sockets', () => sockets() <= before);
  });

  it('a query does not keep one from the bus', async () => {
    expect(await upgraded('/bus?x=1')).toBe(101);
  });

  it('what is not there is 404, and another method is refused', async () => {
    expect((await get('nowhere')).status).toBe(404);
    const posted = await fetch(new URL('bus', server.url), { method: 'POST', body: '{}' });
    expect([404, 405, 415]).toContain(posted.status);
  });

  it('a request that is no HTTP is answered by 400, and the server lives', async () => {
    const { hostname, port } = new URL(server.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request({ hostname, port, path: '/health/live', headers: { 'content-length': 'x' } });
      asked.on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.on('error', reject);
      asked.end();
    });
    expect(status).toBe(400);
    expect((await get('health/live')).status).toBe(200);
  });
});
