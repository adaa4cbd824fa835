import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Kept, range, testBus } from '../support/buses.ts';
import { available } from '../support/required.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const hasCurl = available('curl', await run('curl', ['--version']).catch(() => false));

/** Sends bytes by one connection, and answers everything that comes back until it is closed. */
function exchange(url: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

function request(path: string, body: string, headers: Record<string, string> = {}): string {
  const all = { Host: 'localhost', 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

describe('a put over HTTP', () => {
  it.runIf(hasCurl)('by curl arrives at a subscriber, and says where it is', async () => {
    const server = await testServer();
    const kept = new Kept(testBus(server.ws).subscribe(['room1', 'room2']));
    const put = async (...args: string[]) =>
      JSON.parse((await run('curl', ['-s', '-d', '"hello"', ...args])).stdout) as unknown;
    const url = `${server.url}v1/put?channel=room1&channel=room2`;
    await until('the subscription', async () => {
      const answer = (await put(`${server.url}v1/put?channel=room1`)) as {
        accepted: { channels: { sessions: number }[] };
      };
      return answer.accepted.channels[0]?.sessions === 1;
    });
    const before = kept.publications.length;
    expect(await put(`${url}&confirmMs=5000`, '-H', 'Idempotency-Key: one')).toMatchObject({
      accepted: { epoch: server.epoch, channels: [{ channel: 'room1' }, { channel: 'room2' }] },
      confirmed: {
        channels: [
          { channel: 'room1', confirmed: 1, skipped: 0, unanswered: 0 },
          { channel: 'room2', confirmed: 1, skipped: 0, unanswered: 0 },
        ],
      },
    });
    expect(kept.messages.slice(before)).toEqual(['hello', 'hello']);
  });

  it('under one key is appended once, however often and on however many connections it is sent', async () => {
    const server = await testServer();
    const kept = new Kept(testBus(server.ws).subscribe({ prefix: '' }));
    const one = request('/v1/put?channel=a&channel=b', '"x"', { 'Idempotency-Key': '7d3f' });
    // Each connection carries fifty, of which sixteen may be unanswered at a time.
    const last = request('/v1/put?channel=a&channel=b', '"x"', {
      'Idempotency-Key': '7d3f',
      Connection: 'close',
    });
    const rounds = range(1, 5).map(() => one.repeat(9) + last);
    const answers = await Promise.all([...rounds, ...rounds].map((bytes) => exchange(server.url, bytes)));
    const bodies = answers.join('').match(/\{"accepted".*?\]\}\}/g) ?? [];
    expect(bodies).toHaveLength(100);
    const facts = bodies.map((body) => {
      const { accepted } = JSON.parse(body) as {
        accepted: { epoch: string; time: number; channels: { channel: string; offset: number }[] };
      };
      const { epoch, time, channels } = accepted;
      return JSON.stringify([epoch, time, channels.map(({ channel, offset }) => [channel, offset])]);
    });
    expect(new Set(facts).size).toBe(1);
    await testBus(server.ws).put('last', 'last');
    await kept.got('last');
    expect(kept.offsets.at(-1)).toBe(3);
  });

  it.each([
    ['application/x-www-form-urlencoded', '"a=b"'],
    ['text/plain; charset=utf-16', '{"a" :  1.0}'],
    ['not a type', '[1, 2]'],
    ['application/json', '{"a":1,"a":2}'],
    [undefined, ' null '],
  ])('is taken byte for byte as %s', async (type, body) => {
    const server = await testServer();
    const headers: Record<string, string> = type === undefined ? {} : { 'Content-Type': type };
    const answer = await exchange(
      server.url,
      request('/v1/put?channel=a', body, { ...headers, Connection: 'close' }),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    const frames: string[] = [];
    const socket = new WebSocket(server.ws, 'zerospan.v1');
    socket.addEventListener('open', () =>
      socket.send(
        '{"hello":{"protocol":"zerospan.v1","client":"any-client","subscriptions":[{"id":1,"channels":["a"],"replay":{"last":1}}]}}',
      ),
    );
    socket.addEventListener('message', ({ data }) => frames.push(data as string));
    await until('the replay', () => frames.some((frame) => frame.endsWith(`a ${body}`)));
    socket.close();
  });

  it.each([
    ['a page of another origin', { Origin: 'https://evil.example' }],
    ['a frame without an origin', { Origin: 'null' }],
    ['a page of another port of this machine', { Origin: 'http://localhost:1' }],
    ['a name that was made to lead here', { Host: 'evil.example' }],
  ])('by a form of %s appends nothing, and its body is not waited for', async (_sender, headers) => {
    const server = await testServer();
    const answer = await exchange(
      server.url,
      request('/v1/put?channel=a', '"x"', {
        'Content-Type': 'text/plain',
        Connection: 'close',
        ...headers,
        // Never comes.
        'Content-Length': '60000',
      }),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain('application/problem+json');
    const accepted = await testBus(server.ws).put('a', 1);
    expect(accepted.channels[0]?.offset).toBe(1);
  });

  it.each([
    ['fewer bytes than its length', request('/v1/put?channel=a', '"x', { 'Content-Length': '3' })],
    [
      'a chunk that is cut',
      'POST /v1/put?channel=a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n"x"',
    ],
  ])('that sends %s and goes appends nothing', async (_what, bytes) => {
    const server = await testServer();
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    await new Promise((resolve) => socket.end(bytes, () => resolve(undefined)));
    socket.resume();
    await new Promise((resolve) => socket.on('close', resolve));
    const accepted = await testBus(server.ws).put('a', 1);
    expect(accepted.channels[0]?.offset).toBe(1);
  });
});
