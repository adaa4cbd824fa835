import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasOpenssl, selfMade } from '../../support/certificate.ts';
import { programPath } from '../../support/program-path.ts';
import { available } from '../../support/required.ts';
import { SHELL_TEST_MS, Shell } from '../../support/shell.ts';
import { snippet, snippets } from '../../support/snippets.ts';
import { until } from '../../support/until.ts';

const DEPLOY = 'docs/deploy.md';
const root = fileURLToPath(new URL('../../..', import.meta.url));
const nginx = programPath('nginx');
const caddy = programPath('caddy');

/** Where the proxy listens, in place of the site that the page names. */
const SITE = 'localhost:8000';

/** Longest wait for an answer that comes at once, in ms. */
const ANSWER_MS = 30_000;

/** A folder with a key, a token for Alice, and a certificate for this machine. */
async function prepared(): Promise<Shell> {
  const shell = await Shell.open();
  await shell.run(`npx zerospan token key bus.key
    npx zerospan token create --key bus.key --subject alice --subscribe room1 --put room1 > alice.token
    chmod 600 alice.token`);
  selfMade(shell.folder, 'site');
  return shell;
}

/** Starts the server as the page shows it, and puts through the proxy that was started. */
async function putsThrough(shell: Shell): Promise<void> {
  const [serve = '', put = ''] = snippets(DEPLOY, 'sh', 'nginx').map((code) =>
    code.trimEnd().replaceAll('app.example', SITE),
  );
  await shell.serve(serve);
  expect(await shell.run(`${put} --ca site.cert.pem`)).toContain('room1: accepted at offset 1');
}

const get = (path: string) => `curl -sS --cacert site.cert.pem https://${SITE}${path}`;

/** Sends lines of puts through the proxy, each when the one before is answered, and then more than a mebibyte. */
async function streamsBothWays(shell: Shell): Promise<void> {
  const file = (name: string) => readFileSync(`${shell.folder}/${name}`, 'utf8');
  let answers = '';
  const puts = request(shell.own(`https://${SITE}/live/v1/puts`), {
    method: 'POST',
    ca: file('site.cert.pem'),
    headers: { Authorization: `Bearer ${file('alice.token').trim()}` },
    agent: false,
  });
  const ended = new Promise((resolve, reject) => {
    puts.on('error', reject);
    puts.on('response', (response) => {
      response.on('data', (data: Buffer) => {
        answers += data.toString();
      });
      response.on('end', resolve);
    });
  });
  onTestFinished(() => {
    puts.destroy();
  });
  // What it is rejected with is thrown below, unless the test has failed before.
  ended.catch(() => {});
  const answered = (line: number) =>
    until(`the answer to line ${line}`, () => answers.includes(`{"line":${line},"accepted"`), ANSWER_MS);
  for (const line of [1, 2, 3]) {
    puts.write(`{"channels":["room1"],"message":${line}}\n`);
    await answered(line);
  }
  puts.write(`{"channels":["room1"],"message":"${'x'.repeat(60_000)}"}\n`.repeat(20));
  await answered(23);
  puts.end();
  await ended;
}

/** nginx with these lines in its server, in the foreground, with all of its files in the shell's folder. */
function startNginx(shell: Shell, location: string, { hasTls = true } = {}) {
  shell.save(
    'nginx.conf',
    `pid nginx.pid;
    error_log stderr;
    events {}
    http {
      access_log off;
      client_body_temp_path body; proxy_temp_path proxied; fastcgi_temp_path fast; uwsgi_temp_path uwsgi;
      scgi_temp_path scgi;
      server {
        listen 127.0.0.1:8000${hasTls ? ' ssl' : ''};
        ssl_certificate ${shell.folder}/site.cert.pem;
        ssl_certificate_key ${shell.folder}/site.key.pem;
        ${location}
      }
    }`,
  );
  return shell.start(`${nginx} -p ${shell.folder} -c nginx.conf -g 'daemon off;'`);
}

describe.runIf(available('openssl', hasOpenssl()))('docs/deploy.md', { timeout: SHELL_TEST_MS }, () => {
  it('TLS of its own', async () => {
    const shell = await prepared();
    const [server = '', subscribe = ''] = snippets(DEPLOY, 'sh', 'TLS of its own');
    await shell.serve(server);
    const subscriber = shell.start(subscribe);
    await subscriber.says('subscribed at');
  });

  describe.runIf(available('nginx (Debian: nginx-light)', nginx))('nginx', () => {
    const location = snippet(DEPLOY, 'nginx', 'nginx');

    it('serves the bus and the page below a prefix', async () => {
      const shell = await prepared();
      startNginx(shell, location);
      await putsThrough(shell);
      expect(await shell.run(get('/live/health/ready'))).toContain('{"ready":true');
      expect(await shell.run(get('/live/'))).toContain('<title>Zerospan</title>');
    });

    it('passes puts over HTTP on, below a prefix', async () => {
      const shell = await prepared();
      startNginx(shell, location);
      await putsThrough(shell);
      const curl = `curl -sS --cacert site.cert.pem -H "Authorization: Bearer $(cat alice.token)"`;
      const put = await shell.run(`${curl} -d '"x"' 'https://${SITE}/live/v1/put?channel=room1'`);
      expect(put).toContain('"offset":2');
      shell.save('lines', '{"channels":["room1"],"message":1}\n{"channels":["other"],"message":2}\n');
      const puts = await shell.run(`${curl} --data-binary @lines https://${SITE}/live/v1/puts`);
      expect(puts).toMatch(/^\{"line":1,"accepted".*"offset":3.*\n\{"line":2,"problem".*"forbidden"/m);
      const none = await shell.run(
        `curl -sS --cacert site.cert.pem -d 1 'https://${SITE}/live/v1/put?channel=a'`,
      );
      expect(none).toContain('"unauthorized"');
    });

    it('passes lines of puts and their answers on as they come', async () => {
      const shell = await prepared();
      startNginx(shell, location);
      await putsThrough(shell);
      await streamsBothWays(shell);
    });

    it('serves the bus alone at /bus', async () => {
      const shell = await prepared();
      startNginx(shell, location.replace('/live/', '/bus').replace(/(proxy_pass .*)\/;/, '$1;'));
      await shell.serve(
        `npx zerospan serve --behind-proxy 127.0.0.1 --origin https://${SITE} --auth-key bus.key`,
      );
      const put = `npx zerospan put room1 1 --url wss://${SITE}/bus --token-file alice.token --ca site.cert.pem`;
      expect(await shell.run(put)).toContain('room1: accepted');
    });

    it('serves a page of another origin without tokens and TLS, to try it', async () => {
      const shell = await prepared();
      startNginx(shell, location, { hasTls: false });
      await shell.serve(`npx zerospan serve --origin http://${SITE}`);
      const url = `http://${SITE}/live/`;
      expect(await shell.run(`curl -sS ${url}`)).toContain('<title>Zerospan</title>');
      expect(await shell.run(`npx zerospan put room1 1 --url ws://${SITE}/live/bus`)).toContain(
        'room1: accepted',
      );
    });
  });

  it.runIf(available('caddy', caddy))('Caddy', async () => {
    const shell = await prepared();
    const site = snippet(DEPLOY, 'caddy', 'Caddy').replace(
      'app.example {',
      `${SITE} {\n  tls site.cert.pem site.key.pem`,
    );
    shell.save(
      'Caddyfile',
      `{\n  admin off\n  auto_https disable_redirects\n  default_bind 127.0.0.1\n}\n${site}`,
    );
    mkdirSync(`${shell.folder}/home`);
    shell.start(`HOME=$PWD/home XDG_DATA_HOME=$PWD/home ${caddy} run --config Caddyfile`);
    await putsThrough(shell);
    expect(await shell.run(get('/live/health/ready'))).toContain('{"ready":true');
    await streamsBothWays(shell);
    expect(await shell.run(`${get('/live')} -o /dev/null -w '%{redirect_url}'`)).toBe(
      shell.own(`https://${SITE}/live/`),
    );
  });

  it('systemd: what the unit starts', async () => {
    const shell = await prepared();
    const [, command = ''] = /^ExecStart=(.*)$/m.exec(snippet(DEPLOY, 'ini', 'systemd')) ?? [];
    writeFileSync(`${shell.folder}/zerospan.yaml`, 'auth:\n  keys: [bus.key]\n');
    await shell.serve(
      command
        .replace('/usr/bin/node', process.execPath)
        .replace('/opt/zerospan/', root)
        .replace('/etc/', `${shell.folder}/`),
    );
  });
});
