import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { voteOfBots } from '../browser/console/vote-of-bots.ts';
import { findChromium, launchChromium } from '../support/browser.ts';
import { available } from '../support/required.ts';

const chromium = findChromium();

describe.runIf(available('chromium', chromium))('votes in the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  it('of a thousand bots are those of bus.poll, and the same in another browser', async () => {
    const { roundMs } = await voteOfBots(browser, 1_000);
    console.info(`a round of 1,000 bots: ${Math.round(roundMs)} ms`);
  });
});
