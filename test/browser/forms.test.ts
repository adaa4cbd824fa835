import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import { findChromium, launchChromium } from '../support/browser.ts';
import { testBus } from '../support/buses.ts';
import { available } from '../support/required.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

/** A form, whose one field makes a body that is a put where the encoding lets it be one. */
interface Form {
  readonly route: 'v1/put?channel=a' | 'v1/puts';
  readonly enctype: 'text/plain' | 'application/x-www-form-urlencoded' | 'multipart/form-data';
  readonly name: string;
  readonly value: string;
}

const PUT = { route: 'v1/put?channel=a', name: '"x', value: '"' } as const;
const PUTS = { route: 'v1/puts', name: '{"channels":["a"],"message":"x', value: '"}' } as const;
const FORMS: readonly Form[] = [PUT, PUTS].flatMap((form) =>
  (['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'] as const).map((enctype) => ({
    ...form,
    enctype,
  })),
);

/** Of these the body is a put: what Chromium makes of the field. */
const isPut = ({ enctype }: Form): boolean => enctype === 'text/plain';

const executable = findChromium();

describe.runIf(available('chromium', executable))('a page of another origin in Chromium', () => {
  let browser: Browser;
  let origin: string;
  const site = createServer((request, answer) => {
    if (request.url === '/quiet') answer.setHeader('referrer-policy', 'no-referrer');
    answer.setHeader('content-type', 'text/html');
    answer.end('<!doctype html><title>another site</title>');
  });
  beforeAll(async () => {
    browser = await launchChromium(executable as string);
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    // Another site than 127.0.0.1, not only another origin.
    origin = `http://localhost:${(site.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await browser.close();
    site.closeAllConnections();
    site.close();
  });

  async function page(path = '/'): Promise<Page> {
    const opened = await browser.newPage();
    onTestFinished(() => opened.close());
    await opened.goto(origin + path);
    return opened;
  }

  /** Submits a form, and answers with the status; from a sandbox, which has no origin, once it is answered. */
  async function submit(
    from: Page,
    to: RunningServer,
    form: Form,
    isSandboxed = false,
  ): Promise<number | 'hidden'> {
    const address = to.url + form.route;
    const answered = isSandboxed
      ? undefined
      : from.waitForResponse((response) => response.url() === address).then((response) => response.status());
    await from.evaluate(
      ({ enctype, name, value, action, sandboxed }) => {
        const element = document.createElement('form');
        Object.assign(element, { method: 'post', enctype, action });
        const field = document.createElement('textarea');
        field.name = name;
        field.value = value;
        element.append(field);
        if (!sandboxed) {
          document.body.append(element);
          element.submit();
          return;
        }
        const frame = document.createElement('iframe');
        frame.setAttribute('sandbox', 'allow-scripts allow-forms');
        // Of its markup: a value is not part of that.
        field.textContent = value;
        const start = '<scr' + 'ipt>document.forms[0].submit()</scr' + 'ipt>';
        frame.srcdoc = element.outerHTML + start;
        document.body.append(frame);
      },
      { ...form, action: address, sandboxed: isSandboxed },
    );
    if (answered !== undefined) return await answered;
    // No answer of the server may be shown in a frame: Chromium reads it, and shows an error instead.
    const isHidden = () => from.frames().some((frame) => frame.url().startsWith('chrome-error:'));
    await until('the end of the frame', isHidden);
    return 'hidden';
  }

  /** The head of the log, by a put of the test's own. */
  async function head(server: RunningServer): Promise<number> {
    const { channels } = await testBus(server.ws).put('counted', 0);
    return channels[0]?.offset ?? 0;
  }

  it.each(FORMS)('appends nothing by a form: $route as $enctype', async (form) => {
    const server = await testServer();
    const before = await head(server);
    expect(await submit(await page(), server, form)).toBe(403);
    // It names no origin under this policy.
    expect(await submit(await page('/quiet'), server, form)).toBe(403);
    expect(await submit(await page(), server, form, true)).toBe('hidden');
    expect(await head(server)).toBe(before + 1);
  });

  it.each(FORMS)(
    'of a listed origin appends by the same form what is a put: $route as $enctype',
    async (form) => {
      const server = await testServer({ origins: [origin] });
      const before = await head(server);
      const status = await submit(await page(), server, form);
      // Lines are answered one by one.
      expect(status).toBe(isPut(form) || form.route === 'v1/puts' ? 200 : 400);
      expect(await head(server)).toBe(before + (isPut(form) ? 2 : 1));
    },
  );

  it.each(['fetch', 'sendBeacon'])('appends nothing by %s, which need not ask before', async (how) => {
    const server = await testServer();
    const before = await head(server);
    const from = await page();
    const address = `${server.url}v1/put?channel=a`;
    const answered = from.waitForResponse((response) => response.url() === address);
    await from.evaluate(
      async ({ url, way }) => {
        const body = '"x"';
        if (way === 'sendBeacon') navigator.sendBeacon(url, body);
        else await fetch(url, { method: 'POST', mode: 'no-cors', body }).catch(() => {});
      },
      { url: address, way: how },
    );
    expect((await answered).status()).toBe(403);
    expect(await head(server)).toBe(before + 1);
  });
});
