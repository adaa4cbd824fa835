import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findChromium, launchChromium } from '../support/browser.ts';
import { endsWithUs, OWN_GROUP } from '../support/children.ts';
import { withExamples } from '../support/examples.ts';
import { available } from '../support/required.ts';
import { Program, SHELL_TEST_MS, type Shell } from '../support/shell.ts';
import { snippet } from '../support/snippets.ts';

const chromium = findChromium();
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a script of the example where it is, with the packages of this repository, and the server of a shell. */
function inRepository(shell: Shell, line: string): Program {
  const [command = '', ...args] = line.split(' ');
  const env = { ...process.env, NO_COLOR: '1', VITE_BUS: shell.own('ws://127.0.0.1:8080/bus') };
  const child = spawn(command, args, { ...OWN_GROUP, cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env });
  const program = new Program(endsWithUs(child));
  onTestFinished(() => program.stop('SIGKILL'));
  return program;
}

describe.runIf(available('chromium', chromium))('examples/votes', { timeout: SHELL_TEST_MS }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser.close());

  async function open(url: string): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 360, height: 800 } });
    onTestFinished(() => page.close());
    page.setDefaultTimeout(100_000);
    await page.goto(url);
    return page;
  }

  /** Rows of a list, each in one line. */
  const rows = async (page: Page, list: string): Promise<string[]> =>
    (await page.locator(`${list} li`).allInnerTexts()).map((row) => row.replaceAll(/\s+/g, ' '));

  it('shows the votes of the demo and of bots, over a reload, and why it shows nothing new', async () => {
    const shell = await withExamples();
    const lines = snippet('examples/votes/README.md', 'sh', 'A dashboard of your own').trimEnd().split('\n');
    const demo = shell.start(`${lines[0]} --pace-ms 400`);
    const development = inRepository(shell, `${lines[1]} -- --port ${shell.own('5173')} --strictPort`);
    await Promise.all([demo.says('Round 1'), development.says('Local:')]);
    const dashboard = await open(shell.own('http://localhost:5173/'));
    // Opened between two questions, it knows neither.
    await dashboard.locator('h1', { hasText: '?' }).waitFor();
    await demo.says(await dashboard.locator('h1').innerText());
    await dashboard.getByText('12 of 12 have voted').waitFor();
    expect(await rows(dashboard, '#voters')).toHaveLength(12);
    await dashboard.close();

    const bots = shell.start('node examples/bots/bot.js vote.ann vote.bob');
    await bots.says('ready to vote');
    const page = await open(shell.own('http://localhost:5173/?prefix=vote.'));
    const answers = (await shell.run(`node examples/bots/ask.js 'Lunch?' vote.ann vote.bob`)).split('\n');
    const votes = answers
      .filter((line) => line.startsWith('vote.'))
      .map((line) => line.slice('vote.'.length));
    await page.getByText('2 of 2 have voted').waitFor();
    expect(await page.locator('h1').innerText()).toBe('Lunch?');
    const names = votes.map((vote) => vote.replace(':', ''));
    expect(await rows(page, '#voters')).toEqual(names.toSorted());
    const count = (choice: string): number => votes.filter((vote) => vote.endsWith(choice)).length;
    expect(await rows(page, '#result')).toEqual(
      ['yes', 'no'].map((choice) => `${choice} ${count(choice)} · ${count(choice) * 50} %`),
    );

    await shell.run(`npx zerospan put vote.eve 'null'`);
    await page.getByText('2 of 3 have voted').waitFor();
    await page.reload();
    await page.getByText('2 of 3 have voted').waitFor();
    expect(await rows(page, '#voters')).toEqual([...names, 'eve …'].toSorted());
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);

    await demo.stop();
    await page.locator('#status', { hasNotText: 'Live' }).waitFor();
    expect(await rows(page, '#voters')).toHaveLength(3);
  });

  it('builds, with its own settings of the compiler', async () => {
    const build = inRepository(await withExamples(), 'npm run build -w examples/votes');
    expect({ code: await build.ended, written: build.written }).toMatchObject({ code: 0 });
  });
});
