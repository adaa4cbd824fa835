import { expect, it } from 'vitest';
import { Kept, range, state, testBus } from '../support/buses.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

it('a put made after ready is delivered: 1,000 of 1,000, with ten other subscribers coming and going (S4)', async () => {
  const { ws } = await testServer();
  const [putter, others] = [testBus(ws), testBus(ws)];
  // Half of them on the putter's own connection, half on another's.
  let rounds = 0;
  let isOver = false;
  const coming = range(0, 9).map(async (i) => {
    while (!isOver) {
      const other = (i % 2 === 0 ? putter : others).subscribe(i % 3 === 0 ? 'room' : ['room', `inbox${i}`]);
      await other.ready;
      await other.get({ block: true });
      await other.close();
      rounds++;
    }
  });
  const missed: number[] = [];
  for (const i of range(1, 1_000)) {
    const subscriber = others.subscribe(i % 2 === 0 ? 'room' : '');
    await subscriber.ready;
    await putter.put('room', i);
    const publication = await subscriber.get({ block: true, timeoutMs: 5_000 });
    // An earlier put may not come after `ready`.
    if (publication?.message !== i) missed.push(i);
    void subscriber.close();
  }
  isOver = true;
  let areGone = false;
  void Promise.all(coming).then(() => {
    areGone = true;
  });
  // Each waits for one more before it sees that it is over.
  await until('the end of the others', async () => {
    await putter.put('room', 'the end');
    return areGone;
  });
  expect(missed).toEqual([]);
  expect(rounds).toBeGreaterThan(100);
});

it('10,000 puts of one client that awaits none are all accepted, and appended in order (P5)', async () => {
  const { ws } = await testServer();
  const [putter, reader] = [testBus(ws), testBus(ws)];
  const subscriber = reader.subscribe('room', { queue: { publications: 10_000, bytes: 10_000_000 } });
  const kept = new Kept(subscriber);
  await subscriber.ready;
  const results = await Promise.all(range(1, 10_000).map((i) => putter.put('room', i)));
  const offsets = results.map(({ channels }) => channels[0]?.offset);
  expect(offsets).toEqual(range(1, 10_000));
  await until('all', () => kept.publications.length === 10_000);
  expect(kept.messages).toEqual(range(1, 10_000));
  expect(kept.offsets).toEqual(offsets);
});

it('the server restarts on its port: waiting, then live; a gap restart, all of the new log, and the puts made meanwhile (C7, C8, P7)', async () => {
  const first = await testServer();
  const port = Number(new URL(first.url).port);
  const [bus, putter] = [testBus(first.ws), testBus(first.ws)];
  const subscriber = bus.subscribe('room');
  const kept = new Kept(subscriber);
  const states: string[] = [];
  bus.on('state', (each) => states.push(each));
  await subscriber.ready;
  for (const message of ['one', 'two']) await putter.put('room', message);
  await kept.got('two');
  const last = kept.offsets.at(-1) as number;

  await first.stop();
  await Promise.all([state(bus, 'waiting'), state(putter, 'waiting')]);
  const offline = Promise.all(['three', 'four'].map((message) => putter.put('room', message)));
  const second = await testServer({ port });
  // Others are there before the client is back.
  const early = testBus(second.ws);
  await early.put('room', 'early');
  const results = await offline;
  await Promise.all(['early', 'three', 'four'].map((message) => kept.got(message)));

  expect(states.filter((each, i) => each !== states[i - 1])).toEqual(
    expect.arrayContaining(['live', 'waiting']),
  );
  expect([states.at(-1), bus.state]).toEqual(['live', 'live']);
  expect(results.every(({ epoch }) => epoch === second.epoch)).toBe(true);
  expect(kept.gaps).toEqual([
    { reason: 'restart', filters: ['room'], epoch: first.epoch, from: last + 1, to: null, missed: null },
  ]);
  expect(kept.all.findIndex((each) => 'reason' in each)).toBe(2);
  const later = kept.publications.slice(2);
  expect(new Set(later.map(({ message }) => message))).toEqual(new Set(['early', 'three', 'four']));
  expect(later.map(({ offset }) => offset)).toEqual([1, 2, 3]);
  expect(later.every(({ epoch }) => epoch === second.epoch)).toBe(true);
});
