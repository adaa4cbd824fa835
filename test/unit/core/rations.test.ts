import { describe, expect, it } from 'vitest';
import { FakeClient, TestBus } from '../../support/core.ts';
import { ALL, TestGate } from '../../support/grants.ts';
import { promises } from '../../support/model/promises.ts';

/** Of the log, a put of 834 bytes takes 1,000 on a channel with a name of 6. */
const PAYLOAD = `"${'x'.repeat(832)}"`;

const PACE = { putBytesPerS: 1_000, putBurstBytes: 10_000 };

function scene() {
  const gate = new TestGate();
  for (const name of ['alice', 'mallory']) gate.knows(name, name, { put: ALL, subscribe: ALL });
  const bus = new TestBus({ gate, bounds: PACE, limits: { putBytes: 10_000 } });
  let id = 0;
  const join = async (token = 'mallory') => {
    const client = await bus.join([], { token });
    const put = async (channels = ['room-1'], payload = PAYLOAD): Promise<void> => {
      client.say({ put: { id: ++id, channels } }, payload);
      await promises();
    };
    return { client, put };
  };
  return { bus, join };
}

const channels = (count: number) => Array.from({ length: count }, (_, i) => `r${String(i).padStart(5, '0')}`);

describe('the bytes of the log that a user puts', () => {
  it('are announced in welcome, with what is left of them (W16)', async () => {
    const { bus, join } = scene();
    const { client, put } = await join();
    const pace = { putsPerS: 0, burst: 1_000, bytesPerS: 1_000, burstBytes: 10_000 };
    expect(client.control('welcome')[0]?.pace).toEqual(pace);
    await put(channels(9));
    const { client: next, put: putNext } = await join();
    expect(next.control('welcome')[0]?.pace).toEqual({ ...pace, leftBytes: 1_000 });
    await putNext(channels(3));
    expect((await join()).client.control('welcome')[0]?.pace).toEqual({ ...pace, leftBytes: -2_000 });
    expect((await join('alice')).client.control('welcome')[0]?.pace).toEqual(pace);
    bus.clock.advance(12_000);
    expect((await join()).client.control('welcome')[0]?.pace).toEqual(pace);
  });

  it('are there before a put is appended: it waits for them, and what follows waits as well (W16)', async () => {
    const { bus, join } = scene();
    const { client, put } = await join();
    await put(channels(10));
    expect([client.link.held, bus.log.head]).toEqual([false, 10]);
    await put(channels(2));
    expect([client.link.held, bus.log.head, bus.hub.reports.holds]).toEqual([true, 10, 1]);
    await put(['small'], '1');
    bus.clock.advance(1_999);
    await promises();
    expect([client.link.held, bus.log.head]).toEqual([true, 10]);
    bus.clock.advance(1);
    await promises();
    expect([client.link.held, bus.log.head]).toEqual([true, 12]);
    bus.clock.advance(166);
    await promises();
    expect([client.link.held, bus.log.head]).toEqual([false, 13]);
    expect(client.control('accepted').map(({ put: answered }) => answered)).toEqual([1, 2, 3]);
    expect(client.control('refused')).toEqual([]);
  });

  it('are one budget for all connections of a user, and nobody else waits for it (W16)', async () => {
    const { bus, join } = scene();
    const all = await Promise.all(Array.from({ length: 20 }, () => join()));
    const alice = await join('alice');
    for (const { put } of all) await put(channels(10));
    for (let second = 1; second <= 30; second++) {
      bus.clock.advance(1_000);
      await promises();
      // Never more than the burst and what came in, however many connections.
      expect(bus.log.head).toBeLessThanOrEqual(10 + second);
    }
    expect(bus.log.head).toBe(40);
    await alice.put(channels(10));
    expect([alice.client.link.held, bus.log.head]).toEqual([false, 50]);
  });

  it('are not taken by a put that leaves before they are there', async () => {
    const { bus, join } = scene();
    const before = bus.clock.pending;
    const { client, put } = await join();
    await put(channels(10));
    await put(channels(10));
    client.conversation.closed();
    expect(bus.clock.pending).toBe(before);
    bus.clock.advance(10_000);
    const again = await join();
    await again.put(channels(10));
    expect([again.client.link.held, bus.log.head]).toEqual([false, 20]);
  });

  it('a hold for them and one for the pace of puts end when both do (W14, W16)', async () => {
    const bus = new TestBus({
      bounds: { putsPerS: 1, putBurst: 1, putBytesPerS: 1_000, putBurstBytes: 1_000 },
      limits: { putBytes: 1_000 },
    });
    const client = await bus.join([]);
    for (let id = 1; id <= 2; id++) client.say({ put: { id, channels: ['room-1'] } }, PAYLOAD);
    await promises();
    bus.clock.advance(999);
    await promises();
    expect([client.link.held, bus.log.head]).toEqual([true, 1]);
    bus.clock.advance(1);
    await promises();
    expect([client.link.held, bus.log.head]).toEqual([false, 2]);
    client.say({ put: { id: 3, channels: ['room-1'] } }, PAYLOAD);
    await promises();
    bus.clock.advance(1_000);
    await promises();
    expect([client.link.held, bus.log.head]).toEqual([false, 3]);
  });

  it('without users count by address (W16)', async () => {
    const bus = new TestBus({
      bounds: { putBytesPerS: 1_000, putBurstBytes: 1_000 },
      limits: { putBytes: 1_000 },
    });
    const addresses = ['192.0.2.1', '192.0.2.1', '192.0.2.2'];
    const [one, same, other] = addresses.map((address) => {
      const client = new FakeClient(bus.hub, address);
      client.hello();
      client.say({ put: { id: 1, channels: ['room-1'] } }, PAYLOAD);
      return client;
    });
    await promises();
    expect([one, same, other].map((client) => client?.link.held)).toEqual([false, true, false]);
  });
});

describe('a put that takes too much of the log alone', () => {
  it('is refused whole with a remedy, also where there is no pace, and takes nothing (P1)', async () => {
    const { bus, join } = scene();
    const { client, put } = await join();
    await put(channels(11));
    await put(channels(10));
    expect(client.control('refused')).toMatchObject([{ put: 1, code: 'too-many-channels' }]);
    expect(client.control('refused')[0]?.reason).toContain('takes 11000 bytes of the log, more than 10000');
    expect([client.link.held, bus.log.head]).toEqual([false, 10]);
    const unpaced = new TestBus({ limits: { putBytes: 10_000 } });
    const other = await unpaced.join([]);
    other.say({ put: { id: 1, channels: channels(11) } }, PAYLOAD);
    await promises();
    expect(other.control('refused')).toMatchObject([{ code: 'too-many-channels' }]);
    expect(unpaced.log.head).toBe(0);
  });
});
