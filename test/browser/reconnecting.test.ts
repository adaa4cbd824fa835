import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import { findChromium, launchChromium } from '../support/browser.ts';
import { range, testBus } from '../support/buses.ts';
import { TcpProxy } from '../support/proxy.ts';
import { available } from '../support/required.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { bundle } from './bundle.ts';
import type * as BusPage from './bus-page.ts';
import { RawPage } from './raw-page.ts';

declare const busPage: typeof BusPage;

const chromium = findChromium();

/** What can be asked of a page, whichever way it is spoken to. */
type Ask = <A, T>(action: (argument: A) => T, argument: A) => Promise<Awaited<T>>;

describe.runIf(available('chromium', chromium))('a page that was away, in chromium', () => {
  let browser: Browser;
  let script: string;
  let server: RunningServer;
  let proxy: TcpProxy;

  beforeAll(async () => {
    [script, browser] = await Promise.all([
      bundle('./bus-page.ts', 'busPage'),
      launchChromium(chromium as string),
    ]);
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    server = await testServer();
    proxy = await TcpProxy.before(server.ws);
  });

  /** Puts numbers, one after another, until it is told to stop; then answers the last. */
  function counting(): { readonly last: number; stop(): Promise<number> } {
    const bus = testBus(server.ws);
    let last = 0;
    let isOn = true;
    const done = (async () => {
      while (isOn) {
        await bus.put('room', last + 1);
        last += 1;
        // The pace of what goes by while the page is away; nothing is awaited by it.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    // A test that fails ends the bus over a put.
    done.catch(() => {});
    return {
      get last() {
        return last;
      },
      stop: async () => {
        isOn = false;
        await done;
        return last;
      },
    };
  }

  /** A bus in the page, and the numbers that it is given from the first on. */
  async function follow(ask: Ask, wishes: Omit<BusPage.Wishes, 'url'> = {}) {
    await ask((all) => busPage.begin(all), { url: proxy.url, ...wishes });
    const seen = () =>
      ask(() => {
        const { numbers, gaps, states, events } = busPage;
        return { numbers, gaps, states, events };
      }, undefined);
    const count = counting();
    await until('a first number', async () => (await seen()).numbers.length > 0);
    const toTheEnd = async () => {
      const last = await count.stop();
      await until('the last', async () => (await seen()).numbers.at(-1) === last);
      const all = await seen();
      expect(all.gaps).toEqual([]);
      expect(all.numbers).toEqual(range(1, last));
      return all;
    };
    return { seen, count, toTheEnd };
  }

  async function rawPage() {
    const page = await RawPage.open(browser, server.url);
    onTestFinished(() => page.close());
    await page.run(script);
    const ask: Ask = (action, argument) => page.evaluate(action, argument);
    return { page, ask };
  }

  it('standing still for longer than silence may last, while publications go by: it stays connected, and has each once (B5)', async () => {
    const { page, ask } = await rawPage();
    const { seen, count, toTheEnd } = await follow(ask, { times: { silenceMs: 2_000 } });
    const before = await seen();
    await page.pause();
    const stoodAt = count.last;
    await until('some seconds of them', () => count.last > stoodAt + 150);
    await page.goOn();
    expect(await toTheEnd()).toMatchObject({ states: before.states, events: [] });
    expect(proxy.accepted).toBe(1);
  });

  it('standing still while its connection dies without a word: it finds that seconds later, and misses nothing (B3, B5)', async () => {
    const { page, ask } = await rawPage();
    const { seen, count, toTheEnd } = await follow(ask, { times: { silenceMs: 2_000 } });
    const before = await seen();
    await page.pause();
    proxy.hold();
    const stoodAt = count.last;
    await until('some seconds of them', () => count.last > stoodAt + 150);
    await page.goOn();
    await until('another connection', () => proxy.accepted === 2);
    const { states, events } = await toTheEnd();
    expect(states).toEqual([...before.states, 'waiting', 'connecting', 'live']);
    expect(events).toEqual(['close 4001']);
  });

  it('frozen, and thawed without its connection: it is back at once, and has each once (E9)', async () => {
    const { page, ask } = await rawPage();
    // Of which it would draw all.
    const { count, toTheEnd } = await follow(ask, { times: { retrySpreadMs: 60_000 } });
    await page.freeze();
    const frozenAt = count.last;
    await until('some of them', () => count.last > frozenAt + 50);
    proxy.drop();
    await until('some more', () => count.last > frozenAt + 100);
    await page.thaw();
    await until('another connection', () => proxy.accepted === 2);
    expect((await toTheEnd()).events).toEqual(['freeze', 'resume']);
  });

  it('offline for so long that its next attempt is far off: it is back soon after the network is (E9)', async () => {
    const context = await browser.newContext({ bypassCSP: true });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(server.url);
    await page.addScriptTag({ content: script });
    const ask = ((action: (argument: unknown) => unknown, argument: unknown) =>
      page.evaluate(action, argument)) as Ask;
    const { seen, toTheEnd } = await follow(ask);
    await context.setOffline(true);
    proxy.cut();
    // 0.5 s, 1 s, 2 s and 4 s have been waited; the next wait is 8 s.
    const attempts = async () => (await seen()).states.filter((state) => state === 'connecting').length;
    await until('four attempts', async () => (await attempts()) === 4);
    await until('the wait after them', async () => (await seen()).states.at(-1) === 'waiting');
    proxy.restore();
    const restoredAt = performance.now();
    await context.setOffline(false);
    await until('it to be live', async () => (await seen()).states.at(-1) === 'live');
    expect(performance.now() - restoredAt).toBeLessThan(4_000);
    // Chromium, offline, may keep the end of a connection from the page: then the client finds it dead by asking (B4).
    const { events } = await toTheEnd();
    expect(events.filter((event) => event !== 'close 4001')).toEqual(['offline', 'online']);
  });
});
