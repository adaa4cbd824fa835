import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findChromium, launchChromium } from '../support/browser.ts';
import { hasOpenssl } from '../support/certificate.ts';
import { WAYS } from '../support/failing-connections.ts';
import { listening } from '../support/fronts.ts';
import { available } from '../support/required.ts';
import { testServer } from '../support/server.ts';
import { bundle } from './bundle.ts';
import type * as FailingPage from './failing-page.ts';

declare const failingPage: typeof FailingPage;

const chromium = findChromium();
const openssl = hasOpenssl();
const builtPage = fileURLToPath(new URL('../../server/dist/page/index.html', import.meta.url));

describe.runIf(available('chromium', chromium))('a connection fails, and says why and what to do', () => {
  let browser: Browser;
  let script: string;
  beforeAll(async () => {
    if (!existsSync(builtPage)) throw new Error('the page is not built: run "npm run build" first');
    [script, browser] = await Promise.all([
      bundle('./failing-page.ts', 'failingPage'),
      launchChromium(chromium as string),
    ]);
  });
  afterAll(() => browser?.close());

  async function blank(): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    onTestFinished(() => page.close());
    page.setDefaultTimeout(100_000);
    return page;
  }

  /** A page of somebody's own, on a port of its own. */
  async function ownPage(policy: () => string | undefined): Promise<string> {
    const server = createServer((_, answer) => {
      const header = policy();
      if (header !== undefined) answer.setHeader('content-security-policy', header);
      answer.setHeader('content-type', 'text/html').end('<!doctype html><title>a page</title>');
    });
    const port = await listening(server);
    onTestFinished(() => server.closeAllConnections());
    return `http://127.0.0.1:${port}`;
  }

  for (const { name, needsOpenssl, begin, chromium: said } of WAYS) {
    const canRun = !needsOpenssl || available('openssl', openssl);
    if (typeof said !== 'string')
      it.runIf(canRun)(`to a client in Chromium: ${name}`, async () => {
        let policy: string | undefined;
        const origin = await ownPage(() => policy);
        const failing = await begin(origin);
        policy = failing.policy;
        const page = await blank();
        await page.goto(origin);
        await page.addScriptTag({ content: script });
        const { code, message, remedy } = await page.evaluate((url) => failingPage.said(url), failing.url);
        expect({ code, message, remedy }).toEqual({
          code: said.code,
          message: expect.stringMatching(said.cause),
          remedy: expect.stringMatching(said.remedy),
        });
      });
  }

  it('on the page: counts down to the next attempt, which a button begins at once', async () => {
    const server = await testServer();
    const page = await blank();
    await page.goto(server.url);
    await page.locator('.connection[data-state="live"]').waitFor();
    // Each wait is as long as it may be.
    await page.evaluate(() => {
      Math.random = () => 0.999;
    });
    let attempts = 0;
    page.on('websocket', () => attempts++);
    await server.stop();
    await expect.poll(() => attempts, { timeout: 30_000 }).toBeGreaterThanOrEqual(4);
    await page.getByText(/Next attempt in ([4-9]|\d\d) s/).waitFor();
    const before = attempts;
    await page.getByRole('button', { name: 'Retry now' }).click();
    await page.getByText(/Next attempt in [12] s|Connecting…/).waitFor();
    await expect.poll(() => attempts, { timeout: 10_000 }).toBeGreaterThan(before);
  });
});
