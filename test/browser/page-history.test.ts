import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findChromium, launchChromium } from '../support/browser.ts';
import { testBus } from '../support/buses.ts';
import { testFolder } from '../support/certificate.ts';
import { available } from '../support/required.ts';
import { cli } from '../support/terminal.ts';
import { Serving } from './serving.ts';

const chromium = findChromium();
const builtPage = fileURLToPath(new URL('../../server/dist/page/index.html', import.meta.url));

describe.runIf(available('chromium', chromium))('a page that is opened, in chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    if (!existsSync(builtPage)) throw new Error('the page is not built: run "npm run build" first');
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  async function serving(...flags: string[]): Promise<{ server: Serving; ws: string }> {
    const server = await Serving.start(0, flags);
    onTestFinished(() => server.stop('SIGKILL'));
    return { server, ws: `${server.url.replace('http', 'ws')}bus` };
  }

  async function opened(url: string): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    onTestFinished(() => page.close());
    page.setDefaultTimeout(30_000);
    await page.goto(url);
    return page;
  }

  const texts = (page: Page) => page.locator('#rows > li').allInnerTexts();
  const count = (page: Page, words: string) => page.getByText(words, { exact: true }).waitFor();

  it('shows what the log holds, says that it is from there, and counts it apart from what comes', async () => {
    const { server, ws } = await serving();
    const bus = testBus(ws);
    for (const n of [1, 2, 3]) await bus.put('room1', n);
    const page = await opened(server.url);
    await count(page, '3 shown, 3 from the log');
    expect(await page.locator('#rate-now').innerText()).toBe('0');
    await bus.put('room2', '"live"');
    await count(page, '4 shown, 3 from the log, 1 received');
    expect(await texts(page)).toEqual([
      expect.stringContaining('room1'),
      expect.stringContaining('room1'),
      expect.stringContaining('room1'),
      'Up to here from the log; what follows came since the page was opened.',
      expect.stringContaining('room2'),
    ]);
  });

  it('asks for the newest 200 offsets at most, however many there are', async () => {
    const { server, ws } = await serving();
    const bus = testBus(ws);
    await bus.put(
      Array.from({ length: 500 }, (_, i) => `c${i}`),
      1,
    );
    const page = await opened(server.url);
    await count(page, '200 shown, 200 from the log');
    expect((await texts(page))[0]).toContain('c300');
  });

  it('says what the log no longer holds, and is not alarmed by it', async () => {
    const { server, ws } = await serving('--log-bytes', '0', '--log-last-bytes', '65536');
    const bus = testBus(ws);
    for (const n of [1, 2, 3]) await bus.put('room1', n);
    const page = await opened(server.url);
    await count(page, '1 shown, 1 from the log');
    expect(await texts(page)).toEqual([
      'Older messages are no longer in the log.',
      expect.stringContaining('3'),
    ]);
  });

  it.each([
    ['history too', ['--history', 'room1'], '9 shown, 9 from the log', []],
    ['no history', [], '1 shown, 1 received', ['The token grants no history, so this begins now.']],
  ])('shows what a token grants: %s', async (_, grants, words, notes) => {
    const key = join(testFolder(), 'key');
    await cli(['token', 'key', key]);
    const create = [
      'token',
      'create',
      '--key',
      key,
      '--subject',
      'alice',
      '--subscribe',
      'room1',
      '--put-all',
    ];
    const token = (await cli([...create, ...grants])).out.trim();
    // Without a window everything is history.
    const { server, ws } = await serving('--auth-key', key, '--auth-resume-window-ms', '0');
    const bus = testBus(ws, { token: () => token });
    for (let n = 0; n < 9; n++) await bus.put('room1', n);
    // So many of others that the newest offsets hold nothing of room1.
    await bus.put(
      Array.from({ length: 300 }, (_, i) => `c${i}`),
      1,
    );
    const page = await opened(server.url);
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.locator('#connection[data-state="live"]').waitFor();
    if (grants.length === 0) {
      await page.getByText(notes[0] as string).waitFor();
      await bus.put('room1', 'live');
    }
    await count(page, words);
    expect((await texts(page)).filter((text) => !text.includes('room1'))).toEqual(notes);
  });
});
