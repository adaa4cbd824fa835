import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { hasOpenssl, selfMade, testFolder } from '../support/certificate.ts';
import { endsWithUs, OWN_GROUP } from '../support/children.ts';
import { PROGRAM } from '../support/program.ts';
import { available } from '../support/required.ts';
import { ANY_PORTS, cli } from '../support/terminal.ts';
import { until } from '../support/until.ts';
import { TestPublisher } from '../support/zeromq.ts';

const CANARY = 'CaNaRy-5f1e77c0-do-not-tell';

/** Forms in which it would be told by somebody who does not mean to. */
const FORMS = [
  CANARY,
  encodeURIComponent(CANARY),
  Buffer.from(CANARY).toString('hex'),
  Buffer.from(CANARY).toString('base64').slice(0, -2),
  Buffer.from(CANARY).toString('base64url').slice(0, -2),
];

function found(text: string): string[] {
  return FORMS.filter((form) => text.includes(form));
}

/** The program as a process of its own, and all that it writes. */
function zerospan(args: readonly string[], env: Record<string, string> = {}) {
  const child: ChildProcess = endsWithUs(
    spawn(process.execPath, [PROGRAM, ...args], {
      ...OWN_GROUP,
      env: { ...process.env, ...ANY_PORTS, ...env },
    }),
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const written = { out: '', talk: '' };
  child.stdout?.on('data', (data) => (written.out += String(data)));
  child.stderr?.on('data', (data) => (written.talk += String(data)));
  return { child, written, ended: once(child, 'exit') };
}

function secretFile(folder: string, name: string, content: string, mode = 0o600): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

/**
 * Says these frames on a WebSocket, the first as soon as it is open, and answers all that was heard until it was closed
 * or nothing more comes.
 */
async function heard(url: string, headers: Record<string, string>, ...frames: string[]): Promise<string> {
  const socket = new WebSocket(url, 'zerospan.v1', { headers, rejectUnauthorized: false });
  onTestFinished(() => socket.terminate());
  let text = '';
  let isOver = false;
  socket.on('message', (data: Buffer) => (text += `${data.toString()}\n`));
  socket.on('close', (code, reason) => {
    text += `${code} ${reason.toString()}\n`;
    isOver = true;
  });
  socket.on('error', (error) => (text += error.message));
  await once(socket, 'open');
  const [first = '', ...others] = frames;
  socket.send(first);
  await until('an answer', () => isOver || text !== '');
  for (const frame of others) socket.send(frame);
  await until('an end, or an answer to each', () => isOver || text.split('\n').length > frames.length);
  return text;
}

describe.runIf(available('openssl', hasOpenssl()))('a secret that is put into every input', () => {
  it('is found in no log, answer, metric or page', async () => {
    const folder = testFolder();
    const tls = selfMade(folder);
    // Behind the key's own lines, where PEM lets one write what one likes.
    writeFileSync(tls.key, `${readFileSync(tls.key, 'utf8')}\n# ${CANARY}\n`);
    const key = secretFile(folder, 'key', `${CANARY}-of-a-key-in-a-file`);
    const revocations = secretFile(folder, 'revocations', `subject:${CANARY}\n`);
    const env = { ZEROSPAN_AUTH_SECRET: `${CANARY}-of-the-environment` };
    const files = ['--auth-key', key, '--auth-revocations', revocations];
    const server = zerospan(['serve', '--json', ...files, '--tls-key', tls.key, '--tls-cert', tls.cert], env);
    await until('the server', () => server.written.out.includes('\n'));
    const { url, ws, busIngress } = JSON.parse(server.written.out) as Record<
      'url' | 'ws' | 'busIngress',
      string
    >;
    const grants = ['--subscribe-all', '--put-all', '--admin'];
    const made = await cli(['token', 'create', '--key', key, '--subject', 'alice', ...grants]);
    const token = made.out.trim();
    const printed: string[] = [made.talk];

    const hello = (own: string): string =>
      JSON.stringify({ hello: { protocol: 'zerospan.v1', client: 'a-client-of-mine', token: own } });
    const cookie = { cookie: `session=${CANARY}`, authorization: `Bearer ${CANARY}` };
    const asked = `${ws}?token=${CANARY}`;
    printed.push(await heard(asked, cookie, hello(CANARY)));
    printed.push(await heard(ws, {}, hello(`${token.slice(0, -4)}${CANARY}`)));
    printed.push(
      await heard(
        ws,
        {},
        JSON.stringify({ hello: { protocol: CANARY, client: 'a-client-of-mine', token: CANARY } }).replace(
          CANARY,
          'other',
        ),
      ),
    );
    printed.push(
      await heard(
        ws,
        {},
        hello(token),
        `{"put":{"id":1,"channels":["room"]}}\n{"secret":"${CANARY}"`,
        `{"put":{"id":2,"channels":["$room"]}}\n"${CANARY}"`,
        `{"put":{"id":3,"channels":["room"]}}\n"${CANARY}"`,
        `{"auth":{"token":"${CANARY}"}}`,
      ),
    );
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    onTestFinished(() => {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    });
    const fetched = async (path: string, init?: RequestInit): Promise<void> => {
      const answer = await fetch(new URL(path, url), init);
      printed.push(`${JSON.stringify([...answer.headers])}${await answer.text()}`);
    };
    await fetched(`admin/revocations?token=${CANARY}`, {
      method: 'POST',
      headers: cookie,
      body: `{"subject":"${CANARY}`,
    });
    const json = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    await fetched('admin/revocations', { method: 'POST', headers: json, body: `{"subject":"${CANARY}` });
    await fetched('admin/revocations', { method: 'POST', headers: json, body: '{"session":"of-nobody"}' });
    await fetched(`no/such/page?secret=${CANARY}`, { headers: cookie });
    const publisher = new TestPublisher();
    onTestFinished(() => publisher.socket.close());
    await publisher.connect(busIngress);
    await publisher.send(`room "${CANARY}`, `room {"a":"${CANARY}"}`);
    // Keys that cannot be read any more, while it runs.
    writeFileSync(key, `{"keys":[{"kty":"oct","k":"${CANARY}"}]`);
    server.child.kill('SIGHUP');
    await until('the failed reading', () => server.written.talk.includes('keys-not-reloaded'));
    for (const path of ['', 'about', 'health/ready', 'metrics']) await fetched(path);
    server.child.kill('SIGTERM');
    await server.ended;
    printed.push(server.written.out, server.written.talk);
    expect(printed.map(found)).toEqual(printed.map(() => []));
    // It was looked for in what was really said.
    expect(printed.join('')).toContain('unauthorized');
    expect(server.written.talk).toContain('token-refused');
  });

  it.each<[string, (folder: string) => { args: string[]; env?: Record<string, string> }]>([
    [
      'a key file that others may read',
      (folder) => ({ args: ['--auth-key', secretFile(folder, 'key', CANARY.repeat(3), 0o644)] }),
    ],
    ['a secret that is too short', (folder) => ({ args: ['--auth-key', secretFile(folder, 'key', CANARY)] })],
    [
      'a key file that is broken JSON',
      (folder) => ({ args: ['--auth-key', secretFile(folder, 'key', `{"keys":"${CANARY}`)] }),
    ],
    [
      'a key file that is broken PEM',
      (folder) => ({
        args: [
          '--auth-key',
          secretFile(folder, 'key', `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----\n`),
        ],
      }),
    ],
    [
      'three secrets in the environment',
      () => ({ args: [], env: { ZEROSPAN_AUTH_SECRET: `${CANARY},${CANARY},${CANARY}` } }),
    ],
    [
      'a TLS key that is none',
      (folder) => ({
        args: ['--tls-key', secretFile(folder, 'tls', CANARY), '--tls-cert', selfMade(folder).cert],
      }),
    ],
    [
      'a CURVE key that is none',
      (folder) => ({
        args: [
          '--bus-curve-key',
          secretFile(folder, 'curve', CANARY),
          '--bus-curve-clients',
          secretFile(folder, 'clients', ''),
        ],
      }),
    ],
    [
      'an address of keys with a password',
      () => ({ args: ['--auth-jwks-url', `https://me:${CANARY}@issuer.example/keys`] }),
    ],
    [
      'a revocation file of another kind',
      (folder) => ({
        args: [
          '--auth-key',
          secretFile(folder, 'key', 'x'.repeat(40)),
          '--auth-revocations',
          secretFile(folder, 'revocations', `password:${CANARY}`),
        ],
      }),
    ],
  ])('is not in what is said when the start fails: %s', async (_, make) => {
    const { args, env } = make(testFolder());
    const { written, ended } = zerospan(['serve', '--json', ...args], env);
    const [code] = (await ended) as [number];
    expect(code).toBeGreaterThan(0);
    expect(written.talk.length).toBeGreaterThan(20);
    expect(found(written.out + written.talk)).toEqual([]);
  });
});
