import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findChromium, launchChromium } from '../support/browser.ts';
import { hasOpenssl } from '../support/certificate.ts';
import { WAYS } from '../support/failing-connections.ts';
import { available } from '../support/required.ts';
import { mustBeBuilt } from './console/opening.ts';

const chromium = findChromium();
const openssl = hasOpenssl();

describe.runIf(available('chromium', chromium))('the console whose connection fails says why', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  for (const { name, needsOpenssl, begin, page: shown } of WAYS) {
    const canRun = !needsOpenssl || available('openssl', openssl);
    if (typeof shown !== 'string')
      it.runIf(canRun)(name, async () => {
        const failing = await begin('http://127.0.0.1:1');
        const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
        onTestFinished(() => page.close());
        page.setDefaultTimeout(100_000);
        await page.goto(failing.page ?? '');
        if (failing.pageIsThere) {
          await page.locator('.connection[data-state="live"]').waitFor();
          await failing.pageIsThere();
        }
        await page.locator('.notice-words', { hasText: shown.cause }).waitFor();
        const words = await page.locator('.notice-words').innerText();
        expect(words.trim().replaceAll('\n', ' ')).toMatch(shown.remedy);
        await page.getByText(/Next attempt in \d+ s|Connecting…/).waitFor();
      });
  }
});
