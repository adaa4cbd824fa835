import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { cli } from '../../support/terminal.ts';
import { mustBeBuilt, openConsole } from './opening.ts';
import { summaryOf } from './vote-of-bots.ts';

const chromium = findChromium();

describe.runIf(available('chromium', chromium))('the demo in the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  it('is counted as the demo counts it, by the link that it prints', async () => {
    const server = await testServer();
    const at = ['--bus-address', server.busAddress, '--bus-ingress', server.busIngress ?? ''];
    const rounds = ['--rounds', '1', '--pace-ms', '200'];
    const { code, out } = await cli(['demo', '--url', server.ws, ...at, ...rounds]);
    expect(code).toBe(0);
    const [, link = ''] = /Watch it in a browser: (\S+)/.exec(out) ?? [];
    const [, yes, no] = /(\d+) yes, (\d+) no\.\n/.exec(out) ?? [];
    const { page, complaints } = await openConsole(browser, link);
    const votes = { yes: Number(yes), no: Number(no) };
    const bars = Object.fromEntries(Object.entries(votes).filter(([, count]) => count > 0));
    await expect
      .poll(() => summaryOf(page), { timeout: 30_000 })
      .toMatchObject({ bars, lists: { Voted: 12 } });
    expect(complaints).toEqual([]);
  });
});
