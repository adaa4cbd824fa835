import type { Gap, Subscriber } from '@zerospan/client';
import { expect, it } from 'vitest';
import { Kept, range, testBus } from '../support/buses.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const TOTAL = 2_000;
/** With which 2,000 publications make 20 MB, twenty times the window. */
const BYTES = 10_000;
const UNREAD = 10;

it('ten subscribers that nobody reads take nothing from one that is read, while 20 MB go by on one bus (A2, A3)', async () => {
  const server = await testServer();
  const [bus, putter] = [testBus(server.ws), testBus(server.ws)];
  const names = range(1, UNREAD).map((n) => `unread${n}`);
  const reader = bus.subscribe('read');
  const kept = new Kept(reader);
  // Bounds of their own that would let them fill the window many times over.
  const others: Subscriber[] = names.map((name) =>
    bus.subscribe(name, { queue: { bytes: 4 * 1024 * 1024 } }),
  );
  const gaps = new Map<Subscriber, Gap[]>(others.map((other) => [other, []]));
  for (const [other, reported] of gaps) other.on('gap', (gap) => reported.push(gap));
  await Promise.all([reader, ...others].map(({ ready }) => ready));

  for (let at = 0; at < TOTAL; at += 100) {
    const puts = range(at + 1, at + 100).map((i) => {
      const channel = i % 2 === 0 ? 'read' : (names[(i >> 1) % UNREAD] as string);
      return putter.put(channel, String(i).padEnd(BYTES));
    });
    await Promise.all(puts);
    await until(`what was put up to ${at + 100}`, () => kept.publications.length === (at + 100) / 2);
  }

  expect(kept.gaps).toEqual([]);
  expect(kept.messages.map((message) => Number.parseInt(message as string, 10))).toEqual(
    range(1, TOTAL / 2).map((i) => 2 * i),
  );
  // Of what the others were given, each is there or counted by a gap.
  let [held, missed] = [0, 0];
  for (const [other, reported] of gaps) {
    void other.close();
    while (other.get() !== undefined) held += 1;
    missed += reported.reduce((sum, gap) => sum + (gap.missed ?? 0), 0);
  }
  expect(held).toBeGreaterThan(50);
  expect(held + missed).toBe(TOTAL / 2);
});
