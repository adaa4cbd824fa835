import { once } from 'node:events';
import type { SubscriptionGap } from '@zerospan/shared';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { Kept, range, testBus } from '../support/buses.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const TOTAL = 2_000;
/** With which 2,000 publications make 20 MB, far more than sockets hold. */
const BYTES = 10_000;

/** A client that reads when it is told to, and keeps the offset and the number of what it is sent. */
async function reader(url: string) {
  const socket = new WebSocket(url, 'zerospan.v1', { perMessageDeflate: false });
  onTestFinished(() => socket.terminate());
  const offsets: number[] = [];
  const numbers: number[] = [];
  const control: string[] = [];
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    const [, offset, number] = /^(\d+) \d+ room "(\d+)/.exec(text) ?? [];
    if (number === undefined) control.push(text);
    else {
      offsets.push(Number(offset));
      numbers.push(Number(number));
    }
  });
  await once(socket, 'open');
  const subscriptions = [{ id: 1, channels: ['room'] }];
  socket.send(JSON.stringify({ hello: { protocol: 'zerospan.v1', client: 'slow-one', subscriptions } }));
  await until('subscribed', () => control.length === 2);
  return { socket, offsets, numbers, control };
}

async function standings(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(new URL('metrics', url))).text();
  return Object.fromEntries(
    [...text.matchAll(/^zerospan_sessions\{standing="(\w+)"\} (\d+)$/gm)].map(([, name, count]) => [
      name,
      Number(count),
    ]),
  );
}

it('a reader that stops while 20 MB go by costs others nothing, and gets everything when it reads on (C9)', async () => {
  const server = await testServer();
  const slow = await reader(server.ws);
  const kept = new Kept(testBus(server.ws).subscribe('room', { queue: { publications: TOTAL } }));
  const putter = testBus(server.ws);
  await putter.put('room', '0');
  await Promise.all([until('the first', () => slow.numbers.length === 1), kept.got('0')]);

  slow.socket.pause();
  const offsets: (number | undefined)[] = [];
  for (const from of range(0, TOTAL / 100 - 1)) {
    const puts = range(from * 100 + 1, from * 100 + 100).map((i) =>
      putter.put('room', String(i).padEnd(BYTES)),
    );
    offsets.push(...(await Promise.all(puts)).map(({ channels }) => channels[0]?.offset));
  }
  await until('all, by the other', () => kept.publications.length === TOTAL + 1);
  expect(kept.gaps).toEqual([]);
  expect(slow.numbers).toEqual([0]);
  // It has left fan-out: the server keeps nothing for it but a cursor.
  expect(await standings(server.url)).toEqual({ live: 2, behind: 1 });

  slow.socket.resume();
  await until('all, by the slow one', () => slow.numbers.length > TOTAL);
  expect(slow.numbers).toEqual(range(0, TOTAL));
  expect(slow.offsets.slice(1)).toEqual(offsets);
  expect(slow.control.length).toBe(2);
  await until('it to be live again', async () => (await standings(server.url)).live === 3);
  await putter.put('room', String(TOTAL + 1));
  await until('what comes then', () => slow.numbers.at(-1) === TOTAL + 1);
});

it('a reader that the log has left behind receives gaps lag that name exactly what it misses (C9, G1)', async () => {
  const server = await testServer({ log: { bytes: 1_000_000 } });
  const slow = await reader(server.ws);
  const putter = testBus(server.ws);
  slow.socket.pause();
  for (const from of range(0, TOTAL / 100 - 1)) {
    const puts = range(from * 100 + 1, from * 100 + 100).map((i) =>
      putter.put('room', String(i).padEnd(BYTES)),
    );
    await Promise.all(puts);
  }
  slow.socket.resume();
  await until('the last', () => slow.numbers.at(-1) === TOTAL);
  const gaps = slow.control.slice(2).map((line) => (JSON.parse(line) as { gap: SubscriptionGap }).gap);
  const reported = gaps.flatMap(({ from, to }) => range(from as number, to as number));
  expect(reported.length).toBeGreaterThan(500);
  // Put together, gaps and publications are everything, each once.
  expect([...reported, ...slow.offsets].toSorted((a, b) => a - b)).toEqual(range(1, TOTAL));
  expect(slow.offsets).toEqual(slow.offsets.toSorted((a, b) => a - b));
  for (const { subscriptions, reason, epoch, from, to, missed } of gaps) {
    expect({ subscriptions, reason, epoch }).toEqual({
      subscriptions: [1],
      reason: 'lag',
      epoch: server.epoch,
    });
    expect([(to as number) - (from as number) + 1, null]).toContain(missed);
  }
});
