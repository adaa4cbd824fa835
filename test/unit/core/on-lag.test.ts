import type { GapBody } from '@zerospan/shared';
import { describe, expect, it, vi } from 'vitest';
import { type FakeClient, TestBus } from '../../support/core.ts';

const latest = { id: 1, prefixes: ['v.'], onLag: 'latest' };

/** Fills a client's link while these are put, then gives room again. */
async function lag(bus: TestBus, client: FakeClient, channels: readonly string[]): Promise<void> {
  client.link.hasRoom = false;
  for (const channel of channels) await bus.put(channel);
  await bus.settle();
  client.room();
  await bus.settle();
}

/** Publications and gaps in short: `5 v.a`, `gap 1,2-4 3` (subscriptions, range, missed). */
function story(client: FakeClient): string[] {
  return client.link.frames.flatMap((frame) => {
    if ('offset' in frame) return [`${frame.offset} ${frame.channel}`];
    if ('refused' in frame) return [`refused ${frame.refused.subscription} ${frame.refused.code}`];
    return 'gap' in frame ? [inShort(frame.gap)] : [];
  });
}

function inShort(gap: GapBody): string {
  const sender = 'subscriptions' in gap ? gap.subscriptions.join() : gap.channel;
  return `gap ${sender} ${gap.reason} ${gap.from}-${gap.to} ${gap.missed}`;
}

describe.each([
  ['from the tail', 64],
  ['from the log', 1],
])('onLag latest, read %s', (_, tailEntries) => {
  it('gives of each channel only the newest, and reports what it left out as gaps with the exact number (C10)', async () => {
    const bus = new TestBus({ tailEntries });
    const client = await bus.join([latest]);
    await lag(bus, client, ['v.a', 'v.b', 'v.a', 'v.b', 'v.c', 'v.a', 'x', 'v.b', 'v.b']);
    expect(story(client)).toEqual(['gap 1 lag 1-4 4', '5 v.c', '6 v.a', 'gap 1 lag 8-8 1', '9 v.b']);
    await bus.put('v.a');
    await bus.put('v.a');
    await bus.settle();
    expect(story(client).slice(-2)).toEqual(['10 v.a', '11 v.a']);
  });

  it('leaves nothing out that another subscription of the session needs whole (C10)', async () => {
    const bus = new TestBus({ tailEntries });
    const client = await bus.join([latest, { id: 2, channels: ['v.a'] }]);
    await lag(bus, client, ['v.a', 'v.b', 'v.a', 'v.b']);
    expect(story(client)).toEqual(['1 v.a', 'gap 1 lag 2-2 1', '3 v.a', '4 v.b']);
  });

  it('reports it to each subscription that lost by it, with its own number (C10)', async () => {
    const bus = new TestBus({ tailEntries });
    const client = await bus.join([latest, { id: 2, channels: ['v.a'], onLag: 'latest' }]);
    await lag(bus, client, ['v.a', 'v.b', 'v.a', 'v.a', 'v.b']);
    expect(story(client)).toEqual(['gap 1 lag 1-3 3', 'gap 2 lag 1-3 2', '4 v.a', '5 v.b']);
  });

  it('holds for a session that resumes (C10, C11)', async () => {
    const bus = new TestBus({ tailEntries });
    for (let i = 0; i < 5; i++) await bus.put('v.a');
    const client = await bus.join([{ ...latest, after: 1 }], { epoch: 'epoch-1' });
    expect(story(client)).toEqual(['gap 1 lag 2-4 3', '5 v.a']);
  });

  it('leaves out again what was left out before its client was cut off, also where it is replayed up to a sibling that began later (C11)', async () => {
    const bus = new TestBus({ tailEntries });
    for (let i = 0; i < 5; i++) await bus.put('v.a');
    const sibling = { id: 2, channels: ['other'], after: 5 };
    const client = await bus.join([{ ...latest, after: 1 }, sibling], { epoch: 'epoch-1' });
    await bus.settle();
    expect(story(client)).toEqual(['gap 1 lag 2-4 3', '5 v.a']);
  });

  it('gives a replay that was asked for whole (C11)', async () => {
    const bus = new TestBus({ tailEntries });
    for (let i = 0; i < 3; i++) await bus.put('v.a');
    const client = await bus.join([{ ...latest, replay: { last: 3 } }]);
    await bus.settle();
    expect(story(client)).toEqual(['1 v.a', '2 v.a', '3 v.a']);
  });

  it('gives an upstream gap in its place: it is no publication that a newer one replaces (C10, G6)', async () => {
    const bus = new TestBus({ tailEntries });
    const client = await bus.join([latest]);
    client.link.hasRoom = false;
    await bus.put('v.a');
    bus.log.appendGap({ channels: ['v.a'], missed: 7 });
    await bus.put('v.a');
    bus.log.appendGap({ channels: ['v.a'], missed: null });
    await bus.settle();
    client.room();
    await bus.settle();
    expect(story(client)).toEqual([
      'gap 1 lag 1-1 1',
      'gap v.a upstream 2-2 7',
      '3 v.a',
      'gap v.a upstream 4-4 null',
    ]);
  });
});

describe('onLag latest over steps', () => {
  it('of 5,000 publications on 10 channels that many steps read, 10 are sent and 4,990 are reported', async () => {
    const bus = new TestBus({ tailEntries: 16 });
    const client = await bus.join([latest]);
    await lag(
      bus,
      client,
      Array.from({ length: 5_000 }, (_, i) => `v.${i % 10}`),
    );
    expect(client.offsets).toEqual(Array.from({ length: 10 }, (_, i) => 4_991 + i));
    const missed = client.control('gap').reduce((sum, gap) => sum + (gap.missed ?? Number.NaN), 0);
    expect(missed).toBe(4_990);
  });

  it('what the log has dropped is reported besides, and the numbers together are all', async () => {
    const bus = new TestBus({ tailEntries: 4, logBytes: 20 * 400 });
    const client = await bus.join([latest]);
    await lag(
      bus,
      client,
      Array.from({ length: 100 }, () => 'v.a'),
    );
    expect(client.offsets).toEqual([100]);
    const gaps = client.control('gap');
    expect(gaps.map(({ reason }) => reason)).toEqual(['lag', 'lag']);
    expect(gaps.reduce((sum, gap) => sum + (gap.missed ?? Number.NaN), 0)).toBe(99);
  });
});

describe('onLag latest while fan-out leaves entries to later turns', () => {
  it.each([
    ['prompt', false],
    ['late', true],
  ])(
    'reads a %s log once, and again when fan-out has come to the end of what is left out (C10)',
    async (_, isLate) => {
      const bus = new TestBus({ tailEntries: 1, gatheredMost: 1, isLate });
      const client = await bus.join([latest]);
      client.link.hasRoom = false;
      for (let i = 0; i < 4; i++) await bus.put('v.a');
      await bus.settle();
      let reads = 0;
      const read = bus.log.read.bind(bus.log);
      vi.spyOn(bus.log, 'read').mockImplementation((question) => {
        // A session that reads again and again within one turn would not fail the test, but hang it.
        if (++reads > 50) throw new Error('it reads and reads');
        return read(question);
      });
      for (let i = 0; i < 9; i++) await bus.put('v.a');
      expect([bus.log.head, bus.hub.fanout.head]).toEqual([13, 4]);
      client.room();
      await bus.turn();
      while (bus.late.move(() => 0)) await new Promise((done) => setImmediate(done));
      expect([reads, bus.hub.fanout.head < 13, story(client)]).toEqual([1, true, []]);
      await bus.settle();
      while (bus.late.move(() => 0)) await bus.settle();
      expect([reads, bus.failures]).toEqual([2, []]);
      expect(story(client)).toEqual(['gap 1 lag 1-12 12', '13 v.a']);
    },
  );
});

describe('onLag close', () => {
  const close = { id: 1, channels: ['a'], onLag: 'close' };

  it('ends the subscription at once when its session falls behind, and no other (C10)', async () => {
    const bus = new TestBus();
    const client = await bus.join([close, { id: 2, channels: ['b'] }]);
    await bus.put('a');
    await bus.settle();
    client.link.hasRoom = false;
    await bus.put('b');
    await bus.settle();
    expect(story(client)).toEqual(['1 a', 'refused 1 lag']);
    await bus.put('a');
    client.room();
    await bus.settle();
    expect(story(client).slice(2)).toEqual(['2 b']);
    expect(bus.hub.fanout.cohorts.sessionsMatching('a')).toBe(0);
    client.say({ subscribe: { ...close, id: 3 } });
    await bus.put('a');
    await bus.settle();
    expect(client.offsets.at(-1)).toBe(4);
  });

  it('does not end one that is behind because it resumes (C11)', async () => {
    const bus = new TestBus();
    for (let i = 0; i < 5; i++) await bus.put('a');
    const client = await bus.join([{ ...close, after: 2 }], { epoch: 'epoch-1' });
    expect(story(client)).toEqual(['3 a', '4 a', '5 a']);
  });

  it('ends all of a crowd that falls behind in one flush', async () => {
    const bus = new TestBus();
    const crowd = await Promise.all(Array.from({ length: 20 }, () => bus.join([close])));
    for (const [i, client] of crowd.entries()) client.link.hasRoom = i % 2 === 0;
    await bus.put('a');
    await bus.settle();
    for (const [i, client] of crowd.entries()) {
      expect(story(client)).toEqual(i % 2 === 0 ? ['1 a'] : ['refused 1 lag']);
    }
    expect(bus.hub.fanout.cohorts.sessionsMatching('a')).toBe(10);
  });
});

it('an onLag that is none of the three is refused with the subscription (E3)', async () => {
  const bus = new TestBus();
  const client = await bus.join([{ id: 1, channels: ['a'], onLag: 'sometimes' }]);
  client.say({ subscribe: { id: 2, channels: ['a'], onLag: 7 } });
  expect(client.control('refused')).toMatchObject([
    { subscription: 1, code: 'bad-message' },
    { subscription: 2, code: 'bad-message' },
  ]);
});
