import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import fastify from 'fastify';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { zerospan } from '../../../server/src/index.ts';
import { UNANSWERED_REQUESTS } from '../../../server/src/web/entry/pipelining.ts';
import { testServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';
import { metric, upgrade } from '../../support/upgrade.ts';
import { freePort } from '../../support/zeromq.ts';

/** Sends bytes as they are, and answers with what came until the connection was closed, or `enough`. */
async function exchange(url: string, text: string, enough?: (answer: string) => boolean): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  let answer = '';
  let isClosed = false;
  socket.on('data', (data) => (answer += data.toString()));
  socket.on('error', () => {});
  socket.on('close', () => (isClosed = true));
  socket.write(text);
  await until('the answer', () => isClosed || enough?.(answer));
  return answer;
}

const UPGRADE = [
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
].join('\r\n');

/** What a server logs, line by line. */
function logging() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { logger: pino({ level: 'warn' }, { write }), lines };
}

describe('a request with two readings', () => {
  it.each(['/', '/bus', '/metrics', '/health/live', '/about', '/admin/revocations', '/nowhere'])(
    'is answered 400 at %s, whichever of two hosts is its own',
    async (path) => {
      const { url } = await testServer();
      const { host } = new URL(url);
      for (const hosts of [
        [host, 'elsewhere.example'],
        ['elsewhere.example', host],
        [host, host],
      ]) {
        const lines = hosts.map((each) => `Host: ${each}\r\n`).join('');
        for (const more of ['Connection: close\r\n', UPGRADE]) {
          const answer = await exchange(url, `GET ${path} HTTP/1.1\r\n${lines}${more}\r\n`);
          expect(answer).toMatch(/^HTTP\/1\.1 400 /);
          expect(answer).toContain('"code":"bad-request","reason":"The header host stands twice."');
        }
      }
    },
  );

  it.each([
    ['no host', '', ''],
    ['two hosts in one line', 'Host: localhost, elsewhere.example\r\n', ''],
    ['another host in the request line', 'Host: localhost\r\n', 'http://elsewhere.example'],
    ['Origin twice', 'Host: localhost\r\nOrigin: http://localhost\r\nOrigin: http://localhost\r\n', ''],
    ['two lengths', 'Host: localhost\r\nContent-Length: 0\r\nContent-Length: 5\r\n', ''],
    ['a length and chunks', 'Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n', ''],
    ['the key of a WebSocket twice', `Host: localhost\r\nSec-WebSocket-Key: x\r\n${UPGRADE}`, ''],
    ['the version of a WebSocket twice', `Host: localhost\r\nSec-WebSocket-Version: 13\r\n${UPGRADE}`, ''],
    ['a handshake with a body', `Host: localhost\r\nContent-Length: 5\r\n${UPGRADE}`, ''],
    ['a handshake with chunks', `Host: localhost\r\nTransfer-Encoding: chunked\r\n${UPGRADE}`, ''],
  ])('is answered 400 with %s', async (_, headers, before) => {
    const { url } = await testServer();
    const text = `GET ${before}/bus HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`;
    expect(await exchange(url, text)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('requests of one connection', () => {
  const asked = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n';

  it('are answered in order, up to a bound of those that wait', async () => {
    const { url } = await testServer();
    const all = (answer: string) => answer.split('zerospan_connections 0').length > UNANSWERED_REQUESTS;
    const answer = await exchange(url, asked.repeat(UNANSWERED_REQUESTS), all);
    expect(answer.split('HTTP/1.1 200 ')).toHaveLength(UNANSWERED_REQUESTS + 1);
    expect(await metric(url, 'zerospan_connections_pipelining_total')).toBe(0);
  });

  it('beyond it end the connection, without being answered one by one', async () => {
    const { url } = await testServer();
    await exchange(url, asked.repeat(1_000));
    expect(await metric(url, 'zerospan_connections_pipelining_total')).toBe(1);
  });
});

describe('the log of what is rejected', () => {
  it('says the line that admits a page, once, and the answer says the same in a form for machines', async () => {
    const { logger, lines } = logging();
    const { ws, url } = await testServer({}, { logger });
    const origin = 'http://localhost:5173';
    for (let i = 0; i < 9; i++) {
      const { status, body } = await upgrade(ws, { origin });
      expect([status, body]).toEqual([
        403,
        { code: 'origin-refused', reason: expect.any(String), remedy: expect.stringContaining('--origin') },
      ]);
    }
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      event: 'origin-refused',
      origin,
      remedy: `To admit this page: --origin ${origin}`,
    });
    // As the page's client asks why it was refused, and as a handshake arrives through a proxy that removes Upgrade.
    await fetch(new URL('bus', url));
    expect(lines).toHaveLength(1);
    const stripped = ['GET /bus HTTP/1.1', `Host: ${new URL(url).host}`, 'Connection: close'];
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    await exchange(url, `${[...stripped, key].join('\r\n')}\r\n\r\n`);
    await until('its line in the log', () => lines.length === 2);
    expect(lines[1]).toMatchObject({
      event: 'bad-handshake',
      remedy: expect.stringContaining('proxy_http_version 1.1'),
    });
  });

  it('in a plugin says the option', async () => {
    const { logger, lines } = logging();
    const app = fastify({ forceCloseConnections: true, loggerInstance: logger });
    onTestFinished(() => app.close());
    const bus = { address: 'tcp://127.0.0.1:*', ingress: 'none' };
    await app.register(zerospan, { bus, limits: { connections: 1 } });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    await upgrade(`${url}/bus`, { origin: 'http://localhost:5173' });
    for (let i = 0; i < 2; i++) await upgrade(`${url}/bus`);
    expect(lines).toMatchObject([
      { event: 'origin-refused', remedy: "To admit this page: origins: ['http://localhost:5173']" },
      { event: 'connection-refused', remedy: 'To admit more: limits: { connections: N }' },
    ]);
  });
});

describe('--host localhost', () => {
  it('binds both families of addresses, and says so', async () => {
    const server = await testServer({ host: 'localhost' });
    const { port } = new URL(server.url);
    expect(server.url).toBe(`http://localhost:${port}/`);
    const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
      all?.some(({ address }) => address === '::1'),
    );
    expect(server.addresses).toEqual([`127.0.0.1:${port}`, ...(hasIpv6 ? [`[::1]:${port}`] : [])]);
    for (const address of server.addresses) {
      expect((await fetch(`http://${address}/health/live`)).status).toBe(200);
      expect((await upgrade(`ws://${address}/bus`, { origin: `http://${address}` })).status).toBe(101);
    }
    await server.stop();
    for (const address of server.addresses) await expect(fetch(`http://${address}/`)).rejects.toThrow();
  });

  it('is refused where another program has the port of the other family', async (test) => {
    const probe = await testServer({ host: 'localhost' });
    test.skip(probe.addresses.length < 2, 'this machine has no ::1');
    const port = await freePort();
    await testServer({ host: '::1', port });
    await expect(testServer({ host: 'localhost', port })).rejects.toThrow(/in use \(\[::1\]:/);
  });
});
