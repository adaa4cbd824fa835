import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { range, testBus } from '../../support/buses.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import {
  assertAccessible,
  assertFits,
  messageRows,
  mustBeBuilt,
  openConsole,
  putByForm,
  rowTexts,
} from './opening.ts';

const chromium = findChromium();

const position = (epoch: string, offset: number): string => `${epoch}_${String(offset).padStart(16, '0')}`;

describe.runIf(available('chromium', chromium))('the stories of the messages, in chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  const counted = (page: Page, words: string) => page.locator('.count', { hasText: words }).waitFor();
  const open = (url: string, query = '') => openConsole(browser, url, { hash: `#/messages${query}` });

  it('say while one types what is wrong, and put nothing until it is corrected; a refusal has code, reason and remedy', async () => {
    const { url } = await testServer();
    const refusal = { code: 'log-failed', reason: 'The disk is full.', remedy: 'Make room.' };
    let refuses = false;
    const { page } = await openConsole(browser, url, {
      hash: '#/messages',
      prepare: (fresh) =>
        fresh.routeWebSocket(/\/bus$/, (client) => {
          const bus = client.connectToServer();
          client.onMessage((frame) => {
            const { put } = JSON.parse(String(frame).split('\n', 1)[0] ?? '') as { put?: { id: number } };
            if (put && refuses) client.send(JSON.stringify({ refused: { put: put.id, ...refusal } }));
            else bus.send(frame);
          });
        }),
    });
    await putByForm(page, 'room1 $room2', 'hello');
    await page.getByText('“$room2”: Channels that begin with $ are the server’s own.').waitFor();
    await page.getByText('Line 1, column 1: Text stands in double quotation marks: "hello"').waitFor();
    const channels = page.getByLabel('Channels', { exact: true });
    expect(await channels.evaluate((field) => field === document.activeElement)).toBe(true);
    await putByForm(page, 'room1', '"hello"');
    await page.getByText('Accepted on 1 channel').waitFor();
    await messageRows(page, '"hello"').waitFor();
    refuses = true;
    await putByForm(page, 'room1', '1');
    await page.getByText('Not accepted').waitFor();
    for (const words of Object.values(refusal))
      expect(await page.locator('.verdict').innerText()).toContain(words);
    await assertAccessible(page);
  });

  it('open at the message that an address names, which is the same for everybody', async () => {
    const { url, ws } = await testServer();
    const bus = testBus(ws);
    let epoch = '';
    for (const n of range(1, 400)) ({ epoch } = await bus.put(n % 2 === 0 ? 'even' : 'odd', { n }));
    const { page } = await open(url, '?c=even');
    await messageRows(page, '{"n":396}').click();
    const at = position(epoch, 396);
    expect(new URL(page.url()).hash).toBe(`#/messages?c=even&at=${at}`);
    const { page: other, complaints } = await open(url, `?c=even&at=${position(epoch, 100)}`);
    await other.locator('.row-message.selected', { hasText: '{"n":100}' }).waitFor();
    await other.locator('.side', { hasText: 'n: 100' }).waitFor();
    // A hundred at most on either side; none of another channel.
    expect(await rowTexts(other)).not.toContainEqual(expect.stringContaining('odd'));
    await other.goto(`${url}#/messages?c=even&at=${position(epoch, 101)}`);
    await other.getByText('No message on these channels has the offset 101.').waitFor();
    await other.goto(`${url}#/messages?c=even&at=${position('another', 7)}`);
    await other.getByText('This message was in an earlier log.').waitFor();
    await other.getByLabel('Go to a time or an offset').fill('200');
    await other.getByRole('button', { name: 'Go', exact: true }).click();
    await other.locator('.row-message.selected', { hasText: '{"n":200}' }).waitFor();
    await other.goBack();
    await other.getByText('This message was in an earlier log.').waitFor();
    await other.getByRole('button', { name: 'Follow live' }).click();
    await counted(other, '200 shown, 200 from the log');
    // Chromium writes of a request that was refused.
    expect(complaints.filter((text) => !text.includes('400'))).toEqual([]);
  });

  it('say of an address whose message the log has dropped how many are gone with it', async () => {
    const { url, ws } = await testServer({ log: { bytes: 65_536, lastBytes: 0 } });
    const bus = testBus(ws);
    const filling = 'x'.repeat(1_000);
    let epoch = '';
    for (const n of range(1, 200)) ({ epoch } = await bus.put('room1', { n, filling }));
    const { page } = await open(url, `?c=room1&at=${position(epoch, 12)}`);
    const words = await page.locator('.finding').innerText();
    const [, to, missed] = /^Dropped by retention: offsets 12 to (\d+), (\d+) missed\./.exec(words) ?? [];
    expect(Number(to)).toBeGreaterThan(100);
    expect(Number(missed)).toBe(Number(to) - 11);
    await page.locator('.row-gap', { hasText: 'retention' }).waitFor();
    expect(Number(/"n":(\d+)/.exec((await rowTexts(page)).at(-2) ?? '')?.[1])).toBe(Number(to) + 1);
  });

  it('show HTML, turned directions and 64 KiB without a space as text, and the layout holds', async () => {
    const { url, ws } = await testServer();
    const bus = testBus(ws);
    const evil = '<img/src=x/onerror=document.title="evil">';
    const name = `${evil}\u202eder\u202c`;
    const wide = 'w'.repeat(65_000);
    await bus.put(name, { [evil]: `\u202e<script>document.title="evil"</script>` });
    await bus.put('n'.repeat(255), wide);
    const { page, complaints } = await open(url, '?wrap=1');
    await counted(page, '2 shown');
    await messageRows(page, wide.slice(0, 100)).click();
    await page.locator('.side', { hasText: 'Show all 65,002 characters' }).waitFor();
    await page.getByRole('button', { name: 'Show all 65,002 characters' }).click();
    await page.getByRole('button', { name: 'Exactly as put' }).click();
    await page.locator('.exact', { hasText: wide }).waitFor();
    await assertFits(page);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('button', { name: 'Close' }).click();
    await messageRows(page, evil).click();
    await page.getByRole('button', { name: 'Exactly as put' }).click();
    await page.getByLabel('Show 1 invisible or direction-changing character').check();
    await page.locator('.exact', { hasText: '\\u202e<script>' }).waitFor();
    expect(await page.locator('main :is(img, script, iframe)').count()).toBe(0);
    expect(await page.title()).toBe('Messages · Zerospan');
    await assertFits(page);
    await assertAccessible(page);
    expect(complaints).toEqual([]);
  });

  it('are worked by keyboard alone, at 360 pixels', async () => {
    const { url, ws } = await testServer();
    const bus = testBus(ws);
    for (const n of range(1, 60)) await bus.put('room1', { n });
    const { page } = await openConsole(browser, url, {
      hash: '#/messages',
      viewport: { width: 360, height: 740 },
    });
    await counted(page, '60 shown');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.side', { hasText: 'n: 59' }).waitFor();
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    await page.locator('.side').waitFor({ state: 'detached' });
    await page.keyboard.press('End');
    await page.locator('.row-message:focus', { hasText: '{"n":1}' }).waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press('/');
    await page.keyboard.type('n > 55');
    await counted(page, '5 shown by the filter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('3');
    await page.keyboard.press('Enter');
    await page.getByText('Show').first().waitFor();
    await page.locator('.side', { hasText: 'n: 3' }).waitFor();
  });

  it('say that they are sampled while the page is not given all, and count what is left out', async () => {
    const { url, ws } = await testServer();
    const bus = testBus(ws);
    const { page } = await open(url);
    const received = async () =>
      Number(/(\d+) received/.exec(await page.locator('.count').innerText())?.[1] ?? 0);
    // Before the page has subscribed, it is given what it finds in the log, and nothing is left out.
    await expect
      .poll(async () => {
        await bus.put('first', 'is there anybody?');
        return received();
      })
      .toBeGreaterThan(0);
    await bus.put('last', 'of the first');
    await messageRows(page, 'of the first').waitFor();
    const before = await received();
    // A page that stands still acknowledges nothing: the server then gives it the newest of each channel.
    const debugging = await page.context().newCDPSession(page);
    await debugging.send('Debugger.enable');
    const paused = new Promise((resolve) => debugging.once('Debugger.paused', resolve));
    await debugging.send('Debugger.pause');
    await paused;
    const filling = 'x'.repeat(60_000);
    for (const n of range(1, 100)) await bus.put('busy', { n, filling });
    await debugging.send('Debugger.resume');
    await debugging.send('Debugger.disable');
    await messageRows(page, '{"n":100').waitFor();
    await page.locator('.row-gap', { hasText: 'lag' }).waitFor();
    expect(await page.locator('.count').innerText()).toMatch(/showing 1 in [\d.,]+/);
    const missed = /(\d+) missed/.exec(await page.locator('.row-gap').innerText())?.[1];
    expect(Number(missed) + (await received()) - before).toBe(100);
  });

  it('sample what is too fast to read, with a row for what lies between, and miss nothing once it is slow', async () => {
    const { url, ws } = await testServer();
    const bus = testBus(ws);
    const { page, complaints } = await open(url);
    const many = range(1, 1_000).map((n) => `c${n}`);
    let samples = 0;
    page.on('request', (request) => {
      if (request.url().includes('limit=50')) samples += 1;
    });
    const showing = page.locator('.count', { hasText: /showing 1 in [\d.,]+/ });
    // On and on: it says so for a second alone once nothing comes any more.
    while (samples < 3 || (await showing.count()) === 0) await bus.put(many, 'flood');
    await bus.put('slow', 'first');
    await messageRows(page, '"first"').waitFor();
    const { offset = 0 } = (await bus.put('slow', 'second')).channels[0] ?? {};
    for (const n of range(1, 20)) await bus.put('slow', { n });
    await messageRows(page, '{"n":20}').waitFor();
    const rows = (await rowTexts(page)).slice(0, 21).map((text) => Number(/ (\d{4,}) slow /.exec(text)?.[1]));
    expect(rows.at(-1)).toBe(offset);
    const grid = page.getByRole('grid');
    const gap = page.locator('.row-gap', { hasText: 'sample' });
    for (let top = 0; (await gap.count()) === 0; top += 600)
      await grid.evaluate((element, to) => element.scrollTo(0, to), top);
    expect(await gap.first().innerText()).toMatch(/[\d,]+ missed/);
    expect(complaints).toEqual([]);
  });
});
