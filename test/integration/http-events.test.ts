import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Kept, range, testBus } from '../support/buses.ts';
import { endsWithUs, OWN_GROUP } from '../support/children.ts';
import { EventReader, SseParser } from '../support/event-reader.ts';
import { programPath } from '../support/program-path.ts';
import { TcpProxy } from '../support/proxy.ts';
import { available } from '../support/required.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { freePort } from '../support/zeromq.ts';

const hasCurl = available('curl', programPath('curl'));
const nginx = programPath('nginx');

/** nginx as a Debian package sets it up: it gathers answers, and speaks HTTP/1.0 to the server. */
async function nginxBefore(url: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'zerospan-nginx-'));
  const port = await freePort();
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${kind};`,
  );
  await writeFile(
    join(folder, 'nginx.conf'),
    `pid nginx.pid; error_log stderr; events {}
    http { access_log off; ${paths.join(' ')} server { listen 127.0.0.1:${port}; location / { proxy_pass ${url}; } } }`,
  );
  const options = ['-p', folder, '-c', 'nginx.conf', '-g', 'daemon off;'];
  const running = endsWithUs(spawn(nginx as string, options, OWN_GROUP));
  onTestFinished(async () => {
    const over = once(running, 'close');
    running.kill();
    await over;
    await rm(folder, { recursive: true, force: true });
  });
  const front = `http://127.0.0.1:${port}/`;
  await until('nginx', () =>
    fetch(`${front}health/live`)
      .then(({ ok }) => ok)
      .catch(() => false),
  );
  return front;
}

describe('GET /v1/events', () => {
  it('writes each publication once, byte for byte but for line ends, with an id that a client sends back', async () => {
    const server = await testServer();
    const url = `${server.url}v1/events?channel=raum-%C3%BC&prefix=b.`;
    const reader = await (await EventReader.open(url, { accept: 'text/event-stream' })).ready();
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      connection: 'close',
    });
    const bus = testBus(server.ws);
    await bus.put('raum-ü', { a: '"\\ü\u2028' });
    await bus.put('other', 1);
    await bus.put(['b.1', 'b."2'], 'x');
    await until('all of them', () => reader.of('publication').length === 3);
    expect(
      reader.events.map(({ id, event, data }) => [
        id?.replace(server.epoch, 'E'),
        event,
        data.channel,
        data.message,
      ]),
    ).toEqual([
      ['E_0000000000000000', 'position', undefined, undefined],
      ['E_0000000000000001', 'publication', 'raum-ü', { a: '"\\ü\u2028' }],
      ['E_0000000000000003', 'publication', 'b.1', 'x'],
      ['E_0000000000000004', 'publication', 'b."2', 'x'],
    ]);
    expect(Object.keys(reader.of('publication')[0]?.data ?? {})).toEqual([
      'channel',
      'epoch',
      'offset',
      'time',
      'message',
    ]);
  });

  it('goes on behind Last-Event-ID, which wins over last and since', async () => {
    const server = await testServer();
    const bus = testBus(server.ws);
    for (const n of range(1, 20)) await bus.put('a', n);
    const from = async (query: string, id?: string) => {
      const reader = await EventReader.open(
        `${server.url}v1/events?channel=a${query}`,
        id === undefined ? {} : { 'last-event-id': id },
      );
      await until('the last one', () => reader.offsets.at(-1) === 20);
      return reader;
    };
    const position = (offset: number) => `${server.epoch}_${String(offset).padStart(16, '0')}`;
    expect((await from('', position(15))).offsets).toEqual(range(16, 20));
    expect((await from('&last=2', position(15))).offsets).toEqual(range(16, 20));
    expect((await from(`&since=${position(3)}`, position(15))).offsets).toEqual(range(16, 20));
    expect((await from(`&since=${position(3)}`)).offsets).toEqual(range(4, 20));
    const last = await from('&last=2');
    expect(last.offsets).toEqual([19, 20]);
    // A position of now, before history has been read, would lose that history to a client which is cut.
    expect(last.events[0]?.event).toBe('publication');
    const malformed = await from('&last=3', 'nothing');
    expect(malformed.offsets).toEqual([18, 19, 20]);
    expect(malformed.events[0]?.event).toBe('gap');
    const restarted = await from('', 'another_0000000000000007');
    expect(restarted.of('gap').map(({ id, data }) => [id, data])).toEqual([
      [undefined, { gap: { reason: 'restart', epoch: 'another', from: 8, to: null, missed: null } }],
    ]);
    expect(restarted.offsets).toEqual(range(1, 20));
  });

  it('loses nothing and repeats nothing over fifty cuts at any byte', async () => {
    const server = await testServer();
    const proxy = await TcpProxy.before(server.url);
    const bus = testBus(server.ws);
    const offsets: unknown[] = [];
    let id = '';
    let cuts = 0;
    let put = 0;
    // However much comes between two cuts: there is something to cut until there were enough.
    const putting = (async () => {
      while (cuts < 50) await bus.put('a', ++put);
    })();
    while (cuts < 50 || offsets.length < put) {
      const url = `${proxy.url}v1/events?channel=a&since=${server.epoch}_0`;
      const reader = await EventReader.open(url, id === '' ? {} : { 'last-event-id': id }).catch(
        () => undefined,
      );
      if (!reader) continue;
      const enough = 1 + Math.floor(Math.random() * 9_000);
      await until(
        'some of it',
        () => reader.text.length >= enough || (cuts >= 50 && offsets.length + reader.offsets.length >= put),
        30_000,
      );
      reader.response.destroy();
      cuts++;
      offsets.push(...reader.offsets);
      id = reader.lastId || id;
    }
    await putting;
    expect(offsets).toEqual(range(1, put));
  });

  it('writes the same as lines', async () => {
    const server = await testServer();
    const reader = await EventReader.open(`${server.url}v1/events?all`, { accept: 'application/x-ndjson' });
    await reader.ready();
    const bus = testBus(server.ws);
    await bus.put('a', 'x');
    await until('the line', () => reader.lines.length === 2);
    expect(reader.response.headers['content-type']).toBe('application/x-ndjson');
    expect(reader.lines).toMatchObject([
      { position: `${server.epoch}_0000000000000000` },
      { channel: 'a', epoch: server.epoch, offset: 1, message: 'x' },
    ]);
  });

  it('rejects for good by a problem, and for now by an event that says when to come back', async () => {
    const server = await testServer({ limits: { connections: 1 } });
    const url = `${server.url}v1/events`;
    const none = await EventReader.open(url, { accept: 'text/event-stream' });
    expect(none.response.statusCode).toBe(400);
    expect(none.response.headers['content-type']).toContain('application/problem+json');
    const first = await (await EventReader.open(`${url}?all`)).ready();
    const full = await EventReader.open(`${url}?all`, { accept: 'text/event-stream' });
    await until('the end', () => full.isOver);
    expect(full.response.statusCode).toBe(200);
    expect(full.of('error')).toMatchObject([{ data: { status: 503, code: 'too-many-connections' } }]);
    expect(full.retries[0]).toBeGreaterThanOrEqual(10_000);
    const plain = await EventReader.open(`${url}?all`);
    expect([plain.response.statusCode, plain.response.headers['retry-after']]).toEqual([503, '10']);
    first.response.destroy();
    await until('its place', async () => (await EventReader.open(`${url}?all`)).response.statusCode === 200);
  });

  it('gives each a slot of its own to come back in when the server stops', async () => {
    const server = await testServer();
    const readers = await Promise.all(
      range(1, 20).map(async () => (await EventReader.open(`${server.url}v1/events?all`)).ready()),
    );
    const kept = new Kept(testBus(server.ws).subscribe('a'));
    await server.stop();
    await until('the end of all', () => readers.every(({ isOver }) => isOver));
    const slots = readers.flatMap(({ retries }) => retries).sort((a, b) => a - b);
    expect(slots).toHaveLength(20);
    expect(new Set(slots).size).toBe(20);
    expect(kept.gaps).toEqual([]);
  });

  it.runIf(hasCurl)('by curl -N comes at once', async () => {
    const server = await testServer();
    const curl = endsWithUs(spawn('curl', ['-sN', `${server.url}v1/events?all`], OWN_GROUP));
    onTestFinished(() => void curl.kill());
    const parser = new SseParser();
    curl.stdout.setEncoding('utf8').on('data', (text: string) => parser.take(text));
    await until('the position', () => parser.events.length === 1);
    await testBus(server.ws).put('room1', 'hello');
    await until('the publication', () => parser.events.length === 2);
    expect(parser.events[1]?.data).toMatchObject({ channel: 'room1', message: 'hello' });
    const over = once(curl, 'close');
    await server.stop();
    await over;
  });

  it.runIf(available('nginx (Debian: nginx-light)', nginx))(
    'through nginx as it comes, at once, and resumes',
    async () => {
      const server = await testServer();
      const front = await nginxBefore(server.url);
      const reader = await (await EventReader.open(`${front}v1/events?all`)).ready();
      const bus = testBus(server.ws);
      for (const n of range(1, 5)) {
        await bus.put('a', n);
        await until('this one', () => reader.offsets.length === n);
      }
      reader.response.destroy();
      await bus.put('a', 6);
      const again = await EventReader.open(`${front}v1/events?all`, { 'last-event-id': reader.lastId });
      await until('the one missed', () => again.offsets.length === 1);
      expect(again.offsets).toEqual([6]);
    },
  );
});
