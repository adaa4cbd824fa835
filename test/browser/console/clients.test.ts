import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sign } from '../../../server/src/auth/tokens/sign.ts';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { SECRET, secret } from '../../support/tokens.ts';
import { HOSTILE, type Stubs, stubSessions } from './observing-stubs.ts';
import { assertAccessible, assertFits, mustBeBuilt, type OpenedConsole, openConsole } from './opening.ts';

const chromium = findChromium();

describe.runIf(available('chromium', chromium))('the clients in the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  async function open(hash: string, total = 10_000): Promise<OpenedConsole & { readonly stubs: Stubs }> {
    const server = await testServer();
    let stubs: Stubs | undefined;
    const opened = await openConsole(browser, server.url, {
      hash,
      prepare: async (page) => {
        stubs = await stubSessions(page, total);
      },
    });
    return { ...opened, stubs: stubs as Stubs };
  }

  it('are searched, sorted and read by keyboard alone, a page at a time', async () => {
    const { page, stubs, complaints } = await open('#/overview');
    const focused = (name: string) => page.locator('[role="row"]:focus', { hasText: name });
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.getByText('10,000 clients').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('dashboard 77');
    await page.getByText('55 matches').waitFor();
    expect(new URL(page.url()).hash).toBe('#/clients?q=dashboard+77');
    await page.keyboard.press('Tab');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await focused('dashboard 774').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'dashboard 774' }).waitFor();
    expect(new URL(page.url()).hash).toContain('s=session-774&client=ref-774');
    await page.keyboard.press('Escape');
    await page.locator('.client').waitFor({ state: 'hidden' });
    await focused('dashboard 774').waitFor();
    await page.getByRole('button', { name: 'Unread' }).press('Enter');
    await page.getByRole('row', { name: /dashboard 7798/ }).waitFor();
    expect(stubs.pages.map((asked) => Number(asked.get('limit'))).filter((limit) => limit > 100)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('say of one whether it would get a message, its gaps and its earlier sessions', async () => {
    const { page } = await open('#/clients?client=ref-4');
    await page.getByText('496 below the newest').waitFor();
    const channel = page.getByRole('textbox', { name: /Would it get a message/ });
    await channel.fill('vote.ann');
    await page.getByText('Yes, later.').waitFor();
    await channel.fill('room1');
    await page.getByText('Its access does not let it subscribe').waitFor();
    await channel.press('Enter');
    await page.getByText('7 messages').waitFor();
    await page.getByText('The server stops or restarts.').waitFor();
    expect(new URL(page.url()).hash).toContain('ch=room1');
    // The link reopens it, and leads to an explanation.
    await page.reload();
    await page.getByText('Its access does not let it subscribe').waitFor();
    expect(await page.getByRole('link', { name: 'Explain a message' }).getAttribute('href')).toBe(
      '#/explain?client=ref-4',
    );
  });

  it('are shown as text whatever they are called, and fit at every width', async () => {
    const { page, complaints } = await open('#/clients?s=session-0&client=ref-0');
    await page.getByRole('heading', { name: HOSTILE[0] ?? '' }).waitFor();
    expect(await page.title()).toContain('Clients');
    expect(await page.locator('.content img').count()).toBe(0);
    await assertAccessible(page);
    await assertFits(page);
    await page.goto(`${new URL(page.url()).origin}/#/clients?s=session-2&client=ref-2`);
    await page.getByRole('heading', { name: 'xxx' }).waitFor();
    await assertFits(page);
    expect(complaints).toEqual([]);
  });

  it('are greyed with their age when the server does not answer, and come back', async () => {
    const { page, stubs } = await open('#/clients', 20);
    await page.getByText('20 clients').waitFor();
    stubs.isSilent = true;
    await page.getByText(/The server does not answer\. This is \d+ s old\./).waitFor();
    expect(await page.locator('.clients.stale').count()).toBe(1);
    expect(await page.getByRole('row').count()).toBeGreaterThan(10);
    stubs.isSilent = false;
    await page.locator('.clients.stale').waitFor({ state: 'hidden' });
  });

  it('are ended by an admin who was asked first, and by nobody else', async () => {
    const server = await testServer({}, { secrets: { env: { ZEROSPAN_AUTH_SECRET: SECRET } } });
    const signIn = async (grants: Parameters<typeof sign>[1]['grants']) => {
      let stubs: Stubs | undefined;
      const { page } = await openConsole(browser, server.url, {
        hash: '#/clients?s=session-7&client=ref-7',
        isLive: false,
        prepare: async (opened) => {
          stubs = await stubSessions(opened, 20);
        },
      });
      const about = {
        subject: 'ann',
        issuer: 'zerospan',
        audience: 'zerospan',
        nowMs: Date.now(),
        lifeMs: 60_000,
      };
      await page.getByLabel('Token').fill(await sign(secret(SECRET), { ...about, grants }));
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('Earlier sessions').waitFor();
      return { page, stubs: stubs as Stubs };
    };
    const observer = await signIn({ observe: true });
    expect(await observer.page.getByRole('button', { name: /End its access/ }).count()).toBe(0);
    const { page, stubs } = await signIn({ admin: true });
    await page.getByRole('button', { name: 'End its access…' }).click();
    await page.getByRole('button', { name: 'Leave it' }).click();
    expect(stubs.ended).toEqual([]);
    await page.getByRole('button', { name: 'End its access…' }).click();
    await page.getByText('Its token stays valid').waitFor();
    await page.getByRole('button', { name: 'End its access', exact: true }).click();
    await page.getByText('It is not connected now').waitFor();
    expect(stubs.ended).toEqual(['session-7']);
  });
});
