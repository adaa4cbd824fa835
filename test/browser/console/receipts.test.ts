import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { testBus } from '../../support/buses.ts';
import { available } from '../../support/required.ts';
import { Serving } from '../serving.ts';
import {
  ALL_CHANNELS,
  Audience,
  CROWD,
  channelsOf,
  fillWindows,
  type Kind,
  nameOn,
} from './audience-of-bots.ts';
import { assertAccessible, mustBeBuilt, openConsole } from './opening.ts';

const chromium = findChromium();

/** So high that all rows of the board are drawn. */
const VERY_TALL = { viewport: { width: 1280, height: 6_500 } };

describe.runIf(available('chromium', chromium))('the receipt of a broadcast in the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  it('names each client in its state, and is sent again to those alone who will not get it', async () => {
    const server = await Serving.start();
    onTestFinished(() => server.stop('SIGKILL'));
    const audience = await Audience.open(server);
    const { page } = await openConsole(browser, server.url, { hash: '#/broadcast', ...VERY_TALL });
    await page.getByLabel('To', { exact: true }).fill(ALL_CHANNELS.join('\n'));
    await page.getByRole('textbox', { name: 'Message' }).fill('{"show": "the exit"}');
    await page.getByLabel('Wait for answers for').fill('4');
    await page.getByText('150 sessions on 150 channels match this, 50 channels have nobody.').waitFor();
    audience.hold();
    await page.getByRole('button', { name: 'Send to 200 channels' }).click();
    await page.getByText('It is in the log. Waiting for answers').waitFor();
    audience.cut();
    const words = '120 of 150 sessions have it, 30 did not answer, 50 channels had nobody.';
    await page.locator('.verdict', { hasText: words }).waitFor();

    expect(await chipsOf(page)).toMatchObject({
      'Has it': CROWD.answering,
      'No answer': CROWD.stopped + CROWD.behind + CROWD.cut,
      'Away since': CROWD.cut,
      Nobody: CROWD.nobody,
    });
    const shown = async (chip: string): Promise<string[]> => {
      await page.getByRole('button', { name: chip }).click();
      return (await rowsOf(page)).map((row) => row.split(/ [✓…↷○]/)[0] ?? '').sort();
    };
    const named = (...kinds: Kind[]): string[] =>
      kinds.flatMap((kind) => channelsOf(kind).map((channel) => `${channel} ${nameOn(channel)}`)).sort();
    expect(await shown('Has it')).toEqual(named('answering'));
    expect(await shown('No answer')).toEqual(named('stopped', 'behind', 'cut'));
    expect(await shown('Away since')).toEqual(named('cut'));
    expect(await shown('Nobody')).toEqual(channelsOf('nobody').map((channel) => `${channel} –`));

    await page.getByRole('button', { name: 'Send again …' }).click();
    await page.getByText('50 channels had nobody.', { exact: true }).waitFor();
    await page.getByText('Nobody gets it a second time.').waitFor();
    await page.getByText('30 channels are left alone').waitFor();
    await page.getByRole('button', { name: 'Send again', exact: true }).click();
    await page
      .locator('.verdict', { hasText: 'Nobody was there to answer, 50 channels had nobody.' })
      .waitFor();

    // They come back, and get it from the log; the others are explained.
    await page.getByRole('button', { name: 'Show' }).click();
    audience.restore();
    const said = async (kind: Kind): Promise<Set<string>> => {
      await page.getByRole('button', { name: 'Check again' }).click();
      const rows = (await rowsOf(page)).filter((row) => row.startsWith(`panel.${kind}-`));
      return new Set(rows.map((row) => row.split(/ [✓…↷○] /)[1] ?? ''));
    };
    const checked = { timeout: 30_000 };
    await expect.poll(() => said('cut'), checked).toEqual(new Set(['Has it by now']));
    await expect.poll(() => said('stopped'), checked).toEqual(new Set(['No answer; was sent it']));
    await expect
      .poll(() => said('behind'), checked)
      .toEqual(new Set(['Behind; gets it when it has read so far']));
  });

  it('says who skipped it and why, and before it is sent again who gets it twice', async () => {
    const server = await Serving.start();
    onTestFinished(() => server.stop('SIGKILL'));
    const ws = `${server.url.replace('http', 'ws')}bus`;
    const ann = testBus(ws, { name: 'Ann' }).subscribe('room1');
    ann.on('publication', () => {});
    const bus = testBus(ws, { name: 'Bob' });
    const bob = bus.subscribe('room1');
    const flood = bus.subscribe('flood', { queue: { whenFull: 'wait' } });
    await Promise.all([ann.ready, bob.ready, flood.ready]);
    await fillWindows(server, ['flood']);
    const { page } = await openConsole(browser, server.url, { hash: '#/broadcast' });
    await page.getByLabel('To', { exact: true }).fill('room1 room2');
    await page.getByRole('textbox', { name: 'Message' }).fill('1');
    await page.getByRole('button', { name: 'Send to 2 channels' }).click();
    await page.getByText('It is in the log. Waiting for answers').waitFor();
    // Behind as it is, it has not been sent the message yet.
    await bob.close();
    const words = '1 of 2 sessions have it, 1 skipped it, 1 channel had nobody.';
    await page.locator('.verdict', { hasText: words }).waitFor();
    expect((await rowsOf(page)).slice(0, 1)).toEqual(['room1 Bob ✕ Skipped: unsubscribed']);
    await page.getByRole('button', { name: 'Send again …' }).click();
    await page.getByText('On 1 channel a session skipped it.').waitFor();
    await page.getByText('1 client gets it a second time: Ann on room1.').waitFor();
    await page.getByRole('button', { name: 'Send again', exact: true }).click();
    await page.locator('.verdict', { hasText: '1 of 1 session has it, 1 channel had nobody.' }).waitFor();
    await assertAccessible(page);
  });
});

const rowsOf = (page: Page): Promise<string[]> =>
  page
    .locator('.receipt-grid .grid-row')
    .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent).join(' ')));

/** What the chips above the board say, by their titles. */
async function chipsOf(page: Page): Promise<Record<string, number>> {
  const texts = await page.getByRole('group', { name: 'Which of them' }).getByRole('button').allInnerTexts();
  return Object.fromEntries(
    texts.flatMap((text) => {
      const [, title, size] = /^(.*?)\s*([\d,]+)$/s.exec(text) ?? [];
      return title === undefined || size === undefined ? [] : [[title, Number(size.replaceAll(',', ''))]];
    }),
  );
}
