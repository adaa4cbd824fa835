import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { GrantsClaim } from '../../server/src/auth/tokens/claims.ts';
import { sign } from '../../server/src/auth/tokens/sign.ts';
import { findChromium, launchChromium } from '../support/browser.ts';
import { range, testBus } from '../support/buses.ts';
import { fileWith, testFolder } from '../support/keys.ts';
import { available } from '../support/required.ts';
import { testServer } from '../support/server.ts';
import { SECRET, secret } from '../support/tokens.ts';
import { until } from '../support/until.ts';

declare global {
  var source: EventSource;
  /** Each event in short: an offset, or its name with the code of its problem. */
  var seenStory: (number | string)[];
}

const CLOSED = 2;
const executable = findChromium();

function tokenOf(grants: GrantsClaim): Promise<string> {
  const about = { subject: 'ada', issuer: 'zerospan', audience: 'zerospan', lifeMs: 3_600_000 };
  return sign(secret(SECRET), { ...about, nowMs: Date.now(), grants });
}

function idOf(token: string): string {
  const [, claims = ''] = token.split('.');
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string }).jti;
}

/** A server that requires tokens, and a page of it without one. */
async function guarded(browser: Browser) {
  const server = await testServer({ auth: { keys: [fileWith(testFolder(), 'key', SECRET)] } });
  const [admin, putter] = await Promise.all([tokenOf({ admin: true }), tokenOf({ put: ['room1'] })]);
  const bus = testBus(server.ws, { token: () => putter });
  // What the page itself may connect to is not what is tested.
  const context = await browser.newContext({ bypassCSP: true });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(server.url);
  return {
    page,
    puts: async (from: number, to: number): Promise<void> => {
      for (const n of range(from, to)) await bus.put('room1', n);
    },
    /** The status of a request of the page, with the code of its problem. */
    requests: (method: string, path: string, headers: Record<string, string> = {}): Promise<string> =>
      page.evaluate(
        async ([url, init]) => {
          const answer = await fetch(url, init);
          const text = await answer.text();
          return `${answer.status} ${text && (JSON.parse(text) as { code: string }).code}`.trim();
        },
        [path, { method, headers }] as const,
      ),
    revoke: async (token: string): Promise<void> => {
      const { status } = await fetch(new URL('admin/revocations', server.url), {
        method: 'POST',
        headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
        body: JSON.stringify({ token: idOf(token) }),
      });
      expect(status).toBe(204);
    },
  };
}

/** Opens an EventSource that keeps what it is given. */
function listen(page: Page): Promise<void> {
  return page.evaluate(() => {
    globalThis.seenStory = [];
    globalThis.source = new EventSource('v1/events?channel=room1');
    for (const name of ['publication', 'gap', 'error'])
      globalThis.source.addEventListener(name, (event) => {
        const { data } = event as MessageEvent<unknown>;
        const about =
          typeof data === 'string' ? (JSON.parse(data) as { offset?: number; code?: string }) : {};
        globalThis.seenStory.push(
          name === 'publication' ? (about.offset ?? 0) : `${name} ${about.code ?? ''}`.trim(),
        );
      });
  });
}

const isOpen = (page: Page): Promise<boolean> => page.evaluate(() => globalThis.source.readyState === 1);
const readyState = (page: Page): Promise<number> => page.evaluate(() => globalThis.source.readyState);
const story = (page: Page): Promise<(number | string)[]> => page.evaluate(() => globalThis.seenStory);
const offsets = async (page: Page): Promise<unknown[]> =>
  (await story(page)).filter((each) => typeof each === 'number');

describe.runIf(available('chromium', executable))(
  'EventSource of Chromium with the cookie of a session',
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchChromium(executable as string);
    });
    afterAll(() => browser.close());

    it('receives each publication once and in order, also where the server cuts it and its page renews its session', async () => {
      const { page, puts, requests, revoke } = await guarded(browser);
      const tokens = await Promise.all(range(1, 3).map(() => tokenOf({ subscribe: ['room1'] })));
      const session = (token = ''): Promise<string> =>
        requests('POST', 'v1/session', { authorization: `Bearer ${token}` });
      expect(await session(tokens[0])).toBe('204');
      // No script reads it.
      expect(await page.evaluate(() => document.cookie)).toBe('');
      await listen(page);
      await until('the stream', () => isOpen(page));
      await puts(1, 20);
      await until('all of them', async () => (await offsets(page)).length === 20);
      for (const [i, token] of tokens.slice(1).entries()) {
        expect(await session(token)).toBe('204');
        await revoke(tokens[i] as string);
        await until(
          'the cut',
          async () => (await story(page)).filter((each) => each === 'error revoked').length === i + 1,
        );
        // Some of them while it is away, some when it has returned.
        const before = 20 + 40 * i;
        await puts(before + 1, before + 20);
        await until('its return', () => isOpen(page));
        await puts(before + 21, before + 40);
        await until('the rest', async () => (await offsets(page)).length >= before + 40);
      }
      expect(await offsets(page)).toEqual(range(1, 100));
      expect(new Set((await story(page)).filter((each) => typeof each === 'string'))).toEqual(
        new Set(['error revoked', 'error']),
      );
      // The last token is revoked, and nobody renews the session: it returns once, and is rejected for good.
      await revoke(tokens[2] as string);
      await until('the end', async () => (await readyState(page)) === CLOSED);
      expect(await requests('GET', 'v1/events?channel=room1', { accept: 'text/event-stream' })).toBe(
        '401 revoked',
      );
    });

    it('is rejected for good without the cookie, and after its session has ended', async () => {
      const { page, requests } = await guarded(browser);
      const rejected = async (): Promise<void> => {
        await listen(page);
        await until('the end', async () => (await readyState(page)) === CLOSED);
        expect(await story(page)).toEqual(['error']);
        const answer = await requests('GET', 'v1/events?channel=room1', { accept: 'text/event-stream' });
        expect(answer).toBe('401 unauthorized');
      };
      await rejected();
      const authorization = `Bearer ${await tokenOf({ subscribe: ['room1'] })}`;
      expect(await requests('POST', 'v1/session', { authorization })).toBe('204');
      await listen(page);
      await until('the stream', () => isOpen(page));
      expect(await requests('DELETE', 'v1/session')).toBe('204');
      await rejected();
    });
  },
);
