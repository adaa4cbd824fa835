import { expect, it } from 'vitest';
import { Kept, range, state, testBus } from '../support/buses.ts';
import { TcpProxy } from '../support/proxy.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const TOTAL = 5_000;

/** A message of 200 bytes that tells its number. */
const numbered = (i: number): string => String(i).padEnd(198, '.');

const numbersOf = (kept: Kept): number[] =>
  kept.messages.map((message) => Number.parseInt(message as string, 10));

/** A server behind a proxy, somebody who puts on it directly, and a client whose connection goes through the proxy. */
async function behindProxy(log: { bytes?: number; lastBytes?: number } = {}) {
  const server = await testServer({ log });
  const proxy = await TcpProxy.before(server.ws);
  const [putter, bus] = [testBus(server.ws), testBus(proxy.url)];
  const subscriber = bus.subscribe('room');
  const kept = new Kept(subscriber);
  await subscriber.ready;
  const put = async (from: number, to: number) => {
    const results = await Promise.all(range(from, to).map((i) => putter.put('room', numbered(i))));
    return results.map(({ channels }) => channels[0]?.offset as number);
  };
  return { server, proxy, putter, bus, subscriber, kept, put };
}

it('a client whose connection is cut while 5,000 publications go by has every one, once, in order (C1, C4, C6)', async () => {
  const { proxy, bus, kept, put } = await behindProxy();
  const before = put(1, 1_000);
  // Cut in the middle of them, not at a quiet moment.
  await until('some of them', () => kept.publications.length > 0);
  proxy.cut();
  await state(bus, 'waiting');
  const seen = kept.publications.length;
  const offsets = [...(await before), ...(await put(1_001, TOTAL))];
  expect(kept.publications.length).toBe(seen);
  proxy.restore();
  await until('all', () => kept.publications.length >= TOTAL);
  await put(TOTAL + 1, TOTAL + 1);
  await until('one more', () => kept.publications.length > TOTAL);
  expect(numbersOf(kept)).toEqual(range(1, TOTAL + 1));
  expect(kept.offsets.slice(0, TOTAL)).toEqual(offsets);
  expect(kept.gaps).toEqual([]);
});

it('cut again and again while publications go by, it still has every one, once, in order (C1, C4, C6)', async () => {
  const { proxy, kept, put } = await behindProxy();
  const putting = (async () => {
    for (let from = 1; from <= TOTAL; from += 100) await put(from, from + 99);
  })();
  for (const cut of range(1, 9)) {
    await until('a part of them', () => kept.publications.length >= (cut * TOTAL) / 20);
    proxy.drop();
    await until('it to come back', () => proxy.accepted > cut);
  }
  await putting;
  await until('all', () => kept.publications.length >= TOTAL);
  expect(numbersOf(kept)).toEqual(range(1, TOTAL));
  expect(kept.gaps).toEqual([]);
});

it('where the log was too short there is exactly one gap, from the one after the last seen to the one before the oldest kept (R9, G1)', async () => {
  const { server, proxy, putter, bus, kept, put } = await behindProxy({ bytes: 65_536 });
  await put(1, 10);
  await kept.got(numbered(10));
  proxy.cut();
  await state(bus, 'waiting');
  // Every third is none of its business: missed counts what it wants.
  const rest: number[] = [];
  for (let from = 11; from <= TOTAL; from += 10) {
    rest.push(...(await put(from, from + 9)));
    await putter.put('other', numbered(0));
  }
  const latest = testBus(server.ws).subscribe('room', { replay: { last: TOTAL } });
  const held = new Kept(latest);
  await held.got(numbered(TOTAL));
  proxy.restore();
  await kept.got(numbered(TOTAL));

  const oldest = held.offsets[0] as number;
  expect(held.publications.length).toBeGreaterThan(50);
  expect(held.publications.length).toBeLessThan(200);
  expect(kept.offsets).toEqual([...range(1, 10), ...held.offsets]);
  const [gap, ...more] = kept.gaps;
  expect(more).toEqual([]);
  const lost = rest.filter((offset) => offset < oldest);
  expect(gap).toEqual({
    reason: 'retention',
    filters: ['room'],
    epoch: server.epoch,
    from: 11,
    to: lost.at(-1),
    missed: lost.length,
  });
  // Between the last one lost and the oldest kept there is nothing of the channel.
  expect(rest[rest.indexOf(oldest) - 1]).toBe(gap?.to);
  expect(kept.all.indexOf(gap as never)).toBe(10);
  await put(TOTAL + 1, TOTAL + 1);
  await kept.got(numbered(TOTAL + 1));
  expect(kept.gaps.length).toBe(1);
});

it('the last of a quiet channel outlives the log: it comes after the gap, which counts exactly what does not (R9, G2)', async () => {
  const { server, proxy, putter, bus, put } = await behindProxy({ bytes: 65_536 });
  const subscribers = [bus.subscribe(''), bus.subscribe('quiet')] as const;
  const [all, quiet] = [new Kept(subscribers[0]), new Kept(subscribers[1])];
  await Promise.all(subscribers.map(({ ready }) => ready));
  await put(1, 10);
  await all.got(numbered(10));
  proxy.cut();
  await state(bus, 'waiting');
  await put(11, 20);
  for (const message of ['lost', 'kept']) await putter.put('quiet', message);
  await put(21, TOTAL);
  proxy.restore();
  await Promise.all([all.got(numbered(TOTAL)), quiet.got('kept')]);
  const [first, ...others] = quiet.gaps;
  expect(others).toEqual([]);
  // The one that was lost, and not the one that is still held.
  expect(first).toMatchObject({ reason: 'retention', from: 11, missed: 1 });
  expect(quiet.messages).toEqual(['kept']);
  expect(all.gaps.length).toBe(1);
  const [gap] = all.gaps;
  const head = TOTAL + 2;
  expect(gap).toMatchObject({ reason: 'retention', epoch: server.epoch, from: 11 });
  expect(gap?.missed).toBe(head - all.publications.length);
  expect(all.messages[10]).toBe('kept');
  expect(all.offsets.slice(11)).toEqual(range((gap?.to as number) + 1, head));
});

it('a subscription made while offline has nothing from before it was granted (C4, S4)', async () => {
  const { proxy, bus, kept, put } = await behindProxy();
  await put(1, 10);
  await kept.got(numbered(10));
  proxy.cut();
  await state(bus, 'waiting');
  await put(11, 20);
  const late = new Kept(bus.subscribe('room'));
  const replaying = new Kept(bus.subscribe('room', { replay: { last: 3 } }));
  await put(21, 30);
  proxy.restore();
  await kept.got(numbered(30));
  await until('the replay', () => replaying.publications.length >= 3);
  await put(31, 40);
  await Promise.all([kept, late, replaying].map((each) => each.got(numbered(40))));
  expect(numbersOf(kept)).toEqual(range(1, 40));
  expect(numbersOf(late)).toEqual(range(31, 40));
  expect(numbersOf(replaying)).toEqual(range(28, 40));
  expect([...kept.gaps, ...late.gaps, ...replaying.gaps]).toEqual([]);
});

it('a client that was cut before anything came to it misses nothing either (C3, C4)', async () => {
  const { server, proxy, bus, kept, put } = await behindProxy();
  const quiet = bus.subscribe('quiet');
  const heard = new Kept(quiet);
  await quiet.ready;
  proxy.cut();
  await state(bus, 'waiting');
  await put(1, 5);
  await testBus(server.ws).put('quiet', 'now');
  proxy.restore();
  await Promise.all([kept.got(numbered(5)), heard.got('now')]);
  expect(numbersOf(kept)).toEqual(range(1, 5));
});

it('a replay that is cut goes on where it was, and gives every publication once (C4, R7)', async () => {
  const { server, proxy, bus, put } = await behindProxy();
  await put(1, TOTAL);
  const replaying = bus.subscribe('room', { replay: { last: TOTAL } });
  const kept = new Kept(replaying);
  await until('a part of it', () => kept.publications.length > 0);
  expect(kept.publications.length).toBeLessThan(TOTAL);
  proxy.drop();
  await put(TOTAL + 1, TOTAL + 10);
  await kept.got(numbered(TOTAL + 10));
  expect(numbersOf(kept)).toEqual(range(1, TOTAL + 10));
  expect(kept.gaps).toEqual([]);
  expect(bus.position).toEqual({ epoch: server.epoch, offset: TOTAL + 10 });
});
