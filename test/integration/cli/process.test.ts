import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Bus } from '@zerospan/client';
import { afterEach, describe, expect, it } from 'vitest';
import { hasOpenssl, selfMade, testFolder } from '../../support/certificate.ts';
import { endsWithUs, OWN_GROUP } from '../../support/children.ts';
import { PROGRAM } from '../../support/program.ts';
import { available } from '../../support/required.ts';
import { ANY_PORTS } from '../../support/terminal.ts';
import { until } from '../../support/until.ts';
import { metric } from '../../support/upgrade.ts';
import { freePort, TestSubscriber } from '../../support/zeromq.ts';

const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** The program as a process of its own, and what it has written. */
function zerospan(args: readonly string[], stderr: 'pipe' | number = 'pipe') {
  const child: ChildProcess = endsWithUs(
    spawn(process.execPath, [PROGRAM, ...args], {
      ...OWN_GROUP,
      env: { ...process.env, ...ANY_PORTS },
      stdio: ['pipe', 'pipe', stderr],
    }),
  );
  opened.push(() => child.kill('SIGKILL'));
  const written = { out: '', talk: '' };
  child.stdout?.on('data', (data) => (written.out += String(data)));
  child.stderr?.on('data', (data) => (written.talk += String(data)));
  return { child, written, ended: once(child, 'exit') as Promise<[number | null, string | null]> };
}

async function server({ flags = [], stderr }: { flags?: string[]; stderr?: number } = {}) {
  const each = zerospan(['serve', '--json', ...flags], stderr);
  await until('the server', () => each.written.out.includes('\n'));
  return {
    ...each,
    ready: JSON.parse(each.written.out) as { url: string; ws: string; busAddress: string; pid: number },
  };
}

describe('the process', () => {
  it('of serve ends in time with 0 on SIGTERM, whichever client stays connected', async () => {
    const { child, ended, ready } = await server();
    expect(ready.pid).toBe(child.pid);
    const { hostname, port } = new URL(ready.url);
    // A request that never ends, a WebSocket that never answers the close, a ZeroMQ subscriber that does not read.
    for (const text of ['POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n', upgrade]) {
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      opened.push(() => socket.destroy());
      socket.write(text);
    }
    const frozen = new TestSubscriber(ready.busAddress, [''], { receiveHighWaterMark: 1 });
    opened.push(() => frozen.socket.close());
    const bus = new Bus(ready.ws);
    opened.push(() => bus.close({ timeoutMs: 0 }));
    bus.on('error', () => undefined);
    await until('the subscriber', async () => (await bus.put('a', 1)).channels[0]?.nativeSubscriptions === 1);
    await Promise.all(Array.from({ length: 2_000 }, () => bus.put('a', 'x'.repeat(5_000))));
    const beganMs = performance.now();
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - beganMs).toBeLessThan(5_000);
  });

  it('of serve ends with 0 on SIGINT', async () => {
    const { child, ended, written } = await server();
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(written.talk).toBe('');
  });

  it('of serve drains all the same when one key press reaches it twice', async () => {
    const { child, ended, written } = await server();
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(written.talk).toBe('');
  });

  it('of serve ends with 0 on SIGHUP, as its terminal does, where there is nothing to read again', async () => {
    const { child, ended } = await server();
    child.kill('SIGHUP');
    expect(await ended).toEqual([0, null]);
  });

  it.runIf(available('openssl', hasOpenssl()))(
    'of serve reads its certificate again on SIGHUP, and goes on',
    async () => {
      const folder = testFolder();
      const { key, cert } = selfMade(folder, 'one');
      const { child, ended, ready, written } = await server({
        flags: ['--tls-key', key, '--tls-cert', cert],
      });
      const shown = (): Promise<string> =>
        new Promise((resolve, reject) => {
          const options = {
            host: '127.0.0.1',
            port: Number(new URL(ready.url).port),
            rejectUnauthorized: false,
          };
          const socket = connectTls(options, () => {
            resolve(String(socket.getPeerCertificate().subject.CN));
            socket.destroy();
          });
          socket.on('error', reject);
        });
      expect(await shown()).toBe('one');
      const two = selfMade(folder, 'two');
      copyFileSync(two.key, key);
      copyFileSync(two.cert, cert);
      child.kill('SIGHUP');
      await until('the new one', async () => (await shown()) === 'two');
      writeFileSync(cert, 'none');
      child.kill('SIGHUP');
      await until('the complaint', () => written.talk.includes('keys-not-reloaded'));
      expect(await shown()).toBe('two');
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    },
  );

  it.runIf(available('/dev/full', existsSync('/dev/full')))(
    'of serve goes on where its log cannot be written, and counts what is lost',
    async () => {
      const full = openSync('/dev/full', 'w');
      const { child, ended, ready } = await server({ stderr: full });
      closeSync(full);
      const refusedAt = (path: string) => fetch(new URL(path, ready.url), { headers: { origin: 'null' } });
      expect((await refusedAt('about')).status).toBe(403);
      await until(
        'the lost line',
        async () => (await metric(ready.url, 'zerospan_log_lines_lost_total')) === 1,
      );
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    },
  );

  it('of serve outlives the readers of its output', async () => {
    const { child, ended, ready } = await server();
    child.stdout?.destroy();
    child.stderr?.destroy();
    for (const origin of ['null', 'http://a.example', 'http://b.example'])
      expect((await fetch(new URL('about', ready.url), { headers: { origin } })).status).toBe(403);
    await until(
      'the lost lines',
      async () => (await metric(ready.url, 'zerospan_log_lines_lost_total')) === 3,
    );
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  it('of serve goes on where nobody reads the line that says it is ready', async () => {
    const port = await freePort();
    const { child, ended } = zerospan(['serve', '--json', '--port', String(port)]);
    child.stdout?.destroy();
    const url = `http://127.0.0.1:${port}/`;
    const isLive = () =>
      fetch(`${url}health/live`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until('the server', isLive);
    for (let i = 0; i < 20; i++) expect(await metric(url, 'zerospan_connections')).toBe(0);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  it('of serve beyond loopback ends with 2, and says what is missing and how it is given', async () => {
    const { ended, written } = zerospan(['serve', '--json', '--host', '0.0.0.0']);
    expect(await ended).toEqual([2, null]);
    expect(written.out).toBe('');
    for (const words of ['authentication', '--origin', '--tls-key', '--behind-proxy', '--insecure'])
      expect(written.talk).toContain(words);
  });

  it('of subscribe ends with 0 when its reader has gone', async () => {
    const { ready } = await server();
    const { child, ended, written } = zerospan(['subscribe', '--all', '--url', ready.ws]);
    await until('the subscription', () => written.talk.includes('subscribed at'));
    child.stdout?.destroy();
    const bus = new Bus(ready.ws);
    opened.push(() => bus.close({ timeoutMs: 0 }));
    let code: number | null | undefined;
    void ended.then(([exitCode]) => (code = exitCode));
    await until('the end', async () => {
      await bus.put('a', 1);
      return code !== undefined;
    });
    expect(code).toBe(0);
    expect(written.talk).not.toContain('EPIPE');
  });

  it.runIf(available('/dev/full', existsSync('/dev/full')))(
    'ends with 1 where its output goes to a full disk',
    async () => {
      const full = openSync('/dev/full', 'w');
      opened.push(() => closeSync(full));
      for (const args of [
        ['--version'],
        ['token', 'create', '--secret-env', '--subject', 'alice', '--admin'],
      ]) {
        const env = { ...process.env, ZEROSPAN_AUTH_SECRET: 'x'.repeat(43) };
        const child = endsWithUs(
          spawn(process.execPath, [PROGRAM, ...args], {
            ...OWN_GROUP,
            env,
            stdio: ['ignore', full, 'pipe'],
          }),
        );
        let talk = '';
        child.stderr?.on('data', (data) => (talk += String(data)));
        expect(await once(child, 'close')).toEqual([1, null]);
        expect(talk).toMatch(/^zerospan: the output cannot be written: ENOSPC.*\n {2}Make room there/);
      }
    },
  );

  it('answers what the command answers', async () => {
    expect(await zerospan(['put']).ended).toEqual([2, null]);
  });

  it.runIf(available('/dev/full', existsSync('/dev/full')))(
    'answers the same where what it has to say cannot be written',
    async () => {
      const full = openSync('/dev/full', 'w');
      opened.push(() => closeSync(full));
      expect(await zerospan(['put'], full).ended).toEqual([2, null]);
    },
  );
});

const upgrade = [
  'GET /bus HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: zerospan.v1',
  '\r\n',
].join('\r\n');
