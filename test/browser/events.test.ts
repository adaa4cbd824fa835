import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findChromium, launchChromium } from '../support/browser.ts';
import { range, testBus } from '../support/buses.ts';
import { FOR_NOW, RefusingApi } from '../support/refusing-api.ts';
import { available } from '../support/required.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

interface Seen {
  readonly event: string;
  readonly data: string;
}

declare global {
  var seenEvents: Seen[];
}

const executable = findChromium();

describe.runIf(available('chromium', executable))('EventSource of Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(executable as string);
  });
  afterAll(() => browser.close());

  /** A page of the server that keeps what an EventSource gives it. */
  async function listening(url: string, path: string): Promise<Page> {
    // What the page itself may connect to is not what is tested.
    const context = await browser.newContext({ bypassCSP: true });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(url);
    await page.evaluate((address) => {
      globalThis.seenEvents = [];
      const events = new EventSource(address);
      for (const event of ['position', 'publication', 'gap', 'error'])
        events.addEventListener(event, (message) => {
          const { data } = message as MessageEvent<unknown>;
          if (typeof data === 'string') globalThis.seenEvents.push({ event, data });
        });
    }, path);
    return page;
  }

  const seen = (page: Page, event: string): Promise<unknown[]> =>
    page.evaluate(
      (name) =>
        globalThis.seenEvents
          .filter((one) => one.event === name)
          .map(({ data }) => JSON.parse(data) as unknown),
      event,
    );

  // All at once in one test: each of them waits for the ten seconds that the server asks for.
  it('comes back by itself after each refusal that passes', async () => {
    const returns = FOR_NOW.map(async (why) => {
      const api = await RefusingApi.open(why);
      const page = await listening(api.url, 'v1/events?all');
      // On a busy machine it may have come back, and been refused again, before that is seen.
      const [refusal] = await until(`the refusal ${why}`, async () => {
        const refusals = await seen(page, 'error');
        return refusals.length > 0 && refusals;
      });
      expect(refusal).toMatchObject({ code: why });
      api.admit();
      await until(`its return after ${why}`, async () => (await seen(page, 'position')).length > 0, 40_000);
    });
    await Promise.all(returns);
  });

  it('reads publications on the page of the server, and returns to the server that takes the place of this one', async () => {
    const server = await testServer();
    const page = await listening(server.url, 'v1/events?channel=a&last=5');
    const bus = testBus(server.ws);
    await until('the stream', async () => (await seen(page, 'position')).length > 0);
    for (const n of range(1, 10)) await bus.put('a', n);
    await until('all of them', async () => (await seen(page, 'publication')).length === 10);
    const { port } = new URL(server.url);
    await server.stop();
    const next = await testServer({ port: Number(port) });
    await until('the gap', async () => (await seen(page, 'gap')).length === 1);
    await testBus(next.ws).put('a', 'again');
    await until('the next', async () => (await seen(page, 'publication')).length === 11);
    expect((await seen(page, 'publication')).at(-1)).toMatchObject({ epoch: next.epoch, offset: 1 });
  });
});
