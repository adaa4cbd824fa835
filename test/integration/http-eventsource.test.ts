import { EventSource } from 'eventsource';
import { describe, expect, it, onTestFinished } from 'vitest';
import { range, testBus } from '../support/buses.ts';
import { TcpProxy } from '../support/proxy.ts';
import { FOR_NOW, RefusingApi } from '../support/refusing-api.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

function source(url: string): EventSource {
  const events = new EventSource(url);
  onTestFinished(() => events.close());
  return events;
}

describe('the package eventsource', () => {
  // All at once in one test: each of them waits for the ten seconds that the server asks for.
  it('comes back by itself after each refusal that passes', async () => {
    const returns = FOR_NOW.map(async (why) => {
      const api = await RefusingApi.open(why);
      const events = source(`${api.url}v1/events?all`);
      const codes: unknown[] = [];
      let positions = 0;
      events.addEventListener('error', (event) => {
        const { data } = event as { data?: unknown };
        if (typeof data === 'string') codes.push((JSON.parse(data) as { code: string }).code);
      });
      events.addEventListener('position', () => positions++);
      await until(`the refusal ${why}`, () => codes.length > 0);
      api.admit();
      await until(`its return after ${why}`, () => positions > 0, 40_000);
      expect(new Set(codes)).toEqual(new Set([why]));
    });
    await Promise.all(returns);
  });

  it('goes on where it was cut, every time', async () => {
    const server = await testServer();
    const proxy = await TcpProxy.before(server.url);
    const bus = testBus(server.ws);
    const events = source(`${proxy.url}v1/events?channel=a&since=${server.epoch}_0`);
    const offsets: number[] = [];
    events.addEventListener('publication', ({ data }) => {
      offsets.push((JSON.parse(String(data)) as { offset: number }).offset);
    });
    for (const round of range(1, 3)) {
      for (const n of range(1, 20)) await bus.put('a', n);
      await until('all of them', () => offsets.length === 20 * round);
      proxy.cut();
      for (const n of range(1, 20)) await bus.put('b', n);
      proxy.restore();
    }
    await bus.put('a', 'last');
    await until('the last', () => offsets.length === 61);
    expect(offsets.at(-1)).toBe(121);
    expect(new Set(offsets).size).toBe(61);
  });
});
