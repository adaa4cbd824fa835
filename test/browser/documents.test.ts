import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { findChromium, launchChromium } from '../support/browser.ts';
import { available } from '../support/required.ts';
import { SHELL_TEST_MS, Shell } from '../support/shell.ts';
import { snippet, snippets } from '../support/snippets.ts';

const chromium = findChromium();

describe.runIf(available('chromium', chromium))('what README shows of browsers', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser.close());

  it('shows messages on a page of a development server', { timeout: SHELL_TEST_MS }, async () => {
    const shell = await Shell.open();
    const [, , , , serve = '', vite = ''] = snippets('README.md', 'sh', 'A first message');
    shell.save('first.html', snippet('README.md', 'html', 'A first message'));
    // The packages are links out of this folder; in a clone of the repository they lie inside.
    shell.save('vite.config.mjs', 'export default { server: { fs: { strict: false } } };');
    await shell.serve(serve);
    const development = shell.start(`${vite.trimEnd()} --strictPort`);
    await development.says('Local:');
    await shell.run('npx zerospan put room1 \'"hello"\'');
    const page = await browser.newPage();
    await page.goto(shell.own('http://localhost:5173/first.html'));
    await page.getByText('room1 "hello"').waitFor();
    await shell.run('npx zerospan put room1 \'"again"\'');
    await page.getByText('room1 "again"').waitFor();
    await page.close();
  });
});
