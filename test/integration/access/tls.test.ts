import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { Kept, testBus } from '../../support/buses.ts';
import { hasOpenssl, selfMade, testFolder } from '../../support/certificate.ts';
import { TestGate } from '../../support/grants.ts';
import { openHost } from '../../support/open-host.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { cli } from '../../support/terminal.ts';
import { until } from '../../support/until.ts';
import { upgrade } from '../../support/upgrade.ts';

/** A socket class that trusts this certificate. */
function trusting(cert: string) {
  const ca = readFileSync(cert);
  return class extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { ca });
    }
  };
}

/** What a TLS handshake comes to. */
function handshake(url: string, options: object): Promise<TLSSocket> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false, ...options });
    onTestFinished(() => {
      socket.destroy();
    });
    socket.on('secureConnect', () => resolve(socket));
    socket.on('error', reject);
  });
}

it.runIf(available('openssl', hasOpenssl()))(
  'a client that mixes up HTTP and HTTPS is named in the log, with what to use',
  async () => {
    const lines: Record<string, unknown>[] = [];
    const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
    const logger = pino({ level: 'warn' }, { write });
    const plain = await testServer({}, { logger });
    await expect(handshake(plain.url, {})).rejects.toThrow();
    await until('the line', () => lines.length === 1);
    const secure = await testServer({ tls: selfMade(testFolder()) }, { logger });
    await expect(fetch(secure.url.replace('https', 'http'))).rejects.toThrow();
    await until('the other line', () => lines.length === 2);
    expect(lines).toMatchObject([
      { event: 'bad-handshake', remedy: expect.stringContaining('http://') },
      { event: 'bad-handshake', remedy: expect.stringContaining('https://') },
    ]);
  },
);

describe.runIf(available('openssl', hasOpenssl()))('with a key and a certificate of its own', () => {
  it('serves https and wss, which a client of ours comes in by, and says so', async () => {
    const tls = selfMade(testFolder());
    const server = await testServer({ tls });
    expect([server.url, server.ws]).toEqual([
      expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+\/$/),
      expect.stringMatching(/^wss:\/\/127\.0\.0\.1:\d+\/bus$/),
    ]);
    const bus = testBus(server.ws, { WebSocket: trusting(tls.cert) });
    const kept = new Kept(bus.subscribe('room'));
    // Larger than a record of TLS, so that one frame is written in several.
    const large = 'x'.repeat(60_000);
    await bus.put('room', large);
    await kept.got(large);
    await bus.put('room', 'over TLS');
    await kept.got('over TLS');
    const ca = readFileSync(tls.cert);
    const origin = server.url.slice(0, -1);
    expect((await upgrade(server.ws, { origin }, { ca })).status).toBe(101);
    expect((await upgrade(server.ws, { origin: 'null' }, { ca })).status).toBe(403);
  });

  it('is reached by put and subscribe with --ca, and by no client that does not know who signed it', async () => {
    const tls = selfMade(testFolder());
    const server = await testServer({ tls });
    const put = ['put', '-c', 'room', '1', '--url', server.ws];
    expect(await cli([...put, '--ca', tls.cert])).toMatchObject({
      code: 0,
      out: expect.stringContaining('accepted'),
    });
    const got = await cli([
      'subscribe',
      'room',
      '--last',
      '1',
      '--count',
      '1',
      '--url',
      server.url,
      '--ca',
      tls.cert,
    ]);
    expect(got).toMatchObject({ code: 0, out: 'room 1\n' });
    expect(await cli(put)).toMatchObject({ code: 69, talk: expect.stringContaining('--ca') });
    expect(await cli([...put, '--ca', '/no/such/file'])).toMatchObject({ code: 2 });
  });

  it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    const server = await testServer({ tls: selfMade(testFolder()) });
    const old = { ciphers: 'ALL@SECLEVEL=0' };
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      const socket = await handshake(server.url, { minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
    }
    await expect(
      handshake(server.url, { ...old, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }),
    ).rejects.toThrow(/protocol version/);
  });

  it('reads them again without a restart: open connections stay, new ones see the new certificate; a bad one changes nothing', async () => {
    const folder = testFolder();
    const [one, two] = [selfMade(folder, 'one'), selfMade(folder, 'two')];
    const tls = { key: join(folder, 'key'), cert: join(folder, 'cert') };
    const use = (from: typeof one): void => {
      copyFileSync(from.key, tls.key);
      copyFileSync(from.cert, tls.cert);
    };
    use(one);
    const server = await testServer({ tls });
    const shown = async () => (await handshake(server.url, {})).getPeerCertificate().subject.CN;
    const bus = testBus(server.ws, { WebSocket: trusting(one.cert) });
    await bus.subscribe('room').ready;
    expect(await shown()).toBe('one');
    use(two);
    expect(await shown()).toBe('one');
    server.reload?.();
    expect(await shown()).toBe('two');
    expect(bus.state).toBe('live');
    await bus.put('room', 'still there');
    writeFileSync(tls.cert, 'no certificate');
    server.reload?.();
    expect(await shown()).toBe('two');
  });

  it('does not wait for a handshake that never ends', async () => {
    const server = await testServer({ tls: selfMade(testFolder()) });
    const beganMs = performance.now();
    const socket = connectTcp(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('close', resolve));
    expect(performance.now() - beganMs).toBeLessThan(10_000);
  });

  it('beyond loopback has browsers use TLS only', async () => {
    const tls = selfMade(testFolder());
    const server = await testServer(
      { tls, host: await openHost(), origins: ['https://app.example'] },
      { gate: new TestGate() },
    );
    const header = await new Promise((resolve, reject) => {
      const asked = request(
        new URL('health/live', server.url),
        { ca: readFileSync(tls.cert) },
        ({ headers }) => resolve(headers['strict-transport-security']),
      );
      asked.on('error', reject);
      asked.end();
    });
    expect(header).toBe('max-age=31536000');
  });

  it.each<[string, (tls: { key: string; cert: string }) => { key: string; cert: string }, RegExp]>([
    [
      'a key that others may read',
      (tls) => {
        chmodSync(tls.key, 0o640);
        return tls;
      },
      /^tls\.key .*others than its owner .*640.*chmod 600/,
    ],
    [
      'a key without a certificate',
      ({ key }) => ({ key, cert: '' }),
      /^tls\.key is given and tls\.cert is not/,
    ],
    [
      'a certificate without a key',
      ({ cert }) => ({ key: '', cert }),
      /^tls\.cert is given and tls\.key is not/,
    ],
    [
      'a key that is not there',
      ({ cert }) => ({ key: '/no/such/key', cert }),
      /^tls\.key \/no\/such\/key cannot be read/,
    ],
    [
      'a certificate of another key',
      ({ key }) => ({ key, cert: selfMade(testFolder()).cert }),
      /not a key and its certificate/,
    ],
    [
      'a certificate that is none',
      ({ key }) => ({ key, cert: import.meta.filename }),
      /not a key and its certificate/,
    ],
  ])('is not started with %s', async (_, change, words) => {
    await expect(testServer({ tls: change(selfMade(testFolder())) })).rejects.toThrow(words);
  });
});
