import type { Bus } from '@zerospan/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { GrantsClaim } from '../../../server/src/auth/tokens/claims.ts';
import { sign } from '../../../server/src/auth/tokens/sign.ts';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { testBus } from '../../support/buses.ts';
import { fileWith, testFolder } from '../../support/keys.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { SECRET, secret } from '../../support/tokens.ts';
import { Serving } from '../serving.ts';
import { assertAccessible, assertFits, mustBeBuilt, openConsole, signIn, standing } from './opening.ts';
import { tabTo } from './tab-to.ts';

const chromium = findChromium();

const ALL = [{ prefix: '' }];

describe.runIf(available('chromium', chromium))('broadcasts of the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  const message = (page: Page) => page.getByRole('textbox', { name: 'Message' });
  const verdict = (page: Page, words: string) => page.locator('.verdict', { hasText: words }).waitFor();
  const rows = (page: Page) => page.locator('.receipt-grid .grid-row');

  it('are written, checked, sent and sent again by keyboard alone', async () => {
    const { url, ws } = await testServer();
    const heard = await listens(testBus(ws), ['room1', 'room2']);
    const { page } = await openConsole(browser, url);
    await page.keyboard.press('g');
    await page.keyboard.press('b');
    await tabTo(page, 'To');
    await page.keyboard.type('room1,room2 room3; room1');
    await page.getByText('3 channels; 1 named again').waitFor();
    await tabTo(page, 'Message');
    await page.keyboard.type('{"do": "blink",}');
    await page.getByText('Line 1, column 16: No comma may stand before }.').waitFor();
    await tabTo(page, 'Show the place');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Backspace');
    await tabTo(page, 'Save as template');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Blink');
    await page.keyboard.press('Enter');
    await page.getByLabel('Template').waitFor();
    await tabTo(page, 'Send to 3 channels');
    await page.keyboard.press('Enter');
    await verdict(page, '2 of 2 sessions have it, 1 channel had nobody.');
    expect(heard).toEqual(['{"do": "blink"}', '{"do": "blink"}']);
    expect(await rows(page).first().innerText()).toMatch(/room3[\s\S]*Nobody listened/);
    await tabTo(page, 'Send again');
    await page.keyboard.press('Enter');
    await page.getByText('1 channel had nobody.', { exact: true }).waitFor();
    await page.getByText('Nobody gets it a second time.').waitFor();
    // The button that opened it is gone, and the one inside has the focus.
    await page.keyboard.press('Enter');
    await verdict(page, 'Nobody was there to answer, 1 channel had nobody.');
    expect(await page.locator('.sent tbody tr').count()).toBe(2);
    // What one saved is there after a reload; what one only sent is not.
    await page.reload();
    await page.getByLabel('Template').selectOption('Blink');
    expect(await message(page).inputValue()).toBe('{"do": "blink"}');
    expect(await page.getByLabel('Sent before').count()).toBe(0);
    expect(await page.locator('.sent tbody tr').count()).toBe(2);
  });

  it('are several puts where one may not have all of the channels, each said', async () => {
    const { url } = await testServer();
    const { page } = await openConsole(browser, url, { hash: '#/broadcast' });
    await page
      .getByLabel('To', { exact: true })
      .fill(Array.from({ length: 1_200 }, (_, at) => `c${at}`).join('\n'));
    await message(page).fill('1');
    await page.getByRole('button', { name: 'Send to 1,200 channels' }).click();
    await page.getByText('on 1,200 channels').waitFor();
    await page.getByText('in 2 puts, each of which is taken whole or not at all').waitFor();
    await verdict(page, '1,200 channels had nobody.');
  });

  it('show what a token lets one know: who has it, how many, what was put, or why not', async () => {
    const { url, ws } = await testServer({ auth: { keys: [fileWith(testFolder(), 'key', SECRET)] } });
    const tokenOf = (grants: GrantsClaim): Promise<string> => {
      const about = { subject: 'alice', issuer: 'zerospan', audience: 'zerospan', lifeMs: 3_600_000 };
      return sign(secret(SECRET), { ...about, nowMs: Date.now(), grants });
    };
    const reader = await tokenOf({ subscribe: ALL });
    await listens(testBus(ws, { token: () => reader }), ['room1']);

    async function sentWith(grants: GrantsClaim): Promise<Page> {
      const { page } = await openConsole(browser, url, { hash: '#/broadcast', isLive: false });
      await signIn(page, await tokenOf({ subscribe: ['none'], ...grants }));
      await standing(page, 'live');
      await page.getByLabel('To', { exact: true }).fill('room1');
      await message(page).fill('1');
      await page.getByRole('button', { name: 'Send to 1 channel' }).click();
      return page;
    }

    const counts = await sentWith({ put: ALL, confirm: true });
    await verdict(counts, '1 of 1 session has it.');
    await counts.getByText('the receipt says how many have it').waitFor();
    await counts.getByRole('cell', { name: 'alice' }).waitFor();
    const none = await sentWith({ put: ALL });
    await verdict(none, 'In the log, for 1 session and 0 native subscriptions.');
    const neither = await sentWith({});
    await neither.getByText('Not sent on 1 channel:').waitFor();
    await assertAccessible(neither);
  });

  it('say so where nobody knows whether they were put', async () => {
    const server = await Serving.start();
    onTestFinished(() => server.stop('SIGKILL'));
    const { page } = await openConsole(browser, server.url, { hash: '#/broadcast' });
    await page.getByLabel('To', { exact: true }).fill('room1');
    await message(page).fill('1');
    server.freeze();
    await page.getByRole('button', { name: 'Send to 1 channel' }).click();
    await page.getByText('Sending to 1 channel').waitFor();
    await server.stop('SIGKILL');
    const next = await Serving.start(server.port);
    onTestFinished(() => next.stop('SIGKILL'));
    await page.getByText('It is not known whether this was put').waitFor();
    expect(await page.locator('.sent').count()).toBe(0);
  });

  it('show whatever comes as text, and fit at every width', async () => {
    const { url, ws } = await testServer();
    const nasty = [`<b>x</b>${'w'.repeat(240)}`, 'a\u202eb'];
    await listens(testBus(ws), nasty);
    const { page, complaints } = await openConsole(browser, url, { hash: '#/broadcast' });
    await page.getByLabel('To', { exact: true }).fill(nasty.join(' '));
    await message(page).fill(JSON.stringify(`<script>alert(1)</script>${'z'.repeat(60_000)}`));
    await assertFits(page);
    await page.getByRole('button', { name: 'Send to 2 channels' }).click();
    await verdict(page, '2 of 2 sessions have it.');
    expect(await page.locator('.broadcast b, .broadcast script').count()).toBe(0);
    await assertFits(page);
    await page.setViewportSize({ width: 1280, height: 800 });
    await assertAccessible(page);
    expect(complaints).toEqual([]);
  });
});

/** Subscribes, and acknowledges whatever comes. Answers what does. */
async function listens(bus: Bus, channels: readonly string[]): Promise<readonly string[]> {
  const heard: string[] = [];
  const subscriber = bus.subscribe(channels);
  subscriber.on('publication', ({ text }) => heard.push(text));
  await subscriber.ready;
  return heard;
}
