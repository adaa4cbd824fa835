import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { receiptOfCrowd } from '../browser/console/receipt-of-crowd.ts';
import { findChromium, launchChromium } from '../support/browser.ts';
import { available } from '../support/required.ts';

const chromium = findChromium();

describe.runIf(available('chromium', chromium))('the receipt of a broadcast in the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  it('names each of a large crowd in its state', async () => {
    await receiptOfCrowd(browser, 15);
  });
});
