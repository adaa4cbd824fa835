import type { Browser, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { Serving } from '../serving.ts';
import { Audience, channelsOf, crowdOf, type Kind, nameOn } from './audience-of-bots.ts';
import { openConsole } from './opening.ts';

/** A broadcast to `16 * n` channels, whose receipt names each client in its state. */
export async function receiptOfCrowd(browser: Browser, n: number): Promise<void> {
  const crowd = crowdOf(n);
  const { answering, stopped, behind, cut, nobody } = crowd;
  const silent = stopped + behind + cut;
  const sessions = answering + silent;
  // So high that all rows of the board are drawn.
  const viewport = { width: 1280, height: 600 + 30 * (sessions + nobody) };
  const server = await Serving.start();
  onTestFinished(() => server.stop('SIGKILL'));
  const audience = await Audience.open(server, crowd);
  const { page } = await openConsole(browser, server.url, { hash: '#/broadcast', viewport });
  await page.getByLabel('To', { exact: true }).fill(channelsOf(crowd).join('\n'));
  await page.getByRole('textbox', { name: 'Message' }).fill('{"show": "the exit"}');
  await page.getByLabel('Wait for answers for').fill('4');
  await page
    .getByText(`${sessions} sessions on ${sessions} channels match this, ${nobody} channels have nobody.`)
    .waitFor();
  audience.hold();
  await page.getByRole('button', { name: `Send to ${sessions + nobody} channels` }).click();
  await page.getByText('It is in the log. Waiting for answers').waitFor();
  audience.cut();
  const words = `${answering} of ${sessions} sessions have it, ${silent} did not answer, ${nobody} channels had nobody.`;
  await page.locator('.verdict', { hasText: words }).waitFor();

  expect(await chipsOf(page)).toMatchObject({
    'Has it': answering,
    'No answer': silent,
    'Away since': cut,
    Nobody: nobody,
  });
  const shown = async (chip: string): Promise<string[]> => {
    await page.getByRole('button', { name: chip }).click();
    return (await rowsOf(page)).map((row) => row.split(/ [✓…↷○]/)[0] ?? '').sort();
  };
  const named = (...kinds: Kind[]): string[] =>
    channelsOf(crowd, ...kinds)
      .map((channel) => `${channel} ${nameOn(channel)}`)
      .sort();
  expect(await shown('Has it')).toEqual(named('answering'));
  expect(await shown('No answer')).toEqual(named('stopped', 'behind', 'cut'));
  expect(await shown('Away since')).toEqual(named('cut'));
  expect(await shown('Nobody')).toEqual(channelsOf(crowd, 'nobody').map((channel) => `${channel} –`));

  await page.getByRole('button', { name: 'Send again …' }).click();
  await page.getByText(`${nobody} channels had nobody.`, { exact: true }).waitFor();
  await page.getByText('Nobody gets it a second time.').waitFor();
  await page.getByText(`${silent} channels are left alone`).waitFor();
  await page.getByRole('button', { name: 'Send again', exact: true }).click();
  await page
    .locator('.verdict', { hasText: `Nobody was there to answer, ${nobody} channels had nobody.` })
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
}

export const rowsOf = (page: Page): Promise<string[]> =>
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
