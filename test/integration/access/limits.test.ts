import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { range } from '../../support/buses.ts';
import { TestGate } from '../../support/grants.ts';
import { RawWebSocket, text } from '../../support/raw-websocket.ts';
import { testServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';
import { metric, upgrade } from '../../support/upgrade.ts';

const refusedBy = (limit: string) => `zerospan_connections_refused_total{limit="${limit}"}`;

/** A TCP connection to a server, and what came over it until it ended. */
async function raw(
  url: string,
): Promise<{ socket: Socket; ended: Promise<{ text: string; afterMs: number }> }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  const beganMs = performance.now();
  let text = '';
  socket.on('data', (data: Buffer) => {
    text += data.toString();
  });
  const ended = once(socket, 'close').then(() => ({ text, afterMs: performance.now() - beganMs }));
  return { socket, ended };
}

describe('limits.connections', () => {
  it('one more is answered 503 with a code, and when to come back; and comes in when somebody has left', async () => {
    const server = await testServer({ limits: { connections: 2 } });
    const first = await upgrade(server.ws);
    expect([first.status, (await upgrade(server.ws)).status]).toEqual([101, 101]);
    const { status, headers, body } = await upgrade(server.ws);
    expect([status, headers['retry-after'], body?.code]).toEqual([503, '10', 'too-many-connections']);
    expect(body?.remedy).toContain('limits.connections');
    expect(await metric(server.url, refusedBy('connections'))).toBe(1);
    expect(await metric(server.url, 'zerospan_security_events_total{event="connection-refused"}')).toBe(1);
    first.socket.terminate();
    await until('a free place', async () => (await metric(server.url, 'zerospan_connections_taken')) === 1);
    expect((await upgrade(server.ws)).status).toBe(101);
  });

  it('are not taken by those who are refused, nor by those who reset while they come in', async () => {
    const server = await testServer({ limits: { connections: 5 } });
    for (let i = 0; i < 20; i++) expect((await upgrade(server.ws, { origin: 'null' })).status).toBe(403);
    const { hostname, port } = new URL(server.url);
    for (let i = 0; i < 50; i++) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write('GET /bus HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n');
      socket.write('Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n', () =>
        socket.resetAndDestroy(),
      );
    }
    await until('all places', async () => (await metric(server.url, 'zerospan_connections_taken')) === 0);
    for (let i = 0; i < 5; i++) expect((await upgrade(server.ws)).status).toBe(101);
  });
});

/** The metrics are for nobody without it: all come through a proxy. */
const READER = new TestGate().knows('', undefined, { metrics: true });

describe('requests that only look like a WebSocket', () => {
  it('take no place, however many come over one connection', async () => {
    const limits = { connections: 3, connectionsPerAddress: 2 };
    const server = await testServer({ behindProxy: ['127.0.0.1'], insecure: true, limits }, { gate: READER });
    const one = await raw(server.url);
    const asked = `GET /bus HTTP/1.1\r\nHost: localhost\r\nUpgrade: x\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n`;
    let text = '';
    one.socket.on('data', (data: Buffer) => {
      text += data.toString();
    });
    for (let sent = 10; sent <= 50; sent += 10) {
      one.socket.write(asked.repeat(10));
      await until('all answers', () => text.split('HTTP/1.1 426 ').length === sent + 1);
    }
    expect(await metric(server.url, 'zerospan_connections_taken')).toBe(0);
    one.socket.destroy();
    for (let i = 0; i < 2; i++)
      expect((await upgrade(server.ws, { 'x-forwarded-for': '192.0.2.1' })).status).toBe(101);
  });
});

describe('limits.connectionsPerAddress', () => {
  it('one more is answered 429, and others come in', async () => {
    const limits = { connectionsPerAddress: 2 };
    const server = await testServer({ behindProxy: ['127.0.0.1'], insecure: true, limits }, { gate: READER });
    const from = (address: string) => upgrade(server.ws, { 'x-forwarded-for': address });
    await from('192.0.2.1');
    await from('192.0.2.1');
    const { status, body } = await from('192.0.2.1');
    expect([status, body?.code]).toEqual([429, 'too-many-connections']);
    expect(body?.remedy).toContain('limits.connectionsPerAddress');
    expect((await from('192.0.2.2')).status).toBe(101);
    expect(await metric(server.url, refusedBy('connectionsPerAddress'))).toBe(1);
  });

  it('does not hold on loopback', async () => {
    const server = await testServer({ limits: { connectionsPerAddress: 1 } });
    for (let i = 0; i < 3; i++) expect((await upgrade(server.ws)).status).toBe(101);
  });
});

describe('limits.handshakesPerS', () => {
  it('admits what it holds, lets the next ones wait, and answers 503 to those beyond', async () => {
    const server = await testServer({ limits: { handshakesPerS: 2 } });
    const answers = await Promise.all(range(1, 24).map(() => upgrade(server.ws)));
    const statuses = answers.map(({ status }) => status);
    // 8 at once, 10 that wait up to 5 s, and what came free meanwhile.
    const taken = statuses.filter((status) => status === 101).length;
    expect(taken).toBeGreaterThanOrEqual(18);
    expect(taken).toBeLessThan(24);
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused).toHaveLength(24 - taken);
    expect(refused[0]?.headers['retry-after']).toBe('5');
    expect(refused[0]?.body?.remedy).toContain('limits.handshakesPerS');
    expect(await metric(server.url, refusedBy('handshakesPerS'))).toBe(24 - taken);
  });
});

describe('limits.putsPerS', () => {
  it('holds within one chunk of TCP too: its puts go in at the pace, in order, and none is lost (W14)', async () => {
    const server = await testServer({ limits: { putsPerS: 1_000, putBurst: 10 } });
    const client = await RawWebSocket.greeted(server.ws);
    onTestFinished(() => client.close());
    const put = (id: number) => text(`${JSON.stringify({ put: { id, channels: ['a'] } })}\n1`);
    const beganMs = performance.now();
    client.write(Buffer.concat(range(1, 1_200).map(put)));
    const accepted = () =>
      client.frames.filter(({ payload }) => payload.toString().startsWith('{"accepted"'));
    await until('all answers', () => {
      const count = accepted().length;
      expect(count).toBeLessThanOrEqual(10 + 1 + performance.now() - beganMs);
      return count === 1_200;
    });
    const ids = accepted().map(({ payload }) => JSON.parse(payload.toString()).accepted.put as number);
    expect(ids).toEqual(range(1, 1_200));
  });
});

describe('HTTP', () => {
  it('cuts one who sends headers slowly within 10 s, and one who says nothing, and one with a slow body within 15 s', async () => {
    const server = await testServer();
    const headers = await raw(server.url);
    headers.socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n');
    const drip = setInterval(() => headers.socket.write('X-A: b\r\n'), 500);
    onTestFinished(() => clearInterval(drip));
    const nothing = await raw(server.url);
    const body = await raw(server.url);
    body.socket.write(
      'POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    );
    const dripping = setInterval(() => body.socket.write(' '), 500);
    onTestFinished(() => clearInterval(dripping));
    // Answered before its body is there; that goes on all the same.
    const answered = await raw(server.url);
    answered.socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{');
    const dropping = setInterval(() => answered.socket.write(' '), 500);
    onTestFinished(() => clearInterval(dropping));
    const [slowHeaders, silent, slowBody, early] = await Promise.all([
      headers.ended,
      nothing.ended,
      body.ended,
      answered.ended,
    ]);
    expect(slowHeaders.afterMs).toBeLessThan(10_000);
    expect(slowHeaders.text).toMatch(/^HTTP\/1\.1 408 /);
    expect(silent.afterMs).toBeLessThan(10_000);
    expect(slowBody.afterMs).toBeLessThan(15_000);
    expect(early.afterMs).toBeLessThan(15_000);
  });

  it('answers headers that are too large with 431', async () => {
    const server = await testServer();
    const { status } = await fetch(new URL('health/live', server.url), {
      headers: { 'x-large': 'x'.repeat(17_000) },
    });
    expect(status).toBe(431);
  });

  it('answers a body that is too large with 413', async () => {
    const server = await testServer();
    const { status } = await fetch(new URL('nowhere', server.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify('x'.repeat(70_000)),
    });
    expect(status).toBe(413);
  });
});

describe('a WebSocket message', () => {
  async function closed(socket: WebSocket): Promise<number> {
    const [code] = (await once(socket, 'close')) as [number];
    return code;
  }

  it('may come in 1,024 pieces; one more closes with 1008, is counted, and the others go on', async () => {
    const server = await testServer();
    const { socket: good } = await upgrade(server.ws);
    for (let i = 1; i < 1_024; i++) good.send('', { fin: false });
    good.send('');
    // What it said is no message of the protocol, and the socket lives to be told so.
    expect(String((await once(good, 'message'))[0])).toContain('bad-');
    const { socket: bad } = await upgrade(server.ws);
    const code = closed(bad);
    for (let i = 0; i <= 1_024; i++) bad.send('', { fin: false });
    expect(await code).toBe(1008);
    expect(await metric(server.url, 'zerospan_sockets_failed_total{reason="too-many-fragments"}')).toBe(1);
    expect((await upgrade(server.ws)).status).toBe(101);
  });

  it('is as large as it may be in all its pieces together, and one more byte closes with 1009', async () => {
    const server = await testServer();
    const { socket } = await upgrade(server.ws);
    const code = closed(socket);
    for (let i = 0; i < 4; i++) socket.send('x'.repeat(128 * 1024), { fin: false });
    socket.send('x');
    expect(await code).toBe(1009);
    expect(await metric(server.url, 'zerospan_sockets_failed_total{reason="too-large"}')).toBe(1);
  });

  it('is not compressed, whatever is offered', async () => {
    const server = await testServer();
    const socket = new WebSocket(server.ws, 'zerospan.v1', { perMessageDeflate: true });
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    expect(socket.extensions).toBe('');
  });
});
