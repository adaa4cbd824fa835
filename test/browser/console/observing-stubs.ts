import type { Explanation, ObservedSession, SessionDetail, SessionsPage } from '@zerospan/shared';
import type { Page, Route } from 'playwright-core';

const BEGAN_MS = Date.UTC(2026, 0, 1);

/** Names as their owners should not choose them, and that the console has to survive. */
export const HOSTILE = ['<img src=x onerror="document.title=\'taken\'">', '\u202Eevil', 'x'.repeat(65_536)];

function sessionAt(i: number): ObservedSession {
  const isBehind = i < 5;
  return {
    session: `session-${i}`,
    ref: `ref-${i}`,
    subject: HOSTILE[i] ?? `user-${i % 50}`,
    ...(i % 2 === 0 && { name: HOSTILE[i] ?? `dashboard ${i}` }),
    address: `192.0.2.${i % 256}`,
    transport: 'websocket',
    since: BEGAN_MS + i,
    standing: isBehind ? 'behind' : 'live',
    position: 1_000 - i,
    lag: isBehind ? 500 - i : 0,
    unackedBytes: i,
    refusals: 0,
    gaps: isBehind ? 1 : 0,
    subscriptions: 1,
    filters: 1,
  };
}

function detailOf(session: ObservedSession): SessionDetail {
  const filters = { channels: [], prefixes: ['vote.'] };
  return {
    ...session,
    grants: {
      subscribe: filters,
      put: filters,
      history: filters,
      confirm: 'names',
      admin: false,
      metrics: false,
      observe: false,
    },
    expires: null,
    window: { bytes: session.unackedBytes, mostBytes: 1_048_576 },
    subscribed: [{ id: 1, onLag: 'latest', channels: [HOSTILE[0] ?? ''], prefixes: ['vote.'] }],
    reported: [{ time: BEGAN_MS, reason: 'lag', from: 10, to: 19, missed: 7 }],
    earlier: [{ session: 'session-before', began: BEGAN_MS, ended: BEGAN_MS + 60_000, code: 4000 }],
  };
}

/** What was asked of the stubs, and what they do. */
export interface Stubs {
  /** Questions for pages of the list, in order. */
  readonly pages: URLSearchParams[];
  /** Answer nothing any more. */
  isSilent: boolean;
}

/** Answers what the console asks of sessions as a server with this many would. */
export async function stubSessions(page: Page, total: number): Promise<Stubs> {
  const all = Array.from({ length: total }, (_, i) => sessionAt(i));
  const stubs: Stubs = { pages: [], isSilent: false };
  await page.route(/\/v1\/sessions/, async (route) => {
    if (stubs.isSilent) return route.abort();
    const url = new URL(route.request().url());
    const [, id] = /\/sessions\/(.+)$/.exec(url.pathname) ?? [];
    if (id === undefined) {
      stubs.pages.push(url.searchParams);
      return route.fulfill({ json: pageOf(all, url.searchParams) });
    }
    const found = all.find(({ session, ref }) => session === id || ref === id);
    return found === undefined ? unknown(route) : route.fulfill({ json: detailOf(found) });
  });
  return stubs;
}

function pageOf(all: readonly ObservedSession[], query: URLSearchParams): SessionsPage {
  const search = query.get('search')?.toLowerCase() ?? '';
  const order = query.get('sort') === 'bytes' ? all.toReversed() : all;
  const found = order.filter(({ name, subject = '' }) => (name ?? subject).toLowerCase().includes(search));
  const skip = Number(query.get('skip'));
  return { sessions: found.slice(skip, skip + Number(query.get('limit'))), total: found.length, skip };
}

function unknown(route: Route): Promise<void> {
  return route.fulfill({
    status: 404,
    contentType: 'application/problem+json',
    body: JSON.stringify({
      code: 'unknown-session',
      detail: 'No session has this id.',
      remedy: 'List them.',
    }),
  });
}

/** Answers what became of any message at any client. */
export async function stubExplanations(page: Page, explanation: Partial<Explanation>): Promise<void> {
  await page.route(/\/v1\/explain/, (route) => {
    const query = new URL(route.request().url()).searchParams;
    const asked = { position: query.get('offset'), client: query.get('client') };
    return route.fulfill({
      json: { verdict: 'unknown', sentence: '', evidence: [], ...asked, ...explanation },
    });
  });
}
