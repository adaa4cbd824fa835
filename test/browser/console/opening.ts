import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';

export const BUILT = fileURLToPath(new URL('../../../server/dist/page/', import.meta.url));

/** To be called before a browser is started. */
export function mustBeBuilt(): void {
  if (!existsSync(`${BUILT}index.html`))
    throw new Error('the console is not built: run "npm run build" first');
}

/** What chromium writes by itself when a server is gone; no script can keep it from that. */
const GONE = /WebSocket connection to .* failed|net::ERR_/;

/** A page with the console, until the test ends. */
export interface OpenedConsole {
  readonly page: Page;
  /** Errors and warnings of the page, those left out that chromium writes when a server is gone. */
  readonly complaints: readonly string[];
}

interface Opening extends BrowserContextOptions {
  /** `#/messages?c=room1`. Default: none, which is the first screen. */
  readonly hash?: string;
  /** Called before the page is opened: what is routed otherwise, or runs first. */
  readonly prepare?: (page: Page) => Promise<unknown>;
  /** Whether to wait for the connection. Default: true. */
  readonly isLive?: boolean;
}

export async function openConsole(
  browser: Browser,
  url: string,
  { hash = '', prepare, isLive = true, ...options }: Opening = {},
): Promise<OpenedConsole> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  // Shorter than a test may take, so that what was waited for stands in the report.
  page.setDefaultTimeout(100_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isOurs = message.type() === 'error' || message.type() === 'warning';
    if (isOurs && !GONE.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await prepare?.(page);
  await page.goto(url + hash);
  if (isLive) await standing(page, 'live');
  return { page, complaints };
}

/** Waits until the connection stands so. */
export async function standing(page: Page, expected: string): Promise<void> {
  await page.locator(`.connection[data-state="${expected}"]`).waitFor();
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** The rules that look at colours: no other can find more in one theme than in the other. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/** Fails where the rules of WCAG 2.2 AA that a program can check are broken, in the light and in the dark theme. */
export async function assertAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    // Where axe is in the page already, its half a megabyte is not read again.
    const isThere = await page.evaluate(() => 'axe' in globalThis);
    const axe = new AxeBuilder({ page, ...(isThere && { axeSource: 'globalThis.axe' }) })
      // What else is found, which nobody reads, is not described.
      .options({ resultTypes: ['violations'] })
      // The page has no frames: without this it would open another page for each run.
      .setLegacyMode(true);
    const { violations } = await (colorScheme === 'light'
      ? axe.withTags(RULES)
      : axe.withRules(COLOUR_RULES)
    ).analyze();
    const found = violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
    }));
    expect({ colorScheme, found }).toEqual({ colorScheme, found: [] });
  }
}

/** Fails where the page scrolls sideways at any of these widths. */
export async function assertFits(
  page: Page,
  widths: readonly number[] = [320, 360, 768, 1280, 2560],
): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    const is = await page.evaluate(() => document.documentElement.scrollWidth);
    expect({ width, is }).toEqual({ width, is: width });
  }
}

/** Puts a message by the form at the side of the messages. */
export async function putByForm(page: Page, channels: string, message: string): Promise<void> {
  const field = page.getByLabel('Channels', { exact: true });
  if (!(await field.isVisible())) await page.getByRole('button', { name: 'Put…' }).click();
  await field.fill(channels);
  await page.getByLabel('Message', { exact: true }).fill(message);
  await page.getByRole('button', { name: 'Put', exact: true }).click();
}

/** Rows of messages that contain a text. */
export function messageRows(page: Page, text = ''): ReturnType<Page['locator']> {
  return page.locator('.row-message', { hasText: text });
}

/** What stands in the rows of a table, from the top, in one line each. */
export async function rowTexts(page: Page): Promise<string[]> {
  const rows = await page.locator('.grid-row').evaluateAll((elements) =>
    elements
      .map((element) => ({
        at: Number(element.getAttribute('aria-rowindex')),
        text: (element as HTMLElement).innerText,
      }))
      .toSorted((one, other) => one.at - other.at)
      .map(({ text }) => text.replaceAll(/\s+/g, ' ')),
  );
  return rows;
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
