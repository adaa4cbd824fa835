import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { testBus } from '../../support/buses.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { fillWindows } from './audience-of-bots.ts';
import { assertAccessible, mustBeBuilt, openConsole } from './opening.ts';
import { receiptOfCrowd, rowsOf } from './receipt-of-crowd.ts';

const chromium = findChromium();

describe.runIf(available('chromium', chromium))('the receipt of a broadcast in the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  it('names each client in its state, and is sent again to those alone who will not get it', async () => {
    // Three times as many get one in test/long.
    await receiptOfCrowd(browser, 5);
  });

  it('says who skipped it and why, and before it is sent again who gets it twice', async () => {
    const server = await testServer();
    const { ws } = server;
    const ann = testBus(ws, { name: 'Ann' }).subscribe('room1');
    ann.on('publication', () => {});
    const bus = testBus(ws, { name: 'Bob' });
    const bob = bus.subscribe('room1');
    const flood = bus.subscribe('flood', { queue: { whenFull: 'wait' } });
    await Promise.all([ann.ready, bob.ready, flood.ready]);
    await fillWindows(server, ['flood']);
    const { page } = await openConsole(browser, server.url, { hash: '#/broadcast' });
    await page.getByLabel('To', { exact: true }).fill('room1 room2');
    await page.getByRole('textbox', { name: 'Message' }).fill('1');
    await page.getByRole('button', { name: 'Send to 2 channels' }).click();
    await page.getByText('It is in the log. Waiting for answers').waitFor();
    // Behind as it is, it has not been sent the message yet.
    await bob.close();
    const words = '1 of 2 sessions have it, 1 skipped it, 1 channel had nobody.';
    await page.locator('.verdict', { hasText: words }).waitFor();
    expect((await rowsOf(page)).slice(0, 1)).toEqual(['room1 Bob ✕ Skipped: unsubscribed']);
    await page.getByRole('button', { name: 'Send again …' }).click();
    await page.getByText('On 1 channel a session skipped it.').waitFor();
    await page.getByText('1 client gets it a second time: Ann on room1.').waitFor();
    await page.getByRole('button', { name: 'Send again', exact: true }).click();
    await page.locator('.verdict', { hasText: '1 of 1 session has it, 1 channel had nobody.' }).waitFor();
    await assertAccessible(page);
  });
});
