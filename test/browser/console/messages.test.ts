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
  assertFits,
  messageRows,
  mustBeBuilt,
  openConsole,
  putByForm,
  rowTexts,
  signIn,
  standing,
} from './opening.ts';

const chromium = findChromium();

const position = (epoch: string, offset: number): string => `${epoch}_${String(offset).padStart(16, '0')}`;

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
    while (samples < 3) await bus.put(many, 'flood');
    await page.locator('.count', { hasText: /showing 1 in [\d.,]+/ }).waitFor();
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
