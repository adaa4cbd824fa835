import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build, defaultClientConditions, type Rollup } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import { cases } from '../conformance/cases.ts';
import type * as Conformance from '../conformance/page.ts';
import { findChromium, launchChromium } from '../support/browser.ts';
import { available } from '../support/required.ts';
import { openServer } from '../support/server.ts';

declare const conformance: typeof Conformance;

const chromium = findChromium();

/** The cases and the client as one script for browsers. */
async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('../conformance/page.ts', import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    resolve: { conditions: ['zerospan-source', ...defaultClientConditions] },
    build: {
      write: false,
      minify: false,
      target: 'es2023',
      lib: { entry, formats: ['iife'], name: 'conformance' },
    },
  });
  const [{ output }] = built as [Rollup.RollupOutput];
  return output[0].code;
}

describe.runIf(available('chromium', chromium))('the protocol, from chromium', () => {
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    const [script] = await Promise.all([
      bundle(),
      openServer().then((opened) => {
        server = opened;
      }),
      launchChromium(chromium as string).then((launched) => {
        browser = launched;
      }),
    ]);
    page = await browser.newPage({ bypassCSP: true });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.text().startsWith('zerospan:')) complaints.push(message.text());
    });
    await page.goto(server.url);
    await page.addScriptTag({ content: script });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('runs where the platform has a WebSocket of its own, and no Node', async () => {
    expect(await page.evaluate(() => ['process' in globalThis, typeof WebSocket])).toEqual([
      false,
      'function',
    ]);
  });

  for (const [place, { title }] of cases.entries()) {
    it(title, () => page.evaluate((at) => conformance.run(at), place));
  }

  it('leaves no promise rejected that nobody handles, and no warning of the client', () => {
    expect(complaints).toEqual([]);
  });
});
