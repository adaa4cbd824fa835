import { describe, expect, it, vi } from 'vitest';
import type { FakeClient } from '../../support/core.ts';
import { TestBus } from '../../support/core.ts';
import { netstrings, type Spoken, webSocket } from '../../support/encodings.ts';

const room = { id: 1, channels: ['room'] };

/** A bus with clients of two transports that want the same. */
async function scene(options?: ConstructorParameters<typeof TestBus>[0]) {
  const bus = new TestBus(options);
  const join = async (spoken: Spoken): Promise<FakeClient> => {
    const client = bus.connect('', spoken);
    client.hello([room]);
    await bus.settle();
    return client;
  };
  const framed = [await join(webSocket), await join(webSocket)];
  const counted = [await join(netstrings), await join(netstrings)];
  return { bus, framed, counted, all: [...framed, ...counted] };
}

const newestOf = (clients: readonly FakeClient[]) => new Set(clients.map(({ link }) => link.buffers.at(-1)));

async function put(bus: TestBus, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await bus.put('room', i);
}

describe('sessions with the same filters and another transport each', () => {
  it.each([1, 3])('share one buffer a transport, which is encoded once, of %i entries', async (entries) => {
    const { bus, framed, counted, all } = await scene();
    const encoded = [webSocket, netstrings].map(({ encoding }) => vi.spyOn(encoding, 'encode'));
    await put(bus, entries);
    await bus.settle();
    for (const encode of encoded) expect(encode).toHaveBeenCalledTimes(1);
    for (const encode of encoded) encode.mockRestore();
    const offsets = Array.from({ length: entries }, (_, i) => i + 1);
    for (const client of all) expect(client.offsets).toEqual(offsets);
    expect([newestOf(framed).size, newestOf(counted).size, newestOf(all).size]).toEqual([1, 1, 2]);
    expect(bus.hub.fanout.cohorts.count).toBe(2);
    expect(bus.hub.fanout.delivered).toBe(4 * entries);
  });

  it('share what they read when they are behind with those of their own transport', async () => {
    const { bus, framed, counted, all } = await scene({ tailEntries: 1 });
    for (const { link } of all) link.hasRoom = false;
    await put(bus, 20);
    await bus.settle();
    const read = vi.spyOn(bus.log, 'read');
    for (const client of all) client.room();
    await bus.settle();
    expect(read).toHaveBeenCalledTimes(2);
    const offsets = Array.from({ length: 20 }, (_, i) => i + 1);
    for (const client of all) expect(client.offsets).toEqual(offsets);
    const longest = (clients: readonly FakeClient[]) =>
      new Set(clients.map(({ link }) => link.buffers.toSorted((a, b) => b.length - a.length)[0]));
    expect([longest(framed).size, longest(counted).size, longest(all).size]).toEqual([1, 1, 2]);
  });

  it('never share a read, not even with the very same filters', async () => {
    const { bus } = await scene({ tailEntries: 64 });
    const filters = { channels: ['room'], prefixes: [] };
    await put(bus, 2);
    const sharedReads = [webSocket, netstrings].map(({ encoding, ...spoken }) => {
      const nobody = { user: '', step: () => false };
      let texts: string[] = [];
      void bus.hub.sharedReads.above(encoding, filters, 0, {
        who: nobody,
        isFit: () => true,
        use: ({ encoded }) => {
          texts = [...spoken.textsIn(encoded)];
        },
      });
      return texts;
    });
    expect(sharedReads[0]).toHaveLength(2);
    expect(sharedReads[1]).toEqual(sharedReads[0]);
  });

  it('are counted together by a put, and leave nothing behind when they go', async () => {
    const { bus, framed, all } = await scene();
    framed[0]?.say({ put: { id: 1, channels: ['room'] } }, '1');
    await bus.settle();
    expect(framed[0]?.control('accepted')[0]?.channels.map(({ sessions }) => sessions)).toEqual([4]);
    for (const client of all) client.conversation.closed();
    expect([bus.hub.fanout.cohorts.count, bus.hub.fanout.cohorts.sessionsMatching('room')]).toEqual([0, 0]);
  });
});
