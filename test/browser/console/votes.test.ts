import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { testBus } from '../../support/buses.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { Serving } from '../serving.ts';
import { assertAccessible, assertFits, mustBeBuilt, openConsole } from './opening.ts';
import { tabTo } from './tab-to.ts';
import { summaryOf, voteOfBots } from './vote-of-bots.ts';

const chromium = findChromium();

describe.runIf(available('chromium', chromium))('votes in the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  it('are those of bus.poll over two kills of the connection, and the same in another browser', async () => {
    // A thousand bots vote in test/long.
    await voteOfBots(browser, 120);
  });

  it('are asked for and read by keyboard alone, from form to wall', async () => {
    const server = await testServer();
    const bus = testBus(server.ws);
    const channels = ['vote.ann', 'vote.bob', 'vote.cy'];
    await bus.put(channels, 'here');
    const voters = bus.subscribe(channels.slice(0, 2));
    voters.on('publication', ({ channel, message }) => {
      const { id, options } = (message ?? {}) as { id?: string; options?: string[] };
      if (options) void bus.put(channel, { id, choice: channel === 'vote.ann' ? options[1] : 'perhaps' });
    });
    await voters.ready;
    const { page } = await openConsole(browser, server.url);
    await page.keyboard.press('g');
    await page.keyboard.press('v');
    await page.getByRole('heading', { name: 'Ask a question' }).waitFor();
    await tabTo(page, 'Or all that begin with');
    await page.keyboard.type('vote.');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Add 3 channels' }).waitFor();
    await tabTo(page, 'Add 3 channels');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Question');
    await page.keyboard.type('Lunch?');
    await tabTo(page, 'Choices');
    await page.keyboard.type('yes, no');
    await page.keyboard.press('Enter');
    const done = { bars: { yes: 0, no: 1, perhaps: 1 }, lists: { Voted: 2, Missing: 1 } };
    await expect.poll(() => summaryOf(page), { timeout: 30_000 }).toEqual(done);
    await tabTo(page, 'Missing');
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: 'vote.cy' }).waitFor();
    await tabTo(page, 'Full screen');
    await page.keyboard.press('Enter');
    const wall = page.getByRole('dialog');
    await wall.getByRole('heading', { name: 'Lunch?' }).waitFor();
    expect(new URL(page.url()).hash).toContain('wall=1');
    // Its one button has the focus.
    await page.keyboard.press('Enter');
    await wall.waitFor({ state: 'detached' });
    const opener = page.getByRole('button', { name: 'Full screen' });
    expect(await opener.evaluate((button) => button === document.activeElement)).toBe(true);
  });

  it('say so where the log no longer has them, and where a message is none', async () => {
    const server = await testServer({ log: { bytes: 4_096, lastBytes: 4_096 } });
    const bus = testBus(server.ws);
    const question = { question: 'Lunch?', id: 'q' };
    const { epoch, channels } = await bus.put(['vote.ann', 'vote.bob'], question);
    await bus.put('vote.ann', { id: 'q', choice: 'yes' });
    const filler = 'x'.repeat(1_000);
    for (let n = 0; n < 8; n++) await bus.put('vote.bob', { id: 'other', filler });
    await bus.put('vote.bob', { id: 'q', comment: 'no choice here' });
    const at = `${epoch}_${channels[0]?.offset}`;
    const hash = `#/votes?c=vote.ann&c=vote.bob&at=${at}&id=q&ms=60000`;
    const { page } = await openConsole(browser, server.url, { hash });
    await page.getByText('The question is no longer in the log').waitFor();
    await page.getByText('1 message without a choice at “choice”').waitFor();
    // The last message of each channel is kept longer than the others.
    const kept = { bars: { yes: 1 }, lists: { Voted: 1, 'Not known': 1 } };
    await expect.poll(() => summaryOf(page)).toEqual(kept);
    await assertAccessible(page);
  });

  it('say so where nobody knows whether the question was put', async () => {
    const server = await Serving.start();
    onTestFinished(() => server.stop('SIGKILL'));
    const bus = testBus(`${server.url.replace('http', 'ws')}bus`);
    // The answer to the put is lost on its way.
    const prepare = (page: Page): Promise<void> =>
      page.routeWebSocket(/\/bus$/, (near) => {
        const far = near.connectToServer();
        far.onMessage((message) => {
          if (!String(message).startsWith('{"accepted"')) near.send(message);
        });
      });
    const { page } = await openConsole(browser, server.url, { hash: '#/votes', prepare });
    const asked = bus.subscribe('vote.ann');
    await page.getByLabel('Whom').fill('vote.ann vote.bob');
    await page.getByLabel('Question', { exact: true }).fill('Lunch?');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    expect((await asked.get({ block: true }))?.message).toMatchObject({ question: 'Lunch?' });
    await server.stop('SIGKILL');
    const next = await Serving.start(server.port);
    onTestFinished(() => next.stop('SIGKILL'));
    await page.getByText('It is not known whether the question was put.').waitFor();
    await page.getByText('The server has begun a new log.').waitFor();
    await page.getByRole('button', { name: 'Change' }).click();
    await page.getByRole('heading', { name: 'Ask a question' }).waitFor();
    expect(await page.getByLabel('Whom').inputValue()).toBe('vote.ann\nvote.bob');
  });

  it('show whatever comes as text, fit at every width, and have nothing for axe to find', async () => {
    const server = await testServer();
    const bus = testBus(server.ws);
    const nasty = `vote.<img/src=x>${'w'.repeat(200)}`;
    const choices = ['<b>bold</b>', '\u202egnp.exe', 'z'.repeat(60_000), { deep: [1, null] }, ''];
    const { epoch, channels } = await bus.put(
      choices.map((_, at) => `${nasty}${at}`),
      { question: `<script>alert(1)</script>\u202e${'q'.repeat(1_000)}`, id: 'q' },
    );
    for (const [at, choice] of choices.entries()) await bus.put(`${nasty}${at}`, { id: 'q', choice });
    const hash = `#/votes?p=vote.&at=${epoch}_${channels[0]?.offset}&id=q`;
    const { page, complaints } = await openConsole(browser, server.url, { hash });
    await expect.poll(async () => (await summaryOf(page)).lists).toEqual({ Voted: 5 });
    expect(await page.locator('.votes b, .votes script, .votes img').count()).toBe(0);
    await page.getByText('<b>bold</b>').first().waitFor();
    await assertAccessible(page);
    await assertFits(page);
    await page.goto(`${server.url}#/votes`);
    await page.getByRole('heading', { name: 'Ask a question' }).waitFor();
    await assertAccessible(page);
    await assertFits(page);
    expect(complaints).toEqual([]);
  });
});
