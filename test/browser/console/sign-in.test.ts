import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GrantsClaim } from '../../../server/src/auth/tokens/claims.ts';
import { sign } from '../../../server/src/auth/tokens/sign.ts';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { testBus } from '../../support/buses.ts';
import { fileWith, testFolder } from '../../support/keys.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { SECRET, secret } from '../../support/tokens.ts';
import { assertAccessible, mustBeBuilt, openConsole, signIn, standing } from './opening.ts';

const chromium = findChromium();

function tokenOf(grants: GrantsClaim): Promise<string> {
  const about = { subject: 'ada', issuer: 'zerospan', audience: 'zerospan', lifeMs: 3_600_000 };
  return sign(secret(SECRET), { ...about, nowMs: Date.now(), grants });
}

describe.runIf(available('chromium', chromium))('a token in the console, in chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  const row = (page: Page, name: string) => page.getByRole('row', { name });

  it('shows one of few rights its own channels, and nothing of the server or of others', async () => {
    const { url, ws } = await testServer({ auth: { keys: [fileWith(testFolder(), 'key', SECRET)] } });
    const admin = await tokenOf({ subscribe: [{ prefix: '' }], put: [{ prefix: '' }] });
    const bus = testBus(ws, { token: () => admin, name: 'hidden name' });
    await bus.subscribe('room1').ready;
    await bus.put(['room1', 'room2', 'secret.x'], 1);
    const token = await tokenOf({ subscribe: ['room1'], history: ['room1'] });
    const { page, complaints } = await openConsole(browser, url, { hash: '#/channels', isLive: false });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await signIn(page, token);
    await standing(page, 'live');
    await row(page, 'room1').click();
    await page.locator('.side').getByText('The log holds').waitFor({ state: 'detached' });
    await page.locator('.side .json-root', { hasText: '1' }).waitFor();
    const text = await page.locator('body').innerText();
    for (const hidden of ['room2', 'secret', 'hidden name']) expect(text).not.toContain(hidden);
    expect(await page.getByRole('link', { name: 'Overview' }).count()).toBe(0);
    expect(await page.getByText('Put here').count()).toBe(0);
    await page.goto(`${url}#/overview`);
    await page.getByText('Overview is not for you.').waitFor();
    await page.getByText('It requires a token with the right observe.').waitFor();
    expect(asked.filter((path) => /\/v1\/(status|sessions|channels)/.test(path))).toEqual([]);
    await page.getByRole('button', { name: 'ada' }).click();
    const dialog = page.getByRole('dialog', { name: 'Who are you' });
    await dialog.getByText('none beside these').waitFor();
    await assertAccessible(page);
    await dialog.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'This server asks who you are' }).waitFor();
    await assertAccessible(page);
    expect(complaints).toEqual([]);
  });

  it('is kept over a reload where the person says so, and until they sign out', async () => {
    const { url } = await testServer({ auth: { keys: [fileWith(testFolder(), 'key', SECRET)] } });
    const token = await tokenOf({ subscribe: [{ prefix: '' }], observe: true });
    const { page } = await openConsole(browser, url, { isLive: false });
    await page.getByLabel('Keep me signed in until this tab is closed').check();
    await signIn(page, token);
    await standing(page, 'live');
    await page.reload();
    await standing(page, 'live');
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    expect(page.url()).not.toContain(token);
    await page.getByRole('button', { name: 'ada' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.reload();
    await page.getByLabel('Token').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });
});
