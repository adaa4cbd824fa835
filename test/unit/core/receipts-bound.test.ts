import type { ConfirmedChannel } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Marks } from '../../../server/src/core/receipts/marks.ts';
import { type FakeClient, TestBus } from '../../support/core.ts';
import { ALL, TestGate } from '../../support/grants.ts';

const acks = { acks: true };
const names = (count: number, prefix = 'm') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

function scene(receiptBytes: number) {
  const gate = new TestGate();
  for (const name of ['alice', 'mallory'])
    gate.knows(name, name, { put: ALL, subscribe: ALL, confirm: true });
  return new TestBus({ gate, bounds: { receiptBytes } });
}

async function put(bus: TestBus, from: FakeClient, id: number, channels: string[]): Promise<void> {
  from.say({ put: { id, channels, confirm: { timeoutMs: 60_000 } } }, '1');
  await bus.settle();
}

function counts(from: FakeClient, id: number): readonly ConfirmedChannel[] {
  return from.control('confirmed').find((each) => each.put === id)?.channels ?? [];
}

describe('the memory of receipts', () => {
  it('is bounded for all and for each user; a put beyond is refused and not appended (P14)', async () => {
    const bus = scene(400_000);
    for (let i = 0; i < 5; i++)
      await bus.join([{ id: 1, channels: [...names(200), `x${i}`] }], { ...acks, token: 'mallory' });
    const mallory = await bus.join([], { token: 'mallory' });
    const alice = await bus.join([], { token: 'alice' });
    for (let id = 1; id <= 30; id++) await put(bus, mallory, id, names(200));
    const accepted = mallory.control('accepted').length;
    expect(accepted).toBeGreaterThan(0);
    const refused = mallory.control('refused');
    expect(refused).toHaveLength(30 - accepted);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['too-many-confirms']));
    expect(bus.log.head).toBe(accepted * 200);
    expect(bus.hub.receipts.bytes).toBeLessThanOrEqual(300_000);
    await put(bus, alice, 1, ['m1']);
    expect(alice.control('accepted')).toHaveLength(1);
  });

  it('is taken before the next put of the same chunk is judged (P14)', async () => {
    const bus = scene(400_000);
    for (let i = 0; i < 5; i++)
      await bus.join([{ id: 1, channels: [...names(200), `x${i}`] }], { ...acks, token: 'mallory' });
    const mallory = await bus.join([], { token: 'mallory' });
    const confirm = { timeoutMs: 60_000 };
    for (let id = 1; id <= 40; id++) mallory.say({ put: { id, channels: names(200), confirm } }, '1');
    expect(bus.hub.receipts.bytes).toBeLessThanOrEqual(300_000);
    await bus.settle();
    expect(bus.hub.receipts.bytes).toBeLessThanOrEqual(300_000);
    expect(mallory.control('refused').length).toBeGreaterThan(0);
    bus.clock.advance(60_000);
    await bus.settle();
    expect(bus.hub.receipts.bytes).toBe(0);
  });

  it('is free again where the put is refused, or was answered before', async () => {
    const bus = new TestBus({ bounds: { receiptBytes: 400_000 } });
    await bus.join([{ id: 1, channels: ['a'] }], acks);
    const client = await bus.join([]);
    await put(bus, client, 1, ['a']);
    const { bytes } = bus.hub.receipts;
    await put(bus, client, 1, ['a']);
    await put(bus, client, 1, ['other']);
    expect(client.control('refused')).toMatchObject([{ code: 'put-conflict' }]);
    expect([bus.hub.receipts.pending, bus.hub.receipts.bytes]).toEqual([1, bytes]);
  });

  it('counts groups times channels, and sessions, before any of it is made (P14)', async () => {
    const bus = new TestBus();
    const { receipts } = bus.hub;
    const bytes = (): number => receipts.reserve('', names(100))?.bytes ?? Number.NaN;
    const none = bytes();
    await bus.join([{ id: 1, channels: names(100) }], acks);
    const one = bytes() - none;
    await bus.join([{ id: 1, channels: names(100) }], acks);
    const same = bytes() - none - one;
    await bus.join([{ id: 1, channels: [...names(100), 'other'] }], acks);
    const other = bytes() - none - one - same;
    expect(one).toBeGreaterThan(100 * 4);
    expect(same).toBeLessThan(200);
    expect(other).toBe(one);
  });

  it('scans no more of many sessions than would fit (P14)', async () => {
    const bus = new TestBus({ bounds: { receiptBytes: 20_000 } });
    for (let i = 0; i < 40; i++) await bus.join([{ id: 1, channels: [...names(50), `x${i}`] }], acks);
    let visited = 0;
    const { cohorts } = bus.hub.fanout;
    const each = cohorts.each.bind(cohorts);
    cohorts.each = (channel, visit) => {
      visited++;
      each(channel, visit);
    };
    expect(bus.hub.receipts.reserve('mallory', names(50))).toBeUndefined();
    expect(visited).toBeLessThan(5);
  });

  it('has a million places at most, and none of them is made for one more (P14)', () => {
    const { fanout, receipts } = new TestBus().hub;
    const { cohorts } = fanout;
    let visited = 0;
    cohorts.each = () => visited++;
    let sets = 1_000;
    cohorts.cohortsMatching = () => sets;
    expect(receipts.reserve('mallory', names(1_000))).toBeDefined();
    expect(visited).toBe(1_000);
    sets = 1_001;
    expect(receipts.reserve('mallory', names(1_000))).toBeUndefined();
    expect(visited).toBe(1_000);
  });

  it('is free again when all have answered or the time is over, also where something was skipped', async () => {
    const bus = new TestBus();
    const { receipts } = bus.hub;
    const admin = await bus.join([]);
    const [a, b] = [
      await bus.join([{ id: 1, channels: names(100) }], acks),
      await bus.join([{ id: 1, channels: [...names(100), 'b'] }], acks),
    ];
    await put(bus, admin, 1, names(100));
    const whole = receipts.bytes;
    a.say({ unsubscribe: { id: 1, channels: names(50) } });
    a.say({ ack: { offset: 100, bytes: 0 } });
    await bus.settle();
    expect(receipts.bytes).toBeLessThan(whole + 2_000);
    b.say({ ack: { offset: 100, bytes: 0 } });
    await bus.settle();
    expect([receipts.pending, receipts.bytes]).toEqual([0, 0]);
    await put(bus, admin, 2, names(100));
    b.say({ unsubscribe: { id: 1, channels: ['m3'] } });
    bus.clock.advance(60_000);
    await bus.settle();
    expect([receipts.pending, receipts.bytes]).toEqual([0, 0]);
    await put(bus, admin, 3, ['nobody']);
    expect([receipts.pending, receipts.bytes, receipts.kept]).toEqual([0, 0, 201]);
  });

  it('of answers that are kept is let go of when the log has forgotten the put, five minutes later', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    await put(bus, admin, 1, ['nobody']);
    bus.clock.advance(299_000);
    expect(bus.hub.receipts.kept).toBe(1);
    bus.clock.advance(4_000);
    expect(bus.hub.receipts.kept).toBe(0);
  });

  it('of answers that are kept is shared as well: a user with too many loses its own (P13)', async () => {
    const bus = scene(20_000_000);
    const alice = await bus.join([], { token: 'alice' });
    await put(bus, alice, 1, ['quiet']);
    const mallory = await bus.join([], { token: 'mallory' });
    for (let id = 1; id <= 60; id++) await put(bus, mallory, id, names(1_000));
    expect(bus.hub.receipts.kept).toBeLessThanOrEqual(37_500);
    alice.conversation.closed();
    // Somebody who wants it now was not there when it was put.
    await bus.join([{ id: 1, channels: ['quiet'] }], { ...acks, token: 'alice' });
    const back = await bus.join([], { token: 'alice', client: alice.id });
    back.say({ put: { id: 1, channels: ['quiet'], againMs: 5, confirm: { timeoutMs: 60_000 } } }, '1');
    await bus.settle();
    expect(counts(back, 1)).toMatchObject([{ confirmed: 0, skipped: 0, unanswered: 0 }]);
  });
});

describe('a receipt for many channels', () => {
  it('is exact for each, whatever was acknowledged, skipped and left unanswered before (P11, P12)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    const all = names(100);
    const [whole, some, mute, half] = [
      await bus.join([{ id: 1, channels: all }], acks),
      await bus.join([{ id: 1, channels: all }], acks),
      await bus.join([{ id: 1, channels: all }]),
      await bus.join([{ id: 1, channels: all.filter((_, i) => i % 2 === 0) }], acks),
    ];
    for (const client of [whole, some, half]) client.link.hasRoom = false;
    await bus.put('m0');
    await bus.settle();
    await put(bus, admin, 1, all);
    // What it was not written and wants no more, it skips; it wants every third.
    const gone = all.filter((_, i) => i % 3 > 0);
    some.say({ unsubscribe: { id: 1, channels: gone } });
    for (const client of [whole, some, half]) client.room();
    await bus.settle();
    whole.say({ ack: { offset: 101, bytes: 0 } });
    some.say({ ack: { offset: 51, bytes: 0 } });
    half.say({ ack: { offset: 11, bytes: 0 } });
    expect(mute.offsets).toHaveLength(101);
    bus.clock.advance(60_000);
    await bus.settle();
    const expected = all.map((channel, i) => {
      const offset = i + 2;
      const skipped = i % 3 > 0 ? 1 : 0;
      const sessions = i % 2 === 0 ? 4 : 3;
      const confirmed = 1 + (!skipped && offset <= 51 ? 1 : 0) + (i % 2 === 0 && offset <= 11 ? 1 : 0);
      return { channel, offset, confirmed, skipped, unanswered: sessions - confirmed - skipped };
    });
    expect(counts(admin, 1)).toEqual(expected);
  });
});

describe('marks', () => {
  it('are those that were made, of any number of places', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(999), { maxLength: 200 }), (places) => {
        const marks = new Marks(1_000);
        for (const place of places) marks.add(place);
        const made = new Set(places);
        for (let place = 0; place < 1_000; place++) expect(marks.has(place)).toBe(made.has(place));
      }),
    );
  });
});
