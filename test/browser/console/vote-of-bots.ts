import { Bus } from '@zerospan/client';
import type { Browser, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { TcpProxy } from '../../support/proxy.ts';
import { until } from '../../support/until.ts';
import { freePort } from '../../support/zeromq.ts';
import { Serving } from '../serving.ts';
import { type Bot, Bots, botsOf } from './bots.ts';
import { openConsole } from './opening.ts';

/** Bots that never vote, and those that vote when the vote is over. */
const SILENT = 20;
const LATE = 15;

/** A vote is as long as ten rounds of all bots were when nothing was in their way, and at least this long, in ms. */
const LEAST_MS = 5_000;
const ROUNDS = 10;

/** All twenty names of a list are drawn. */
const TALL = { viewport: { width: 1280, height: 1100 } };

const isAnswer =
  (id: string) =>
  ({ message }: { message: unknown }) =>
    (message as { id?: unknown } | null)?.id === id && 'choice' in (message as object);

/**
 * A vote over `bus.poll`, whose connection is killed twice while the bots vote. The poll and the screen count the same,
 * and so does the link in another browser.
 */
export async function voteOfBots(browser: Browser, n: number): Promise<{ readonly roundMs: number }> {
  const bots = botsOf(n, { silent: SILENT, late: LATE });
  const port = await freePort();
  const proxy = await TcpProxy.before(`http://127.0.0.1:${port}/`);
  const server = await Serving.start(port, ['--origin', new URL(proxy.url).origin]);
  onTestFinished(() => server.stop('SIGKILL'));
  const all = await Bots.open(bots, server);
  onTestFinished(() => all.close());
  const bus = new Bus(`${proxy.url.replace('http', 'ws')}bus`, { random: () => 0 });
  onTestFinished(() => bus.close({ timeoutMs: 0 }));
  const channels = bots.map(({ channel }) => channel);
  const by = (manner: Bot['manner']): Bot[] => bots.filter((bot) => bot.manner === manner);

  // Opened before: a browser's first page takes seconds on a busy machine.
  const { page } = await openConsole(browser, proxy.url, { hash: '#/votes', ...TALL });

  // The question before: some of its answers come when the next one is asked.
  const begun = performance.now();
  const before = bus.poll(channels, { question: 'Ready?', id: 'before' }, { isAnswer: isAnswer('before') });
  await all.have('before', bots);
  const [straggler, ...others] = by('votes');
  await all.answer(others);
  const roundMs = performance.now() - begun;
  await before.close();

  const timeoutMs = Math.round(Math.max(LEAST_MS, ROUNDS * roundMs));
  const question = { question: 'Lunch?', options: ['yes', 'no', 'maybe', 'never'], id: 'lunch' };
  const poll = bus.poll(channels, question, { isAnswer: isAnswer('lunch'), timeoutMs });
  const { epoch, time, channels: put } = await poll.question;
  const at = `${epoch}_${Math.min(...put.map(({ offset }) => offset))}`;
  const link = `${proxy.url}#/votes?p=vote.&at=${at}&id=lunch&ms=${timeoutMs}`;
  await page.goto(link);
  const late = new Bus(`${server.url.replace('http', 'ws')}bus`);
  await late.put((straggler as Bot).channel, { id: 'before', choice: 'too late for the question before' });
  await late.close();
  await all.have('lunch', bots);
  const voters = by('votes');
  const third = Math.ceil(voters.length / 3);
  await all.answer(voters.slice(0, third));
  proxy.drop();
  await all.answer(voters.slice(third, 2 * third));
  proxy.drop();
  await all.answer(voters.slice(2 * third));
  await poll.done;
  // The poll counts its time from the call on, everybody else from the question in the log.
  await until('the end', async () => (await bus.put('clock', 'what time is it?')).time > time + timeoutMs);
  await all.answer(by('late'));

  const expected = new Map<string, number>();
  for (const { choice } of voters) expected.set(choice, (expected.get(choice) ?? 0) + 1);
  expect(poll.tally(({ message }) => (message as { choice: string }).choice)).toEqual(expected);
  expect(poll.answers.size).toBe(voters.length);
  await expect.poll(() => poll.late.length, { timeout: 30_000 }).toBe(LATE);
  const names = (some: readonly Bot[]): string[] => some.map(({ channel }) => channel).sort();
  expect(poll.late.map(({ channel }) => channel).sort()).toEqual(names(by('late')));
  const lateNames = new Set(names(by('late')));
  expect(poll.missing.filter((name) => !lateNames.has(name)).sort()).toEqual(names(by('silent')));
  expect(poll.unknown).toEqual([]);

  const shown = async (shower: Page): Promise<void> => {
    await expect
      .poll(() => summaryOf(shower), { timeout: 30_000 })
      .toEqual({
        bars: {
          yes: expected.get('yes'),
          no: expected.get('no'),
          maybe: expected.get('maybe'),
          never: 0,
        },
        lists: { Voted: voters.length, Late: LATE, Missing: SILENT },
      });
    await shower.getByRole('button', { name: 'Missing' }).click();
    expect(await namesIn(shower)).toEqual(names(by('silent')));
    await shower.getByRole('button', { name: 'Late' }).click();
    expect((await namesIn(shower)).sort()).toEqual(names(by('late')));
  };
  await shown(page);
  // Another person opens the link when all is over: nothing of it was seen by that page.
  const other = await openConsole(browser, proxy.url, { hash: new URL(page.url()).hash, ...TALL });
  await shown(other.page);
  return { roundMs };
}

/** What the screen says: votes by choice, and how many voters are in each list. */
export async function summaryOf(page: Page) {
  const rows = await page
    .locator('.bars tbody tr')
    .evaluateAll((all) =>
      all.map((row) => [
        row.querySelector('.choice')?.textContent ?? '',
        Number(row.querySelector('td')?.textContent?.replaceAll(',', '')),
      ]),
    );
  const chips = await page.getByRole('group', { name: 'Which voters' }).getByRole('button').allInnerTexts();
  const lists = chips.map((text) => /^(.*?)\s*([\d,]+)$/s.exec(text)?.slice(1) ?? [text, '']);
  return {
    bars: Object.fromEntries(rows) as Record<string, number>,
    lists: Object.fromEntries(
      lists.map(([name, size = '']) => [name, Number(size.replaceAll(',', ''))]),
    ) as object,
  };
}

async function namesIn(page: Page): Promise<string[]> {
  return page.locator('.voters-grid .grid-row > :first-child').allInnerTexts();
}
