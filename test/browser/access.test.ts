import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Bus } from '@zerospan/client';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket as NodeSocket } from 'ws';
import { findChromium, launchChromium } from '../support/browser.ts';
import { testBus } from '../support/buses.ts';
import { hasOpenssl, selfMade, testFolder } from '../support/certificate.ts';
import { openHost } from '../support/open-host.ts';
import { available } from '../support/required.ts';
import { cli } from '../support/terminal.ts';
import { freePort } from '../support/zeromq.ts';
import { messageRows, mustBeBuilt, putByForm as put, signIn, standing } from './console/opening.ts';
import { Serving } from './serving.ts';

const chromium = findChromium();

/** A token of no use to anybody, that says what it lets one subscribe to. */
function tokenFor(subscribe: unknown): string {
  const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');
  return `${part({ alg: 'HS256' })}.${part({ sub: 'ö', zerospan: { subscribe, put: [{ prefix: '' }] } })}.c2lnbmF0dXJl`;
}

describe.runIf(available('chromium', chromium))('the console and who may see it, in chromium', () => {
  let browser: Browser;
  let complaints: string[];
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());
  beforeEach(() => {
    complaints = [];
  });

  async function serving(...flags: string[]): Promise<Serving> {
    const server = await Serving.start(0, flags);
    onTestFinished(() => server.stop('SIGKILL'));
    return server;
  }

  async function blank(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
    onTestFinished(() => page.close());
    page.setDefaultTimeout(100_000);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    return page;
  }

  const live = (page: Page) => standing(page, 'live');

  it('takes markup in channels and messages as text, under a policy that would report anything else', async () => {
    const page = await blank();
    const answer = await page.goto(`${(await serving()).url}#/messages`);
    const policy = answer?.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    await page.evaluate(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        document.title += ` ${event.violatedDirective}`;
      });
    });
    await live(page);
    const image = '<img/src=x/onerror=document.title="evil">';
    const script = '<script>document.title="evil"</script>';
    await put(
      page,
      `${image}, ${script}, javascript:alert(1)`,
      JSON.stringify({ [image]: `${script}<svg onload=alert(1)>` }),
    );
    await messageRows(page, 'javascript:alert(1)').waitFor();
    await page.getByText('Accepted on 3 channels').waitFor();
    expect(await messageRows(page).count()).toBe(3);
    expect(await page.getByRole('grid').innerText()).toContain(script);
    const alien = page.locator('main :is(img, script, svg, iframe, .grid a)');
    expect(await alien.count()).toBe(0);
    expect(await page.title()).toBe('Messages · Zerospan');
    expect(complaints).toEqual([]);
  });

  it('cannot be put into a frame, nor spoken to by a page of another origin', async () => {
    const [server, page] = [await serving(), await blank()];
    const evil = createServer((_request, answer) => {
      answer.setHeader('content-type', 'text/html');
      answer.end('<p>not yours</p>');
    });
    evil.listen(0, '127.0.0.1');
    await once(evil, 'listening');
    onTestFinished(() => {
      evil.closeAllConnections();
      evil.close();
    });
    await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
    const said = await page.evaluate(
      (url) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(url, 'zerospan.v1');
          socket.onopen = () => resolve('open');
          socket.onclose = () => resolve('refused');
        }),
      `${server.url.replace('http', 'ws')}bus`,
    );
    expect(said).toBe('refused');
    await page.evaluate((url) => {
      const frame = document.createElement('iframe');
      frame.src = url;
      document.body.append(frame);
    }, server.url);
    await expect.poll(() => complaints.some((text) => text.includes("frame-ancestors 'none'"))).toBe(true);
  });

  it('says in large letters that a server is not guarded, and what it lacks', async () => {
    const server = await serving('--host', await openHost(), '--insecure');
    const page = await blank();
    await page.goto(`${server.url}#/messages`);
    await live(page);
    const banner = page.getByRole('alert');
    await banner.waitFor();
    for (const words of [
      'Not guarded',
      '--insecure',
      'no authentication',
      'no exact list of origins',
      'no TLS',
    ])
      expect(await banner.innerText()).toContain(words);
    expect(complaints).toEqual([]);
  });

  it('shows no such thing on loopback', async () => {
    const page = await blank();
    await page.goto(`${(await serving()).url}#/messages`);
    await live(page);
    expect(await page.getByRole('alert').isVisible()).toBe(false);
    expect(await page.getByLabel('Token').isVisible()).toBe(false);
  });

  it('asks for a token, keeps it in memory alone, says it in hello, and subscribes to what it grants', async () => {
    const page = await blank();
    const server = await serving();
    await page.route('**/about', (route) => route.fulfill({ json: { authentication: true, insecure: [] } }));
    const hellos: { token?: string }[] = [];
    const asked: string[] = [];
    await page.routeWebSocket(/\/bus$/, (client) => {
      const bus = client.connectToServer();
      client.onMessage((frame) => {
        const said = JSON.parse(String(frame).split('\n', 1)[0] ?? '') as { hello?: { token?: string } };
        if (said.hello) hellos.push(said.hello);
        asked.push(String(frame));
        bus.send(frame);
      });
    });
    await page.goto(`${server.url}#/messages`);
    await page.getByText('Not signed in').waitFor();
    expect(hellos).toEqual([]);
    const token = tokenFor(['room1', { prefix: 'vote.' }]);
    await signIn(page, token);
    await live(page);
    expect(hellos[0]?.token).toBe(token);
    await expect.poll(() => asked.join('\n')).toContain('"channels":["room1"],"prefixes":["vote."]');
    expect(await page.getByLabel('Token').isVisible()).toBe(false);
    await put(page, 'room1, room2, vote.x', '1');
    await page.getByText('Accepted on 3 channels').waitFor();
    await messageRows(page, 'vote.x').waitFor();
    expect(await messageRows(page).count()).toBe(2);
    const kept = await page.evaluate(() =>
      JSON.stringify([
        location.href,
        Object.entries(localStorage),
        Object.entries(sessionStorage),
        document.cookie,
        document.documentElement.outerHTML,
      ]),
    );
    expect(kept).not.toContain(token);
    expect(await page.getByLabel('Token').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('asks again when a token was of no use, and says why', async () => {
    const page = await blank();
    const server = await serving();
    await page.route('**/about', (route) => route.fulfill({ json: { authentication: true, insecure: [] } }));
    let isGood = false;
    await page.routeWebSocket(/\/bus$/, (client) => {
      const bus = client.connectToServer();
      client.onMessage(async (frame) => {
        if (isGood) return bus.send(frame);
        client.send(
          JSON.stringify({
            error: { code: 'unauthorized', reason: 'The token is not good.', remedy: 'Get another.' },
          }),
        );
        await client.close({ code: 4502, reason: 'unauthorized' });
      });
    });
    await page.goto(`${server.url}#/messages`);
    await signIn(page, 'bad');
    await page.locator('#token-hint', { hasText: 'The token is not good. Get another.' }).waitFor();
    expect(await page.locator('.notice').isVisible()).toBe(false);
    expect(await page.locator('.state').innerText()).toBe('Not signed in');
    isGood = true;
    await page.getByLabel('Token').fill('good');
    await page.getByLabel('Token').press('Enter');
    await live(page);
    await put(page, 'room1', '1');
    await messageRows(page, 'room1').waitFor();
    expect(await messageRows(page).count()).toBe(1);
  });

  it.each([380, 1280])(
    'has no sideways scroll at %i pixels with all that it may have to say',
    async (width) => {
      const server = await serving('--host', await openHost(), '--insecure');
      const page = await blank({ viewport: { width, height: 800 }, colorScheme: 'dark' });
      await page.route('**/about', async (route) => {
        const answer = (await (await route.fetch()).json()) as object;
        await route.fulfill({ json: { ...answer, authentication: true } });
      });
      await page.goto(`${server.url}#/messages`);
      await page.getByText('Not signed in').waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    },
  );

  describe.runIf(available('openssl', hasOpenssl()))('over TLS', () => {
    it('comes over https, and connects by wss, also after its server has another certificate', async () => {
      const tls = selfMade(testFolder());
      const server = await serving('--tls-key', tls.key, '--tls-cert', tls.cert);
      expect(server.url).toMatch(/^https:/);
      const page = await blank({ ignoreHTTPSErrors: true });
      const sockets: string[] = [];
      page.on('websocket', (socket) => sockets.push(socket.url()));
      await page.goto(`${server.url}#/messages`);
      await live(page);
      await put(page, 'room1', '"over TLS"');
      await messageRows(page, '"over TLS"').waitFor();
      expect(sockets).toEqual([expect.stringMatching(/^wss:\/\/127\.0\.0\.1:\d+\/bus$/)]);
      server.hangUp();
      await put(page, 'room1', '"and on"');
      await messageRows(page, '"and on"').waitFor();
      expect(complaints).toEqual([]);
    });

    it('beyond loopback, a token that `zerospan token create` made admits a page and a client in Node, and nothing else does', async () => {
      const [folder, port] = [testFolder(), await freePort()];
      const [tls, key] = [selfMade(folder), join(folder, 'tokens')];
      const made = ['--key', key, '--subject', 'alice', '--subscribe', 'room1', '--put-prefix', 'room'];
      expect((await cli(['token', 'key', key])).code).toBe(0);
      const { out } = await cli(['token', 'create', ...made]);
      const token = out.trim();
      const url = `https://127.0.0.1:${port}`;
      const guarded = ['--auth-key', key, '--origin', url, '--tls-key', tls.key, '--tls-cert', tls.cert];
      const server = await Serving.start(port, ['--host', await openHost(), ...guarded]);
      onTestFinished(() => server.stop('SIGKILL'));

      const page = await blank({ ignoreHTTPSErrors: true });
      await page.goto(`${url}/#/messages`);
      await signIn(page, token);
      await live(page);

      const ca = readFileSync(tls.cert);
      const socket = class extends NodeSocket {
        constructor(address: string, protocol: string) {
          super(address, protocol, { ca });
        }
      };
      const client = (own: string): Bus =>
        testBus(`${url.replace('https', 'wss')}/bus`, { token: () => own, WebSocket: socket });
      const bus = client(token);
      const subscriber = bus.subscribe('room1');
      await subscriber.ready;
      await put(page, 'room1', '"from the page"');
      expect((await subscriber.get({ block: true }))?.message).toBe('from the page');
      await bus.put('room1', 'from Node');
      await messageRows(page, '"from Node"').waitFor();
      await expect(bus.put('other', 1)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(client(`${token}x`).put('room1', 1)).rejects.toMatchObject({ code: 'unauthorized' });
      expect(complaints).toEqual([]);
    });
  });
});
