import { LIMITS, TIMES } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { type FakeClient, TestBus } from '../../support/core.ts';

const PAYLOAD = 'x'.repeat(60_000);
/** Of a payload that is its string in JSON, by text: offset, time, channel and three spaces. */
const TEXT_BYTES = 2 + ' 1795458000000 room '.length;

async function scene(subscription: object = {}) {
  const bus = new TestBus({ tailEntries: 4 });
  // So that no beat falls on the moment of a step.
  bus.clock.advance(2_000);
  const client = await bus.join([{ id: 1, channels: ['room'], ...subscription }], { acks: true });
  const fill = async (count: number) => {
    for (let i = 0; i < count; i++) await bus.put('room', PAYLOAD);
    await bus.settle();
  };
  const ack = (bytes: number) => client.say({ ack: { offset: client.offsets.at(-1) ?? 0, bytes } });
  return { bus, client, fill, ack };
}

const codes = (client: FakeClient) => client.control('error').map(({ code }) => code);
const MORE = Math.ceil(LIMITS.windowBytes / PAYLOAD.length) + 8;

describe('ack.bytes', () => {
  it('counts the whole text of each entry, ordinary and replayed, gaps from upstream too, and nothing else (A5)', async () => {
    const { bus, client, ack } = await scene();
    await bus.put('room', 'a');
    bus.log.appendGap({ channels: ['room'], missed: 3 });
    await bus.settle();
    client.say({ subscribe: { id: 2, channels: ['room'], replay: { last: 1 } } });
    await bus.settle();
    const gap = JSON.stringify({ gap: client.control('gap')[0] });
    const bytes = 2 * (TEXT_BYTES + '"a"'.length - 1 + gap.length);
    ack(bytes);
    expect(codes(client)).toEqual([]);
    ack(bytes + 1);
    expect(codes(client)).toEqual(['bad-ack']);
  });

  it('beyond what was sent is said once, taken as all of it, and ends nothing (A6)', async () => {
    const { client, fill, ack } = await scene();
    await fill(1);
    for (let i = 0; i < 40; i++) ack(2 * PAYLOAD.length + i);
    expect(client.control('error')).toMatchObject([
      { code: 'bad-ack', reason: expect.stringMatching(/ack\.bytes is 120000, but only 60\d\d\d were sent/) },
    ]);
    await fill(MORE);
    expect(client.offsets.length).toBeGreaterThan(MORE / 2);
    expect(client.link.closedWith).toBeUndefined();
  });
});

describe('a window that stays full', () => {
  const beat = (bus: TestBus) => bus.clock.advance(TIMES.beatMs);

  it.each<[string, object]>([
    ['ordinary publications', {}],
    ['history', { replay: { sinceMs: 60_000 } }],
  ])('is said, once until there is room again: %s (A6)', async (_, subscription) => {
    const { bus, client, fill, ack } = await scene(subscription);
    await fill(MORE);
    beat(bus);
    expect(codes(client)).toEqual([]);
    beat(bus);
    expect(codes(client)).toEqual(['window-full']);
    expect(client.control('error')[0]?.reason).toMatch(
      /^\d+ bytes were sent, ack\.bytes is 0 and ack\.offset \d+:/,
    );
    beat(bus);
    beat(bus);
    expect(codes(client)).toHaveLength(1);
    // A client that counts payloads alone has room for a while.
    let bytes = 0;
    for (let before = -1; client.offsets.length > before; ) {
      before = client.offsets.length;
      bytes = client.offsets.length * 10;
      ack(bytes);
      await bus.settle();
    }
    expect(bytes).toBeGreaterThan(0);
    client.say({ ack: { offset: client.offsets.at(-1), bytes: LIMITS.windowBytes / 2 } });
    await bus.settle();
    beat(bus);
    await fill(MORE);
    beat(bus);
    beat(bus);
    expect(codes(client)).toEqual(['window-full', 'window-full']);
    expect(client.link.closedWith).toBeUndefined();
  });

  it('is not said of a client whose acks move it, however slowly, nor of one that is not full (A6)', async () => {
    const { bus, client, fill, ack } = await scene();
    const other = await bus.join([{ id: 1, channels: ['room'] }]);
    await fill(MORE);
    for (let bytes = 1; bytes < 6; bytes++) {
      ack(bytes);
      beat(bus);
    }
    expect([codes(client), codes(other)]).toEqual([[], []]);
  });
});
