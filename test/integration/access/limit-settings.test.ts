import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { emptyFolder } from '../../support/disk/log-folder.ts';
import { LIMITS_TABLE } from '../../support/limits-table.ts';
import { frame, OPCODE, RawWebSocket, text } from '../../support/raw-websocket.ts';
import { testServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';
import { metric, upgrade } from '../../support/upgrade.ts';
import { TestPublisher } from '../../support/zeromq.ts';

const HELLO = '{"hello":{"protocol":"zerospan.v1","client":"limits-test"}}';
const failed = 'zerospan_sockets_failed_total{reason="too-many-fragments"}';

it('every metric of the table of limits in SECURITY.md is exported', async () => {
  // A log on disk has metrics beside those of its part in memory.
  const server = await testServer({ log: { kind: 'disk', directory: await emptyFolder() } });
  const scraped = await (await fetch(new URL('metrics', server.url))).text();
  for (const { metrics } of LIMITS_TABLE) {
    for (const { name, label, value } of metrics) {
      expect(scraped).toContain(`# TYPE ${name} `);
      // Codes are there once they were said.
      if (value !== undefined && label !== 'code')
        expect(scraped).toContain(`${name}{${label}="${value}"} 0`);
    }
  }
});

it('what a session may have is announced in welcome, and holds (H7)', async () => {
  const server = await testServer({
    limits: { subscriptions: 1, putChannels: 2, payloadBytes: 100, depth: 8 },
  });
  const { socket } = await upgrade(server.ws);
  const heard: string[] = [];
  socket.on('message', (data: Buffer) => heard.push(data.toString()));
  socket.send(HELLO);
  socket.send(`{"put":{"id":1,"channels":["a"]}}\n${'['.repeat(9)}${']'.repeat(9)}`);
  await until('an answer to the put', () => heard.length === 2);
  const limits = { subscriptions: 1, putChannels: 2, payloadBytes: 100, depth: 8, filters: 1_000 };
  expect(JSON.parse(heard[0] ?? '')).toMatchObject({ welcome: { limits } });
  expect(JSON.parse(heard[1] ?? '')).toMatchObject({ refused: { put: 1, code: 'too-deep' } });
  expect(await metric(server.url, 'zerospan_refused_total{code="too-deep"}')).toBe(1);
});

it('limits.depth holds for ZeroMQ as well: what is deeper is dropped and counted by its reason', async () => {
  const server = await testServer({ limits: { depth: 8 } });
  const publisher = new TestPublisher();
  onTestFinished(() => publisher.socket.close());
  await publisher.connect(server.busIngress ?? '');
  await publisher.send(`a ${'['.repeat(9)}${']'.repeat(9)}`, `a ${'['.repeat(8)}${']'.repeat(8)}`);
  await until('the good one', async () => (await metric(server.url, 'zerospan_head_offset')) === 1);
  expect(await metric(server.url, 'zerospan_zeromq_dropped_total{reason="too-deep"}')).toBe(1);
});

it('limits.helloMs: who says nothing is closed with 4003, and counted (H1)', async () => {
  const server = await testServer({ limits: { helloMs: 100 } });
  const { socket } = await upgrade(server.ws);
  expect((await once(socket, 'close'))[0]).toBe(4003);
  expect(await metric(server.url, 'zerospan_refused_total{code="hello-timeout"}')).toBe(1);
});

it('limits.headersMs, limits.bodyMs: a request that takes longer is ended, and counted', async () => {
  const server = await testServer({ limits: { headersMs: 200, bodyMs: 100 } });
  const { hostname, port } = new URL(server.url);
  const ended = [
    'GET / HTTP/1.1\r\n',
    'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{',
  ].map(async (begun) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {}).resume();
    socket.write(begun);
    await once(socket, 'close');
  });
  await Promise.all(ended);
  expect(await metric(server.url, 'zerospan_requests_timed_out_total')).toBe(2);
});

describe('pieces of a WebSocket message', () => {
  it('limits.fragments: one more closes with 1008, and is counted', async () => {
    const server = await testServer({ limits: { fragments: 3 } });
    const { socket } = await upgrade(server.ws);
    const closed = once(socket, 'close');
    for (let i = 0; i <= 3; i++) socket.send('', { fin: false });
    expect((await closed)[0]).toBe(1008);
    expect(await metric(server.url, failed)).toBe(1);
  });

  it('limits.chunks: a piece that comes in more chunks closes with 1008, and is counted; others go on', async () => {
    const server = await testServer({ limits: { chunks: 8 } });
    const slow = await RawWebSocket.asking(server.ws);
    onTestFinished(() => slow.close());
    const { socket: other } = await upgrade(server.ws);
    slow.write(frame({ opcode: OPCODE.text, payload: '', length: 10_000n }));
    const dripping = setInterval(() => slow.write(Buffer.from('x')), 5);
    onTestFinished(() => clearInterval(dripping));
    expect(await slow.closeCode()).toBe(1008);
    expect(await metric(server.url, failed)).toBe(1);
    other.send(HELLO);
    expect(String((await once(other, 'message'))[0])).toContain('"welcome"');
  });

  it('limits.chunks: one that comes in fewer is taken', async () => {
    const server = await testServer({ limits: { chunks: 8 } });
    const slow = await RawWebSocket.asking(server.ws);
    onTestFinished(() => slow.close());
    const bytes = text(HELLO);
    for (let at = 0; at < bytes.length; at += 20) {
      slow.write(bytes.subarray(at, at + 20));
      // A request of its own: the piece before has been read by then, or is one chunk with the next.
      await metric(server.url, failed);
    }
    await slow.said('welcome');
  });
});
