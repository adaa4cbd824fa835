import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { Serving } from '../serving.ts';
import {
  assertAccessible,
  assertFits,
  messageRows,
  mustBeBuilt,
  openConsole,
  putByForm,
  rowTexts,
  standing,
} from './opening.ts';

const chromium = findChromium();

describe.runIf(available('chromium', chromium))('the stories of the console, in chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  async function serving(port?: number, ...flags: string[]): Promise<Serving> {
    const server = await Serving.start(port, flags);
    onTestFinished(() => server.stop('SIGKILL'));
    return server;
  }

  const epoch = (page: Page) => page.locator('.position dd').first().getAttribute('title');

  it('waits for a server that restarts on its port, shows the restart as a gap, and goes on', async () => {
    const first = await serving();
    const { page, complaints } = await openConsole(browser, first.url, { hash: '#/messages' });
    await putByForm(page, 'room1', '"before"');
    await messageRows(page, '"before"').waitFor();
    const before = await epoch(page);
    await first.stop();
    await standing(page, 'waiting');
    await page.getByText('The server stops or restarts').waitFor();
    await assertAccessible(page);
    await assertFits(page);
    await serving(first.port);
    await standing(page, 'live');
    await page.locator('.row-gap', { hasText: 'restart' }).waitFor();
    await putByForm(page, 'room1', '"after"');
    await messageRows(page, '"after"').waitFor();
    expect(await rowTexts(page)).toEqual([
      expect.stringContaining('"after"'),
      expect.stringContaining('on, number missed not known'),
      expect.stringContaining('"before"'),
    ]);
    await expect.poll(() => epoch(page)).not.toBe(before);
    expect(await page.locator('.notice').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('keeps a put for the connection, and says where its outcome is not known (P7)', async () => {
    const first = await serving();
    const { page } = await openConsole(browser, first.url, { hash: '#/messages' });
    await first.stop('SIGKILL');
    await standing(page, 'waiting');
    await putByForm(page, 'room1', '"kept"');
    await page.getByText('Waiting for the connection.').waitFor();
    const second = await serving(first.port);
    await page.getByText('Accepted on 1 channel').waitFor();
    await messageRows(page, '"kept"').waitFor();
    second.freeze();
    await putByForm(page, 'room1', '1');
    await page.getByText('Putting…').waitFor();
    await second.stop('SIGKILL');
    await serving(first.port);
    await page.getByText('outcome-unknown').waitFor();
  });

  it('says above every screen that the server does not reach its log, and goes on when it does (B6)', async () => {
    const { url } = await testServer();
    let say: (message: object) => void = () => undefined;
    const { page, complaints } = await openConsole(browser, url, {
      hash: '#/messages',
      prepare: (fresh) =>
        fresh.routeWebSocket(/\/bus$/, (client) => {
          const bus = client.connectToServer();
          // The server's own log is there: its beats would say so.
          bus.onMessage((frame) => {
            if (!String(frame).startsWith('{"beat"')) client.send(frame);
          });
          say = (message) => client.send(JSON.stringify(message));
        }),
    });
    say({ beat: { offset: 0, logAwayMs: 2_100 } });
    await standing(page, 'stale');
    await page.locator('.notice').getByText('what you see may be old').waitFor();
    await assertAccessible(page);
    await assertFits(page);
    // It is connected: what is put goes out at once.
    await putByForm(page, 'room1', '"meanwhile"');
    await messageRows(page, '"meanwhile"').waitFor();
    say({ beat: { offset: 0 } });
    await standing(page, 'live');
    await expect.poll(() => page.locator('.notice').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('leads through its menu at 320 pixels, and goes to the first screen from an address that leads nowhere', async () => {
    const { url } = await testServer();
    const { page, complaints } = await openConsole(browser, url, {
      hash: '#/no-such-screen',
      viewport: { width: 320, height: 640 },
    });
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Menu' }).click();
    await assertAccessible(page);
    await assertFits(page, [320]);
    await page.getByRole('link', { name: 'Channels' }).click();
    await page.getByText('There are no channels yet.').waitFor();
    expect(await page.getByRole('navigation').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
  });
});
