import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { findChromium, launchChromium } from '../support/browser.ts';
import { available } from '../support/required.ts';
import { proxy } from './proxy.ts';
import { Serving } from './serving.ts';

const chromium = findChromium();
const builtPage = fileURLToPath(new URL('../../server/dist/page/index.html', import.meta.url));

/** What chromium writes by itself when a server is gone; no script can keep it from that. */
const GONE = /WebSocket connection to .* failed|net::ERR_/;

describe.runIf(available('chromium', chromium))('the live page, in chromium', () => {
  let browser: Browser;
  let server: Serving;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    if (!existsSync(builtPage)) throw new Error('the page is not built: run "npm run build" first');
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    server = await Serving.start();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    // Shorter than a test may take, so that what was waited for stands in the report.
    page.setDefaultTimeout(30_000);
    complaints = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
  });
  afterEach(async () => {
    await page.close();
    await server.stop('SIGKILL');
  });

  async function open(): Promise<void> {
    await page.goto(server.url);
    await state('live');
  }

  async function state(expected: string): Promise<void> {
    await page.locator(`#connection[data-state="${expected}"]`).waitFor();
  }

  async function put(channels: string, message: string): Promise<void> {
    await page.getByLabel('Channels').fill(channels);
    await page.getByLabel('Message', { exact: true }).fill(message);
    await page.getByRole('button', { name: 'Put' }).click();
  }

  const rows = (text: string) => page.locator('#rows .row', { hasText: text });
  const tableText = () => page.locator('#answers tbody tr').allInnerTexts();

  it('says what to do while nothing has come, and shows a message put with its form in the tail', async () => {
    await open();
    await page.getByText(`npx zerospan put room1 '"hello"'`).waitFor();
    await put('room1', '{"choice": "yes"}');
    await rows('{"choice": "yes"}').waitFor();
    expect(await rows('room1').count()).toBe(1);
    expect(await page.locator('#empty-bus').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
  });

  it('breaks the command that it shows between words alone, also in a narrow window', async () => {
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      await open();
      const broken = await page.locator('#try').evaluate((command) => {
        const texts = document.createTreeWalker(command, NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        const found: string[] = [];
        for (let text = texts.nextNode(); text; text = texts.nextNode()) {
          for (const { 0: word, index } of (text.textContent ?? '').matchAll(/\S+/g)) {
            range.setStart(text, index);
            range.setEnd(text, index + word.length);
            if (range.getClientRects().length > 1) found.push(word);
          }
        }
        return found;
      });
      expect(broken).toEqual([]);
      expect(await page.locator('#try').innerText()).toBe(
        `npx zerospan put room1 '"hello"' --url ${new URL('bus', server.url).href}`,
      );
    }
  });

  it('shows the answer for each channel of a put, and where nobody but the page itself listens', async () => {
    await open();
    const other = await browser.newPage();
    await other.goto(server.url);
    await other.locator('#connection[data-state="live"]').waitFor();
    await put('room1, room2\nroom1', '1');
    await page.getByText('Accepted on 2 channels').waitFor();
    expect((await tableText()).map((row) => row.replaceAll(/\s+/g, ' '))).toEqual([
      'room1 1 2 0',
      'room2 2 2 0',
    ]);
    await other.close();
    // The server learns of the other's leaving by and by.
    await expect
      .poll(async () => {
        await put('room3', '1');
        await page.locator('#answers', { hasText: 'room3' }).waitFor();
        return (await tableText()).join();
      })
      .toContain('only this page listens');
    expect(complaints).toEqual([]);
  });

  it('says while one types what is wrong, and puts nothing until it is corrected', async () => {
    await open();
    await put('room1 room2', 'hello');
    await page.getByText('has a space in it. Put a comma between channels.').waitFor();
    await page.getByText('Text stands in double quotation marks: "hello"').waitFor();
    expect(await page.getByLabel('Channels').evaluate((field) => field === document.activeElement)).toBe(
      true,
    );
    await put('room1', '"hello"');
    await page.getByText('Accepted on 1 channel').waitFor();
    await rows('"hello"').waitFor();
    expect(await page.locator('#rows .row').count()).toBe(1);
  });

  it('shows a refusal with its code, reason and remedy', async () => {
    const refusal = { code: 'log-failed', reason: 'The disk is full.', remedy: 'Make room.' };
    await page.routeWebSocket(/\/bus$/, (client) => {
      const bus = client.connectToServer();
      client.onMessage((frame) => {
        const [envelope] = String(frame).split('\n', 1);
        const { put } = JSON.parse(envelope ?? '') as { put?: { id: number } };
        if (put) client.send(JSON.stringify({ refused: { put: put.id, ...refusal } }));
        else bus.send(frame);
      });
    });
    await open();
    await put('room1', '1');
    await page.getByText('Not accepted').waitFor();
    for (const words of Object.values(refusal))
      expect(await page.locator('#verdict').innerText()).toContain(words);
    expect(complaints).toEqual([]);
  });

  it('waits for a server that restarts on its port, shows the restart as a gap, and goes on', async () => {
    await open();
    await put('room1', '"before"');
    await rows('"before"').waitFor();
    const epoch = await page.locator('#epoch').innerText();
    const { port } = server;
    await server.stop();
    await state('waiting');
    await page.getByText('The server stops or restarts').waitFor();
    server = await Serving.start(port);
    await state('live');
    await page.locator('#rows .gap', { hasText: 'restart' }).waitFor();
    await put('room1', '"after"');
    await rows('"after"').waitFor();
    expect(await page.locator('#rows .row').allInnerTexts()).toEqual([
      expect.stringContaining('"before"'),
      expect.stringContaining('from offset 2 on'),
      expect.stringContaining('"after"'),
    ]);
    await expect.poll(() => page.locator('#epoch').innerText()).not.toBe(epoch);
    expect(complaints.filter((text) => !GONE.test(text))).toEqual([]);
  });

  it('says of a put that it keeps for the connection, and puts it when the server is back', async () => {
    await open();
    const { port } = server;
    await server.stop('SIGKILL');
    await state('waiting');
    await put('room1', '"kept"');
    await page.getByText('Waiting for the connection.').waitFor();
    server = await Serving.start(port);
    await page.getByText('Accepted on 1 channel').waitFor();
    await rows('"kept"').waitFor();
  });

  it('says that the outcome of a put is not known when the server died over it and came back with another log (P7)', async () => {
    await open();
    const { port } = server;
    server.freeze();
    await put('room1', '1');
    await page.getByText('Putting…').waitFor();
    await server.stop('SIGKILL');
    server = await Serving.start(port);
    await page.getByText('outcome-unknown').waitFor();
  });

  it('holds still while it is paused, and shows what came meanwhile when it goes on', async () => {
    await open();
    await put('room1', '1');
    await rows('room1').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await put('room2', '2');
    await page.getByRole('button', { name: 'Resume · 1 new' }).waitFor();
    expect(await rows('room2').count()).toBe(0);
    await page.getByRole('button', { name: 'Resume' }).click();
    await rows('room2').waitFor();
  });

  it('holds still when the reader scrolls up or opens a long message, and goes on at the end', async () => {
    await open();
    const long = JSON.stringify('x'.repeat(2_000));
    await put(Array.from({ length: 100 }, (_, i) => `c${i}`).join(), long);
    await rows('c99').waitFor();
    const resume = page.getByRole('button', { name: 'Resume' });
    const scroll = page.locator('#scroll');
    await scroll.evaluate((element) => element.scrollTo(0, 0));
    await resume.waitFor();
    await scroll.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await resume.waitFor({ state: 'detached' });
    await rows('c99').locator('summary').click();
    await resume.waitFor();
    await rows('c99').getByText(long, { exact: true }).waitFor();
  });

  it('filters by exact text in channel and message, and says so when nothing matches', async () => {
    await open();
    await put('vote.a, room1', '"first"');
    await rows('vote.a').waitFor();
    const filter = page.getByLabel('Filter: exact text in channel or message');
    await filter.fill('vote');
    await rows('room1').waitFor({ state: 'detached' });
    expect(await page.locator('#rows .row').count()).toBe(1);
    await filter.fill('Vote');
    await page.getByText('No message here contains Vote.').waitFor();
    await filter.fill('first');
    await rows('room1').waitFor();
  });

  it('keeps at most 200 rows, counts every publication, and takes markup as text', async () => {
    await open();
    const channels = Array.from({ length: 300 }, (_, i) => `c${i}`).join();
    await put(channels, '"<img src=x onerror=alert(1)>"');
    await page.getByText('Accepted on 300 channels').waitFor();
    await page.getByText('200 shown, 300 received').waitFor();
    expect(await page.locator('#rows .row').count()).toBe(200);
    await page.locator('#rows .row', { hasText: 'c299 ' }).waitFor();
    expect(await page.locator('#rows img').count()).toBe(0);
    await expect.poll(() => page.locator('#rate-peak').innerText()).not.toBe('0');
    expect(complaints).toEqual([]);
  });

  it("works below a path of a reverse proxy, under the content security policy default-src 'self'", async () => {
    const front = await proxy(() => server.url, '/some/where/', {
      'content-security-policy': "default-src 'self'",
    });
    onTestFinished(front.stop);
    await server.stop('SIGKILL');
    // The page's origin is that of the proxy.
    server = await Serving.start(0, ['--origin', new URL(front.url).origin]);
    await page.goto(front.url);
    await state('live');
    await put('room1', '1');
    await rows('room1').waitFor();
    expect(complaints).toEqual([]);
  });

  it('has no sideways scroll at 380 pixels, and can be worked by keyboard', async () => {
    await page.setViewportSize({ width: 380, height: 800 });
    await open();
    await page.getByLabel('Channels').fill('a.rather.long.channel/name.that.does.not.fit, room1');
    await page.getByLabel('Message', { exact: true }).focus();
    await page.keyboard.press('Control+Enter');
    await page.getByText('Accepted on 2 channels').waitFor();
    await rows('room1').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(380);
  });
});
