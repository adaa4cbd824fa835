import { expect, it } from 'vitest';
import { Kept, range, state, testBus } from '../support/buses.ts';
import { TcpProxy } from '../support/proxy.ts';
import { openServer, testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

/** A server, a client that puts through a proxy, and one beside it that hears everything. */
async function behindProxy() {
  const server = await testServer();
  const proxy = await TcpProxy.before(server.ws);
  const bus = testBus(proxy.url);
  const log = new Kept(testBus(server.ws).subscribe('', { replay: { last: 1 } }));
  await bus.put('room', 'first');
  await log.got('first');
  return { proxy, bus, log, put: (i: number) => bus.put('room', i) };
}

it('puts that left the client and never arrived are put when it is back, once each and in order (P5, P7)', async () => {
  const { proxy, bus, log, put } = await behindProxy();
  proxy.hold();
  const inFlight = range(1, 100).map(put);
  proxy.cut();
  await state(bus, 'waiting');
  const waiting = range(101, 200).map(put);
  proxy.restore();
  const results = await Promise.all([...inFlight, ...waiting]);
  await log.got(200);
  expect(log.messages).toEqual(['first', ...range(1, 200)]);
  expect(results.map(({ channels }) => channels[0]?.offset)).toEqual(log.offsets.slice(1));
});

it('puts that arrived and whose answers were lost are answered when it is back, and not appended again (P7, P9)', async () => {
  const { proxy, bus, log, put } = await behindProxy();
  proxy.holdAnswers();
  const inFlight = range(1, 100).map(put);
  await log.got(100);
  proxy.cut();
  await state(bus, 'waiting');
  proxy.restore();
  const results = await Promise.all(inFlight);
  await put(101);
  await log.got(101);
  expect(log.messages).toEqual(['first', ...range(1, 101)]);
  expect(results.map(({ channels }) => channels[0]?.offset)).toEqual(log.offsets.slice(1, -1));
});

it('5,000 puts of a client that is cut off again and again are appended once each, in order (P5, P7, P9)', async () => {
  const { proxy, bus, log, put } = await behindProxy();
  const [total, cuts] = [5_000, 10];
  const puts: ReturnType<typeof put>[] = [];
  for (const cut of range(1, cuts)) {
    const half = puts.length + total / cuts / 2;
    puts.push(...range(puts.length + 1, half).map(put));
    // No more can be in flight than the client's bound.
    await puts.at(-1);
    // From here on answers are lost, of puts that arrive and of some that do not.
    proxy.holdAnswers();
    puts.push(...range(half + 1, (cut * total) / cuts).map(put));
    await until('some of the unanswered', () => log.publications.length > half + 1);
    proxy.drop();
    await until('it to come back', () => proxy.accepted > cut && bus.state === 'live');
  }
  const results = await Promise.all(puts);
  await log.got(total);
  expect(log.messages).toEqual(['first', ...range(1, total)]);
  expect(results.map(({ channels }) => channels[0]?.offset)).toEqual(log.offsets.slice(1));
});

it('puts in flight when the server restarts reject with outcome-unknown and not put again; those not sent yet are put (P7)', async () => {
  const first = await openServer();
  const proxy = await TcpProxy.before(first.ws);
  const bus = testBus(proxy.url);
  await state(bus, 'live');
  proxy.hold();
  const inFlight = Promise.allSettled(range(1, 100).map((i) => bus.put('room', i)));
  proxy.cut();
  await first.stop();
  await state(bus, 'waiting');
  const waiting = range(101, 200).map((i) => bus.put('room', i));
  const second = await testServer({ port: Number(new URL(first.url).port) });
  proxy.restore();
  const outcomes = (await inFlight).map(
    (each) => each.status === 'rejected' && (each.reason as { code: string }).code,
  );
  expect(outcomes).toEqual(range(1, 100).map(() => 'outcome-unknown'));
  const results = await Promise.all(waiting);
  expect(results.map(({ channels }) => channels[0]?.offset)).toEqual(range(1, 100));
  expect(new Set(results.map(({ epoch }) => epoch))).toEqual(new Set([second.epoch]));
  const log = new Kept(testBus(second.ws).subscribe('', { replay: { last: 1_000 } }));
  await log.got(200);
  expect(log.messages).toEqual(range(101, 200));
});
