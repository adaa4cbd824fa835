import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GrantsClaim } from '../../../server/src/auth/tokens/claims.ts';
import { sign } from '../../../server/src/auth/tokens/sign.ts';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { range, testBus } from '../../support/buses.ts';
import { fileWith, testFolder } from '../../support/keys.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { SECRET, secret } from '../../support/tokens.ts';
import {
  assertAccessible,
  messageRows,
  mustBeBuilt,
  openConsole,
  putByForm,
  rowTexts,
  signIn,
  standing,
} from './opening.ts';

const chromium = findChromium();

function tokenOf(grants: GrantsClaim): Promise<string> {
  const about = { subject: 'ada', issuer: 'zerospan', audience: 'zerospan', lifeMs: 3_600_000 };
  return sign(secret(SECRET), { ...about, nowMs: Date.now(), grants });
}

describe.runIf(available('chromium', chromium))('the messages, in chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  const counted = (page: Page, words: string) => page.locator('.count', { hasText: words }).waitFor();
  const open = (url: string, query = '') => openConsole(browser, url, { hash: `#/messages${query}` });

  it('say what to do while nothing has come, by a command that is broken between words alone', async () => {
    const { url } = await testServer();
    const { page, complaints } = await open(url);
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
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
    }
    expect(await page.locator('#try').innerText()).toBe(
      `npx zerospan put room1 '"hello"' --url ${new URL('bus', url).href}`,
    );
    await assertAccessible(page);
    await putByForm(page, 'room1', '{"choice": "yes"}');
    await messageRows(page, '{"choice": "yes"}').waitFor();
    expect(await rowTexts(page)).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  it('show the answer for each channel of a put, and where nobody but the page itself listens', async () => {
    const { url, ws } = await testServer();
    const { page } = await open(url);
    const other = testBus(ws).subscribe('');
    await other.ready;
    const table = async (): Promise<string[]> =>
      (await page.locator('.counts tbody tr').allInnerTexts()).map((row) => row.replaceAll(/\s+/g, ' '));
    await putByForm(page, 'room1, room2\nroom1', '1');
    await page.getByText('Accepted on 2 channels').waitFor();
    // The server's own statistics take offsets as well.
    expect(await table()).toEqual([
      expect.stringMatching(/^room1 \d+ 2 0$/),
      expect.stringMatching(/^room2 \d+ 2 0$/),
    ]);
    await other.close();
    await putByForm(page, 'room3', '1');
    await page.locator('.counts', { hasText: 'room3' }).waitFor();
    expect(await table()).toEqual([expect.stringMatching(/^room3 only this page listens \d+ 1 0$/)]);
  });

  it('show the newest 200 of the log at once, count them apart from what comes, and read older ones when asked', async () => {
    const { url, ws } = await testServer();
    const bus = testBus(ws);
    // More of others than the first page holds, so that the newest offsets hold nothing of room1.
    for (const n of range(1, 250)) await bus.put('room1', n);
    await bus.put(
      range(1, 300).map((n) => `c${n}`),
      0,
    );
    const { page, complaints } = await open(url, '?c=room1');
    await counted(page, '200 shown, 200 from the log');
    expect((await rowTexts(page))[0]).toMatch(/ 250 room1 250 3 B$/);
    await bus.put('room1', '"live"');
    await counted(page, '201 shown, 200 from the log, 1 received');
    const grid = page.getByRole('grid');
    await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await page.getByText('Show older messages').click();
    await counted(page, '251 shown, 250 from the log');
    await page.getByText('Show older messages').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  it('hold still while they are paused, scrolled or open, and show what came meanwhile when they go on', async () => {
    const { url, ws } = await testServer();
    const bus = testBus(ws);
    for (const n of range(1, 100)) await bus.put('room1', n);
    const { page } = await open(url);
    await counted(page, '100 shown');
    const [pause, resume] = [
      page.getByRole('button', { name: 'Pause' }),
      page.getByRole('button', { name: 'Resume' }),
    ];
    await pause.click();
    await bus.put('room2', 'new');
    await page.getByRole('button', { name: 'Resume · 1 new' }).click();
    await messageRows(page, 'room2').waitFor();
    const grid = page.getByRole('grid');
    await grid.evaluate((element) => element.scrollTo(0, 400));
    await resume.waitFor();
    await grid.evaluate((element) => element.scrollTo(0, 0));
    await pause.waitFor();
    await messageRows(page, 'room2').click();
    await resume.waitFor();
    await page.getByRole('heading', { name: 'room2' }).waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await pause.waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await counted(page, '0 shown');
    await bus.put('room3', 'after');
    await messageRows(page, 'room3').waitFor();
    expect(await messageRows(page).count()).toBe(1);
  });

  it('are filtered by a text or by what lies at a path, and saved as lines', async () => {
    const { url, ws } = await testServer();
    const bus = testBus(ws);
    for (const choice of ['yes', 'no', 'yes']) await bus.put(['vote.a', 'vote.b'], { choice });
    await bus.put('room1', 'first');
    const { page } = await open(url);
    await counted(page, '7 shown');
    const filter = page.getByLabel('Filter: text, or path = value');
    await filter.fill('vote.b');
    await counted(page, '3 shown by the filter');
    await filter.fill('choice = yes');
    await counted(page, '4 shown by the filter');
    expect(new URL(page.url()).hash).toBe('#/messages?f=choice+%3D+yes');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ]);
    const saved = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n');
    expect(saved.map((line) => JSON.parse(line) as unknown)).toEqual(
      [1, 2, 5, 6].map((offset) => expect.objectContaining({ offset, message: { choice: 'yes' } })),
    );
    await page.reload();
    await counted(page, '4 shown by the filter');
    await filter.fill('Vote');
    await page.getByText('No message here fits Vote').waitFor();
  });

  it('hand the focus over before the next key, however soon that is pressed', async () => {
    const { url, ws } = await testServer();
    const bus = testBus(ws);
    for (const n of range(1, 9)) await bus.put('room1', { n });
    const { page } = await openConsole(browser, url, {
      hash: '#/messages',
      viewport: { width: 360, height: 740 },
    });
    await counted(page, '9 shown');
    // Pressed in the page itself, so that it draws nothing in between: what has the focus after each key?
    const focused = await page.evaluate(
      async (keys) => {
        const found: (string | null | undefined)[] = [];
        for (const key of keys) {
          const at = document.activeElement;
          at?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
          await Promise.resolve();
          found.push(document.activeElement?.textContent);
        }
        return found;
      },
      ['j', 'ArrowDown', 'Enter', 'Escape', 'End'],
    );
    expect(focused).toEqual([
      expect.stringMatching(/room1\{"n":9\}/),
      expect.stringMatching(/room1\{"n":8\}/),
      'room1',
      expect.stringMatching(/room1\{"n":8\}/),
      expect.stringMatching(/room1\{"n":1\}/),
    ]);
  });

  it.each([
    ['history too', { history: ['room1'] }, '9 shown, 9 from the log', undefined],
    ['no history', {}, '1 shown, 1 received', 'Your token grants no history, so this begins now.'],
  ])('show what a token grants: %s', async (_, grants, words, note) => {
    // Without a window everything is history.
    const auth = { keys: [fileWith(testFolder(), 'key', SECRET)], resumeWindowMs: 0 };
    const { url, ws } = await testServer({ auth });
    const token = await tokenOf({ subscribe: ['room1'], put: [{ prefix: '' }], ...grants });
    const bus = testBus(ws, { token: () => token });
    for (const n of range(1, 9)) await bus.put(['room1', `c${n}`], n);
    const { page } = await openConsole(browser, url, { hash: '#/messages', isLive: false });
    await signIn(page, token);
    await standing(page, 'live');
    if (note !== undefined) {
      await page.getByText(note).waitFor();
      await bus.put('room1', 'live');
    }
    await counted(page, words);
    expect((await rowTexts(page)).filter((text) => !text.includes('room1'))).toEqual(
      note === undefined ? [] : [note],
    );
    // No more is offered than the token allows.
    expect(await page.getByRole('navigation').getByRole('link', { name: 'Overview' }).count()).toBe(0);
  });
});
