import { Bus } from '@zerospan/client';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readSettings } from '../../../server/src/settings/read.ts';
import { findChromium, launchChromium } from '../../support/browser.ts';
import { testBus } from '../../support/buses.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { HOSTILE, stubExplanations, stubSessions } from './observing-stubs.ts';
import { assertAccessible, assertFits, mustBeBuilt, openConsole } from './opening.ts';

const chromium = findChromium();

describe.runIf(available('chromium', chromium))('the explanations in the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    mustBeBuilt();
    browser = await launchChromium(chromium as string);
  });
  afterAll(() => browser?.close());

  it('are asked for by keyboard alone, with a client that was searched for, and have an address', async () => {
    const server = await testServer();
    const { page, complaints } = await openConsole(browser, server.url, {
      hash: '#/clients',
      prepare: async (opened) => {
        await stubSessions(opened, 500);
        await stubExplanations(opened, {
          verdict: 'lost',
          sentence: `${HOSTILE[0]} lost it: the log had dropped it.`,
          evidence: [
            { time: Date.now(), text: `It subscribed to ${HOSTILE[1]}.` },
            { time: null, text: HOSTILE[2] ?? '' },
          ],
          channel: HOSTILE[0] ?? '',
        });
      },
    });
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.getByText('Name a message and a client').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('12');
    await page.keyboard.press('Tab');
    await page.getByText('Name a client.').waitFor();
    await page.keyboard.type('dashboard 12');
    await page.getByText('6 offered.').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('option', { name: 'dashboard 120', selected: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Lost .*the log had dropped it/ }).waitFor();
    const { hash } = new URL(page.url());
    expect(hash).toBe(`#/explain?at=${server.epoch}_0000000000000012&client=ref-120`);
    expect(await page.locator('.content img').count()).toBe(0);
    // Where it was asked from, the link leads to the message and to the client.
    const links = page.locator('.explanation a');
    expect(await links.nth(1).getAttribute('href')).toBe('#/clients?client=ref-120');
    expect(await links.nth(0).getAttribute('href')).toContain('#/messages?');
    await assertAccessible(page);
    await assertFits(page);
    await page.reload();
    await page.getByRole('heading', { name: /the log had dropped it/ }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('say of a message of the server who has it and who was not subscribed, also of a client that has left', async () => {
    const server = await testServer();
    const ann = new Bus(server.ws, { name: 'ann' });
    onTestFinished(() => ann.close({ timeoutMs: 0 }));
    const heard = ann.subscribe('vote.ann');
    heard.on('publication', () => {});
    await heard.ready;
    const bob = testBus(server.ws, { name: 'bob' });
    await bob.subscribe('vote.bob').ready;
    await bob.put('vote.ann', { question: 'Lunch?' }, { confirm: { timeoutMs: 10_000 } });
    const { page, complaints } = await openConsole(browser, server.url, { hash: '#/messages?c=vote.ann' });
    await page.getByRole('row', { name: /Lunch/ }).click();
    await page.getByRole('link', { name: 'Who got it' }).click();
    const choose = async (name: string): Promise<void> => {
      await page.getByRole('combobox', { name: 'Client' }).fill(name);
      await page.getByRole('option', { name }).click();
    };
    await choose('ann');
    await page.getByText('Has it', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'The message on vote.ann' }).waitFor();
    await page.getByRole('button', { name: 'Choose another client' }).click();
    await choose('bob');
    await page.getByText('Not subscribed', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Choose another client' }).click();
    await choose('ann');
    const { hash } = new URL(page.url());
    await ann.close();
    const { epoch, channels } = await bob.put('vote.ann', { question: 'Dinner?' });
    const at = `${epoch}_${String(channels[0]?.offset).padStart(16, '0')}`;
    await page.goto(server.url + hash.replace(/at=[^&]+/, `at=${at}`));
    await page.getByText('The client had no session when it was published').waitFor();
    await page.getByText('not connected now').waitFor();
    expect(complaints.filter((each) => !each.includes('404'))).toEqual([]);
  });

  it('say what is no offset, and what the server says is wrong', async () => {
    const server = await testServer();
    const { page } = await openConsole(browser, server.url, {
      hash: '#/explain',
      prepare: async (opened) => {
        await stubSessions(opened, 2);
        const problem = { code: 'bad-message', detail: 'The position is malformed.', remedy: 'Copy it.' };
        await opened.route(/\/v1\/explain/, (route) =>
          route.fulfill({
            status: 400,
            contentType: 'application/problem+json',
            body: JSON.stringify(problem),
          }),
        );
      },
    });
    // A client that is not connected is named.
    const client = page.getByRole('combobox', { name: 'Client' });
    await client.fill('gone');
    await page.getByText('No client that is connected matches').waitFor();
    await client.press('Enter');
    await page.getByText('not connected now').waitFor();
    const message = page.getByRole('textbox', { name: 'Message' });
    await message.fill('twelve');
    await page.getByText('That is no offset').waitFor();
    await message.fill('12');
    await message.press('Enter');
    await page.getByText('The position is malformed. Copy it.').waitFor();
  });

  it('stand beside the settings with what gave them, and the limits with how near they are', async () => {
    const { settings, given } = readSettings({
      env: { ZEROSPAN_LOG_AGE_MS: '300000' },
      flags: new Map([
        ['limits.channels', '1'],
        ['port', '0'],
        ['bus.address', 'tcp://127.0.0.1:*'],
        ['bus.ingress', 'none'],
      ]),
    });
    const server = await testServer(settings, { given });
    const { page, complaints } = await openConsole(browser, server.url, { hash: '#/explain?changed=true' });
    await page.getByText('5 settings of').waitFor();
    const row = page.getByRole('row', { name: /log\.ageMs/ });
    expect(await row.innerText()).toMatch(
      /300000 \(5 min\)\s+default 600000\s+environment\s*ZEROSPAN_LOG_AGE_MS/,
    );
    await page.getByRole('checkbox').uncheck();
    await page.getByRole('searchbox', { name: 'Search settings' }).fill('tls');
    await page.getByRole('row', { name: /tls\.cert/ }).waitFor();
    expect(new URL(page.url()).hash).toBe('#/explain?q=tls');
    await fetch(new URL('v1/put?channel=only', server.url), { method: 'POST', body: '1' });
    await page.getByText('1 of 1', { exact: true }).waitFor();
    await page.getByText('near: 100 %').waitFor();
    expect(complaints).toEqual([]);
  });
});
