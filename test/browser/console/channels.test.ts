import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { range, testBus } from '../../support/buses.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';
import { assertAccessible, assertFits, mustBeBuilt, openConsole } from './opening.ts';

const chromium = findChromium();

describe.runIf(available('chromium', chromium))('overview and channels, in chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  const row = (page: Page, name: string) => page.getByRole('row', { name });

  it('show every channel as a tree with rates and listeners, worked by keyboard alone', async () => {
    const { url, ws } = await testServer();
    const bus = testBus(ws, { name: 'lights' });
    await bus.subscribe({ prefix: 'vote.' }).ready;
    for (const n of range(1, 3)) {
      const { time } = await bus.put(['vote.hall', 'vote.kitchen.a', 'room1'], { n, choice: 'yes' });
      // Of one moment a plot shows the last alone.
      await until('the next moment', () => Date.now() > time);
    }
    const { page, complaints } = await openConsole(browser, url, { hash: '#/channels' });
    await row(page, 'room1').getByText('{"n":3').waitFor();
    await row(page, 'vote.').getByText('2 channels').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowRight');
    await row(page, 'kitchen.').waitFor();
    // Into it, and it opens; down to its only channel, and the way back closes both.
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.locator('[role="row"][aria-level="3"]').waitFor();
    await page.keyboard.press('ArrowDown');
    for (const _ of range(1, 4)) await page.keyboard.press('ArrowLeft');
    await row(page, 'hall').waitFor({ state: 'detached' });
    await page.keyboard.press('ArrowRight');
    await row(page, 'hall').waitFor();
    expect(await row(page, 'hall').getAttribute('aria-level')).toBe('2');
    await page.keyboard.press('End');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    const side = page.locator('.side');
    await side.getByRole('heading', { name: 'vote.hall' }).waitFor();
    expect(new URL(page.url()).hash).toBe('#/channels?c=vote.hall&o=vote.');
    await side.getByText('lights').waitFor();
    await side.getByText('n: 3', { exact: true }).waitFor();
    await side.getByText('2 → 3').waitFor();
    await side.getByText('n: 3 values in').waitFor();
    await side.locator('.plot canvas').waitFor();
    await bus.put('vote.hall', { n: 4, choice: 'no' });
    await side.getByText('3 → 4').waitFor();
    await side.getByText('"yes" → "no"').waitFor();
    await assertAccessible(page);
    await assertFits(page);
    await page.setViewportSize({ width: 1280, height: 800 });
    await side.getByText('Put here').click();
    await side.getByLabel('Message', { exact: true }).fill('{"n":5}');
    await side.getByRole('button', { name: 'Put', exact: true }).click();
    await side.getByText('4 → 5').waitFor();
    await side.getByRole('button', { name: 'Pin' }).click();
    await page.keyboard.press('Escape');
    await page.reload();
    await page.locator('[role="row"][aria-level="2"]', { hasText: 'hall' }).waitFor();
    await page.locator('.grid-row', { hasText: '★vote.hall' }).getByText('{"n":5}').waitFor();
    expect(complaints).toEqual([]);
  });

  it('read windows of 3,000 channels alone, wherever one scrolls', async () => {
    const { url, ws } = await testServer();
    const bus = testBus(ws);
    for (const thousand of range(0, 2))
      await bus.put(
        range(0, 999).map((n) => `c${String(1_000 * thousand + n).padStart(4, '0')}`),
        thousand,
      );
    const asked: string[] = [];
    const { page } = await openConsole(browser, url, {
      hash: '#/channels',
      prepare: async (fresh) =>
        fresh.on('request', (request) => {
          if (request.url().includes('/v1/channels')) asked.push(request.url());
        }),
    });
    const grid = page.getByRole('treegrid', { name: 'Channels' });
    await row(page, 'c0000').waitFor();
    expect(await grid.getAttribute('aria-rowcount')).toBe('3001');
    await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await row(page, 'c2999').waitFor();
    expect(await row(page, 'c2999').getAttribute('aria-setsize')).toBe('3000');
    expect(await page.getByRole('row').count()).toBeLessThan(60);
    expect(asked.every((text) => text.includes('limit=100'))).toBe(true);
    await page.getByLabel('Search in names').fill('C123');
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('11');
    await page.getByLabel('Search in names').fill('nowhere');
    await page.getByText('No channel has this in its name.').waitFor();
  });

  it('answer whether anything is lost, slow or refused, and grey what is no longer of this moment', async () => {
    const server = await testServer();
    const bus = testBus(server.ws);
    await bus.put('room1', 1);
    const { page, complaints } = await openConsole(browser, server.url, { hash: '#/overview' });
    const answer = (question: string) => page.locator('.answer-card', { hasText: question });
    await answer('Was anything lost?').getByText('No.', { exact: true }).waitFor();
    await answer('Who is slow?').getByText('2 sessions, all of them live.').waitFor();
    await answer('What is refused?').getByText('Nothing.', { exact: true }).waitFor();
    await answer('Does ZeroMQ flow?').getByText('No ZeroMQ program is connected.').waitFor();
    await page.getByText('You can be away for 10 min').waitFor();
    await expect(bus.put('$own', 1)).rejects.toThrow();
    await bus.put('room1', 2);
    const response = await fetch(`${server.url}v1/put?channel=room1`, { method: 'POST', body: 'no JSON' });
    expect(response.status).toBe(400);
    await answer('What is refused?').getByText('in the last minute.').waitFor();
    await assertAccessible(page);
    await assertFits(page);
    await server.stop();
    await page.getByText(/as it was \d+ .* ago/).waitFor();
    await assertAccessible(page);
    expect(complaints).toEqual([]);
  });
});
