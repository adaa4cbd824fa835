import type { Bus } from '@zerospan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import { Kept, range, testBus } from '../support/buses.ts';
import { openServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const ROUNDS = 200;

describe('overlapping subscriptions of one client, under load', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await openServer();
  });
  afterAll(() => server.stop());

  /** Puts numbers on room1, room2 and room3 in turn, without pause, until it is told to stop. */
  function load(bus: Bus) {
    let isOver = false;
    let next = 0;
    const done = (async () => {
      while (!isOver) {
        await Promise.all(range(1, 20).map(() => bus.put(`room${1 + (next % 3)}`, next++)));
      }
    })();
    return {
      get count() {
        return next;
      },
      async stop() {
        isOver = true;
        await done;
      },
    };
  }

  it(`each sees each publication once, in order, without a hole at the seam: ${ROUNDS} rounds (S5, S6, R3, R7)`, async () => {
    const [putter, bus] = [testBus(server.ws), testBus(server.ws)];
    const pouring = load(putter);
    await until('a history', () => pouring.count >= 1_000);
    // Live, on a connection of its own: what the others are compared with.
    const everything = new Kept(testBus(server.ws).subscribe('', { replay: { last: 100_000 } }));
    await until('some of it', () => everything.publications.length > 300);

    const faults: string[] = [];
    for (const round of range(1, ROUNDS)) {
      const live = bus.subscribe('room1');
      const one = new Kept(live);
      await live.ready;
      const replaying = bus.subscribe('', { replay: { last: 100 } });
      const all = new Kept(replaying);
      await replaying.ready;
      // 300 of its past, and a good part of what comes after the seam.
      const target = pouring.count + 30;
      await until('the other side of the seam', () => (all.messages.at(-1) as number) >= target);
      await until('the same on the other', () => (one.messages.at(-1) as number) >= target - 3);
      await Promise.all([live.close(), replaying.close()]);
      faults.push(...holes(`round ${round}, room1`, one, 3), ...holes(`round ${round}, all`, all, 1));
      if (all.publications.length < 330) faults.push(`round ${round}: only ${all.publications.length}`);
      if (one.publications.some(({ channel }) => channel !== 'room1'))
        faults.push(`round ${round}: not its own`);
    }
    await pouring.stop();
    await until('all of it', () => everything.messages.at(-1) === pouring.count - 1);
    expect(faults).toEqual([]);
    expect(everything.messages).toEqual(range(0, pouring.count - 1));
  });
});

/** Numbers rise by one step from each to the next: nothing twice, nothing left out, nothing out of order. */
function holes(what: string, kept: Kept, step: number): string[] {
  const messages = kept.messages as number[];
  const at = messages.findIndex((message, i) => i > 0 && message !== (messages[i - 1] as number) + step);
  const faults = at < 0 ? [] : [`${what}: ${messages.slice(Math.max(at - 3, 0), at + 3).join(' ')}`];
  return kept.gaps.length > 0 ? [...faults, `${what}: a gap`] : faults;
}
