import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../../../server/src/logs/memory/index.ts';
import { CurrentSpeech, sse } from '../../../../server/src/web/http/api/events/dialect.ts';
import { range } from '../../../support/buses.ts';
import { TestBus } from '../../../support/core.ts';
import { EventClient } from '../../../support/event-client.ts';
import type { ReadEvent } from '../../../support/event-reader.ts';
import { ALL, set, TestGate } from '../../../support/grants.ts';

const large = 'x'.repeat(50_000);

async function puts(bus: TestBus, channel: string, count: number, value: unknown = 'x'): Promise<void> {
  for (let i = 0; i < count; i++) await bus.put(channel, value);
  await bus.settle();
}

/** How many publications a gap counts. */
function missedIn(event: ReadEvent | undefined): number {
  const { missed } = (event?.data.gap ?? {}) as { missed?: number };
  return missed ?? Number.NaN;
}

describe('a stream of events', () => {
  it('says at once where it is, and at each heartbeat, so that the position of a quiet reader moves', async () => {
    const bus = new TestBus();
    await puts(bus, 'b', 3);
    const client = await EventClient.open(bus, { channel: ['a'] });
    expect(client.story).toEqual(['epoch-1_3 position']);
    await puts(bus, 'b', 4);
    expect(client.story).toHaveLength(1);
    bus.clock.advance(25_000);
    expect(client.story).toEqual(['epoch-1_3 position', 'epoch-1_7 position']);
  });

  it('says no position while history is on its way: its client would lose that history if it were cut', async () => {
    const bus = new TestBus();
    await puts(bus, 'a', 20, large);
    const client = new EventClient(bus);
    client.answer.socket.isStopped = true;
    await client.request({ channel: ['a'], last: 15 });
    expect(client.stream?.session?.isUnfinished).toBe(true);
    await puts(bus, 'a', 1);
    bus.clock.advance(50_000);
    expect(client.answer.text).not.toContain('event: position');
    client.answer.socket.isStopped = false;
    client.answer.socket.flush();
    await bus.settle();
    expect(client.offsets).toEqual(range(6, 21));
    expect(client.story.at(-1)).toBe('epoch-1_21 position');
    expect(client.positions).toHaveLength(1);
  });

  it('says where it is when its history is over, also where there is none', async () => {
    const bus = new TestBus();
    const client = await EventClient.open(bus, { channel: ['a'], last: 5 });
    expect(client.story).toEqual(['epoch-1_0 position']);
  });

  it('reads from the log when its client is slow, and reports a loss with its count, without an id', async () => {
    const bus = new TestBus({ logBytes: 1_500_000 });
    const client = await EventClient.open(bus, { channel: ['a'] });
    client.answer.socket.isStopped = true;
    await puts(bus, 'a', 100, large);
    expect(client.stream?.session?.standing).toBe('behind');
    expect(client.answer.socket.writableLength).toBeLessThan(512 * 1024);
    client.answer.socket.isStopped = false;
    client.answer.socket.flush();
    await bus.settle();
    const gaps = client.read.events.filter(({ event }) => event === 'gap');
    expect(gaps.map(({ id, data }) => [id, (data.gap as { reason: string }).reason])).toEqual([
      [undefined, 'lag'],
    ]);
    expect(missedIn(gaps[0]) + client.offsets.length).toBe(100);
    expect(client.offsets.at(-1)).toBe(100);
    expect(new Set(client.offsets).size).toBe(client.offsets.length);
  });

  it('goes on behind a position, and reports what has been dropped since', async () => {
    const bus = new TestBus({ logBytes: 1_500_000 });
    await puts(bus, 'a', 100, large);
    const client = await EventClient.open(
      bus,
      { channel: ['a'] },
      { lastEventId: 'epoch-1_0000000000000004' },
    );
    const first = client.read.events.find(({ event }) => event === 'gap');
    expect(first).toMatchObject({ id: undefined, data: { gap: { reason: 'retention' } } });
    expect(missedIn(first) + client.offsets.length).toBe(96);
  });

  it('passes on a loss upstream at its place, without an id', async () => {
    const bus = new TestBus();
    const client = await EventClient.open(bus, { channel: ['a'] });
    await bus.put('a');
    bus.log.appendGap({ channels: ['a'], missed: 4 });
    await bus.put('a');
    await bus.settle();
    expect(client.story.slice(1)).toEqual(['epoch-1_1 publication', '- gap', 'epoch-1_3 publication']);
    expect(client.read.events[2]?.data).toEqual({
      gap: { channel: 'a', reason: 'upstream', epoch: 'epoch-1', from: 2, to: 2, missed: 4 },
    });
  });

  it('gives what of another epoch is gone as restart, before any position of this one', async () => {
    const bus = new TestBus();
    await puts(bus, 'a', 2);
    const client = await EventClient.open(bus, { channel: ['a'] }, { lastEventId: 'epoch-0_7' });
    expect(client.story).toEqual([
      '- gap',
      'epoch-1_0 position',
      'epoch-1_1 publication',
      'epoch-1_2 publication',
    ]);
  });

  it('ends when the log becomes another one, and names that in positions from then on', async () => {
    const bus = new TestBus();
    await puts(bus, 'a', 2);
    const speech = new CurrentSpeech(sse);
    const client = await EventClient.open(bus, { channel: ['a'] }, { speech });
    await bus.put('a', 'the last of it');
    const { clock } = bus;
    const next = new MemoryLog({ clock, bytes: 1e8, lastBytes: 0, ageMs: 0, epoch: 'epoch-2' });
    bus.late.restart(next);
    await bus.settle();
    expect(client.story).toEqual(['epoch-1_2 position', 'epoch-1_3 publication']);
    expect(client.answer.isEnded).toBe(true);
    expect(client.read.retries).toHaveLength(1);
    const again = await EventClient.open(
      bus,
      { channel: ['a'] },
      { speech, lastEventId: client.read.lastId },
    );
    next.append({ channels: ['a'], payload: Buffer.from('1'), republish: true });
    await bus.settle();
    expect(again.story).toEqual(['- gap', 'epoch-2_0 position', 'epoch-2_1 publication']);
  });

  it('learns its slot at a drain behind everything that it subscribes to', async () => {
    const bus = new TestBus();
    const clients = await Promise.all(range(1, 10).map(() => EventClient.open(bus, { channel: ['a'] })));
    await bus.put('a');
    const drained = bus.hub.drain();
    await bus.settle();
    await drained;
    for (const client of clients) {
      expect(client.offsets).toEqual([1]);
      expect(client.read.retries).toHaveLength(1);
      expect(client.answer.isEnded).toBe(true);
    }
    expect(new Set(clients.flatMap(({ read }) => read.retries)).size).toBe(10);
    expect(bus.hub.connections.size).toBe(0);
  });

  it('ends with its token, or when that is revoked, and says why', async () => {
    const gate = new TestGate();
    const bus = new TestBus({ gate });
    gate.knows('good', 'eve', { subscribe: ALL }, { clock: bus.clock, lastsMs: 30_000 });
    const [expires, revoked] = [
      await EventClient.open(bus, { channel: ['a'] }, { token: 'good' }),
      await EventClient.open(bus, { channel: ['a'] }, { token: 'good' }),
    ];
    const session = revoked.stream?.id ?? '';
    const ended = bus.hub.revoke({ session });
    await bus.settle();
    expect(await ended).toBe(1);
    bus.clock.advance(30_000);
    await bus.settle();
    const last = ({ read }: EventClient) => read.events.at(-1);
    expect(last(revoked)).toMatchObject({ event: 'error', data: { code: 'revoked' } });
    expect(last(expires)).toMatchObject({ event: 'error', data: { code: 'token-expired' } });
    expect([revoked, expires].map(({ answer }) => answer.isEnded)).toEqual([true, true]);
    expect([bus.hub.connections.size, bus.hub.connections.subjects.size]).toEqual([0, 0]);
  });

  it('is rejected beyond its rights and its limits, and leaves nothing behind', async () => {
    const gate = new TestGate();
    const bus = new TestBus({ gate, bounds: { connectionsPerUser: 2, filtersPerUser: 3 } });
    gate.knows('good', 'eve', { subscribe: set('a b c') });
    const rejected = async (query: Parameters<typeof EventClient.open>[1]) =>
      (await EventClient.open(bus, query, { token: 'good' })).rejected;
    expect(await rejected({ channel: ['d'] })).toBe('forbidden');
    expect(await rejected({ channel: ['a'], last: 1 })).toBe('forbidden');
    expect(await rejected({ channel: ['a', 'b', 'c', 'a'] })).toBe('too-many-filters');
    expect(await rejected({})).toBe('bad-filter');
    expect(await rejected({ channel: ['a'] })).toBeUndefined();
    expect(await rejected({ channel: ['a'] })).toBeUndefined();
    expect(await rejected({ channel: ['a'] })).toBe('too-many-connections');
    expect(bus.hub.connections.size).toBe(2);
  });

  it('is closed when its client takes nothing for minutes', async () => {
    const bus = new TestBus();
    const client = await EventClient.open(bus, { channel: ['a'] });
    client.answer.socket.isStopped = true;
    await puts(bus, 'a', 1);
    bus.clock.advance(170_000);
    expect(client.answer.isEnded).toBe(false);
    bus.clock.advance(60_000);
    expect(client.answer.isEnded).toBe(true);
  });

  it('shares what is encoded with all that have the same filters', async () => {
    const bus = new TestBus();
    const speech = new CurrentSpeech(sse);
    let encoded = 0;
    const { encoding } = speech.of('epoch-1');
    const encode = encoding.encode.bind(encoding);
    encoding.encode = (entries) => {
      encoded++;
      return encode(entries);
    };
    const clients = await Promise.all(
      range(1, 20).map(() => EventClient.open(bus, { channel: ['a'] }, { speech })),
    );
    await puts(bus, 'a', 1);
    expect(encoded).toBe(1);
    expect(clients.map(({ offsets }) => offsets)).toEqual(clients.map(() => [1]));
  });

  it('counts as one that did not answer where a put asks who got it', async () => {
    const bus = new TestBus();
    await EventClient.open(bus, { channel: ['a'] });
    const putter = await bus.join([]);
    putter.say({ put: { id: 1, channels: ['a'], confirm: { timeoutMs: 1_000 } } }, '1');
    await bus.settle();
    bus.clock.advance(1_500);
    await bus.settle();
    expect(putter.control('confirmed')).toMatchObject([
      { channels: [{ confirmed: 0, skipped: 0, unanswered: 1 }] },
    ]);
  });
});
