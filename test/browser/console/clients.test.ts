import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sign } from '../../../server/src/auth/tokens/sign.ts';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { state, testBus } from '../../support/buses.ts';
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
    // What is written into the address meanwhile takes no space out of the field.
    await page.keyboard.type('dashboard ');
    await page.waitForURL(/q=dashboard$/);
    await page.keyboard.type('77');
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
    // Where it lies over the list it takes the focus, and gives it back.
    await page.setViewportSize({ width: 360, height: 800 });
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.locator('[role="row"]:focus').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('#side-title:focus').waitFor();
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

  it('are those of the server for who may observe, and are ended by an admin who was asked first', async () => {
    const server = await testServer({}, { secrets: { env: { ZEROSPAN_AUTH_SECRET: SECRET } } });
    const tokenOf = (subject: string, grants: Parameters<typeof sign>[1]['grants']): Promise<string> => {
      const about = { issuer: 'zerospan', audience: 'zerospan', nowMs: Date.now(), lifeMs: 60_000 };
      return sign(secret(SECRET), { subject, ...about, grants });
    };
    const worker = await tokenOf('worker', { subscribe: [{ prefix: 'vote.' }], put: [{ prefix: 'vote.' }] });
    const bus = testBus(server.ws, { token: () => worker, name: 'tally' });
    bus.on('error', () => {});
    await bus.subscribe(['vote.ann', 'vote.bob']).ready;
    const open = async (grants: Parameters<typeof tokenOf>[1]): Promise<Page> => {
      const { page } = await openConsole(browser, server.url, {
        hash: '#/clients?sort=since',
        isLive: false,
      });
      await page.getByLabel('Token').fill(await tokenOf('ops', grants));
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('row', { name: /tally/ }).click();
      await page.getByText('2 filters').waitFor();
      return page;
    };
    const { page: reader } = await openConsole(browser, server.url, { hash: '#/clients', isLive: false });
    await reader.getByLabel('Token').fill(worker);
    await reader.getByRole('button', { name: 'Sign in' }).click();
    await reader.getByText('Clients is not for you.').waitFor();
    await reader.goto(`${server.url}#/explain?at=${server.epoch}_1&client=any`);
    await reader.getByText('Explain, settings is not for you.').waitFor();
    expect(await reader.getByRole('link', { name: /Clients|Explain/ }).count()).toBe(0);

    const observer = await open({ observe: true });
    expect(await observer.getByRole('button', { name: /End its access/ }).count()).toBe(0);
    const channel = observer.getByRole('textbox', { name: /Would it get a message/ });
    await channel.fill('vote.ann');
    await observer.getByText('Its subscription 1 takes this channel, and it keeps up.').waitFor();
    await channel.fill('vote.eve');
    await observer.getByText('It is not subscribed to it. Its access lets it subscribe.').waitFor();

    const admin = await open({ admin: true });
    await admin.getByRole('button', { name: 'End its access…' }).click();
    await admin.getByRole('button', { name: 'Leave it' }).click();
    expect(bus.state).toBe('live');
    await admin.getByRole('button', { name: 'End its access…' }).click();
    await admin.getByText('Its token stays valid').waitFor();
    await assertAccessible(admin);
    await admin.getByRole('button', { name: 'End its access', exact: true }).click();
    await admin.getByText('It is not connected now').waitFor();
    await state(bus, 'closed');
    expect(bus.lastFailure?.code).toBe('revoked');
    await observer.getByText('It is not connected now').waitFor();
  });
});
