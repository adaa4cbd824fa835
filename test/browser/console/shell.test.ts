import fastify from 'fastify';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { zerospan } from '../../../server/src/index.ts';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { testBus } from '../../support/buses.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { proxy } from '../proxy.ts';
import { assertAccessible, messageRows, mustBeBuilt, openConsole, putByForm, standing } from './opening.ts';

const chromium = findChromium();

describe.runIf(available('chromium', chromium))('the console, in chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  it("works below a path of a reverse proxy, under the content security policy default-src 'self'", async () => {
    const behind = { url: '' };
    const front = await proxy(() => behind.url, '/some/where/', {
      'content-security-policy': "default-src 'self'",
    });
    onTestFinished(front.stop);
    // The page's origin is that of the proxy.
    behind.url = (await testServer({ origins: [new URL(front.url).origin] })).url;
    const { page, complaints } = await openConsole(browser, front.url, { hash: '#/messages' });
    await putByForm(page, 'room1', '1');
    await messageRows(page, 'room1').waitFor();
    await page.getByRole('link', { name: 'Channels' }).click();
    await page.getByRole('row', { name: 'room1' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('works below the prefix of a plugin', async () => {
    const app = fastify();
    onTestFinished(() => app.close());
    app.get('/', async () => 'a page of my own');
    const bus = { address: 'tcp://127.0.0.1:*', ingress: 'none' };
    await app.register(zerospan, { prefix: '/live', page: true, bus });
    const url = await app.listen({ port: 0 });
    const { page } = await openConsole(browser, `${url}/live/`, { hash: '#/messages' });
    await putByForm(page, 'room1', '1');
    await messageRows(page, 'room1').waitFor();
    await page.getByRole('link', { name: 'Channels' }).click();
    await page.getByRole('row', { name: 'room1' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/live/');
  });

  it('goes everywhere by keys, lists them, and leaves them alone when they are switched off', async () => {
    const { url } = await testServer();
    const { page, complaints } = await openConsole(browser, url);
    const heading = (name: string) => page.getByRole('heading', { name, exact: true, level: 1 }).waitFor();
    await heading('Overview');
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    await heading('Messages');
    expect(new URL(page.url()).hash).toBe('#/messages');
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await heading('Channels');
    await page.goBack();
    await heading('Messages');
    await page.keyboard.press('?');
    const list = page.getByRole('dialog', { name: 'Keys' });
    await list.getByText('Go to Overview').waitFor();
    await list.getByText('Filter the messages').waitFor();
    await assertAccessible(page);
    await list.getByRole('checkbox').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.keyboard.press('?');
    await page.reload();
    await standing(page, 'live');
    await page.keyboard.press('?');
    // A key that is answered is answered at once: what comes behind it finds the page as it was.
    await page.getByRole('button', { name: 'Everybody' }).click();
    await page.getByRole('dialog', { name: 'Who are you' }).getByText('asks nobody who they are').waitFor();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Close' }).click();
    await heading('Messages');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('keeps the theme that the person chose', async () => {
    const { url } = await testServer();
    const { page } = await openConsole(browser, url, { colorScheme: 'light' });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByLabel('Theme').selectOption('Dark');
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await ground()).toBe(dark);
    await page.getByLabel('Theme').selectOption('As the system');
    expect(await ground()).toBe(light);
  });

  it('follows what comes on all screens with one connection', async () => {
    const { url, ws } = await testServer();
    const bus = testBus(ws);
    await bus.put('room1', 1);
    const { page } = await openConsole(browser, url);
    let sockets = 0;
    page.on('websocket', () => sockets++);
    await page.reload();
    await standing(page, 'live');
    for (const name of ['Messages', 'Channels', 'Overview']) {
      await page.getByRole('link', { name }).first().click();
      await page.getByRole('heading', { name, exact: true, level: 1 }).waitFor();
    }
    expect(sockets).toBe(1);
  });
});
