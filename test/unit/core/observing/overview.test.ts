import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../../server/src/core/connections.ts';
import { Overview } from '../../../../server/src/core/observing/overview.ts';
import { Rates } from '../../../../server/src/core/observing/rates.ts';
import { lagsOf, SessionCounts } from '../../../../server/src/core/observing/standings.ts';
import type { Session } from '../../../../server/src/core/session/session.ts';
import { TestApi } from '../../../support/api.ts';
import { TestBus } from '../../../support/core.ts';

describe('rates', () => {
  it('compare what counters are with what they were ten samples ago', () => {
    let nowMs = 0;
    let puts = 5;
    const rates = new Rates(
      () => nowMs,
      () => ({ puts }),
    );
    expect(rates.perS).toEqual({ puts: 0 });
    for (let i = 0; i < 30; i++) {
      nowMs += 1_000;
      puts += i < 15 ? 100 : 2;
      rates.sample();
    }
    expect(rates.perS).toEqual({ puts: 2 });
    nowMs += 1_000;
    puts += 12;
    expect(rates.perS).toEqual({ puts: 3 });
  });
});

describe('the overview', () => {
  it('says how long a client may be away, by the rate of what the log holds', async () => {
    const api = await TestApi.over(new TestBus());
    const log = () => api.overview.read().log;
    expect(log()).toMatchObject({
      entries: 0,
      heldMs: 0,
      awayMs: 600_000,
      kind: 'memory',
      state: 'reachable',
    });
    await api.put('channel=room', '"hello"');
    api.bus.clock.advance(1_000);
    expect(log()).toMatchObject({ entries: 1, heldMs: 1_000, head: 1, oldest: 1, awayMs: 600_000 });
    await api.put('channel=room', `"${'x'.repeat(10_000)}"`);
    const { bytes, awayMs } = log();
    expect(awayMs).toBe(Math.round((1_000 * 1_000_000) / bytes));
  });

  it('compares the bound of bytes with the bytes that it holds, last publications left out', async () => {
    const bus = new TestBus({ logBytes: 50_000, lastBytes: 1_000_000 });
    const api = await TestApi.over(bus);
    for (let i = 0; i < 10; i++) await api.put(`channel=quiet${i}`, `"${'x'.repeat(10_000)}"`);
    const { bytes } = api.overview.read().log;
    expect(bus.log.counts.bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThanOrEqual(50_000);
  });

  it('says of a log on disk what is there, and how much of it is in memory as well', async () => {
    const bus = new TestBus();
    await bus.put('room', 'x');
    const { clock, hub, log } = bus;
    const disk = { segmentBytes: 5_000, entries: 40, oldest: 7, oldestTime: log.now() - 2_000 };
    const bounds = { mostBytes: 10_000, mostAgeMs: 0, mostChannels: 0, mostReceiptBytes: 0 };
    const about = { kind: 'disk', directory: '.zerospan', counts: log.counts, disk, ...bounds };
    const overview = new Overview(hub, about, { entries: 0, deliveries: 0 });
    clock.advance(1_000);
    expect(overview.read().log).toMatchObject({
      kind: 'disk',
      directory: '.zerospan',
      entries: 40,
      bytes: 5_000,
      oldest: 7,
      heldMs: 3_000,
      memoryBytes: log.counts.bytes,
      awayMs: 6_000,
    });
  });

  it('counts puts, publications and channels as the meters do', async () => {
    const api = await TestApi.over(new TestBus());
    await api.put('channel=a&channel=b', '1');
    await api.put('channel=$own', '1');
    api.bus.clock.advance(2_000);
    expect(api.overview.read()).toMatchObject({
      uptimeMs: 2_000,
      rates: { putsPerS: 0.5, publicationsPerS: 1, deliveriesPerS: 0 },
      channels: { known: 2, held: 2 },
      refusals: { 'reserved-channel': 1 },
      limits: [
        { setting: 'limits.channels', used: 2, most: 100 },
        { setting: 'limits.journalBytes', used: 0, most: 8 * 1_024 * 1_024 },
      ],
    });
  });
});

describe('the lag of sessions', () => {
  const sessionsAt = (...reached: (number | undefined)[]) =>
    reached.map((offset) => ({
      session: offset === undefined ? undefined : ({ reached: offset } as Session),
    }));

  it('is counted in steps, those that have not said hello left out', () => {
    expect(lagsOf(sessionsAt(20_000, 20_001, 19_990, 19_989, 10_000, 9_999, undefined), 20_000)).toEqual([
      { most: 0, sessions: 2 },
      { most: 10, sessions: 1 },
      { most: 100, sessions: 1 },
      { most: 1_000, sessions: 0 },
      { most: 10_000, sessions: 1 },
      { most: null, sessions: 1 },
    ]);
  });

  it.each([
    [1_000, 0],
    [10_000, 5_000],
  ])('of %i connections is counted again after %i ms', (size, holdMs) => {
    let nowMs = 0;
    const all = sessionsAt(...Array.from({ length: size }, () => 7)) as unknown as Connection[];
    let head = 7;
    const counts = new SessionCounts({ elapsed: () => nowMs }, { all, size }, () => head);
    const inReach = (): number | undefined => counts.read().lag[0]?.sessions;
    expect(inReach()).toBe(size);
    head = 8;
    nowMs = holdMs - 1;
    if (holdMs > 0) expect(inReach()).toBe(size);
    nowMs = holdMs;
    expect(inReach()).toBe(0);
  });

  it('is that of what the applications have acknowledged', async () => {
    const bus = new TestBus();
    const api = await TestApi.over(bus);
    const client = await bus.join([{ id: 1, channels: ['room'] }], { acks: true });
    await api.put('channel=room', '1');
    await bus.settle();
    const lag = () => api.overview.read().sessions.lag.filter(({ sessions }) => sessions > 0);
    expect(lag()).toEqual([{ most: 10, sessions: 1 }]);
    const text = client.link.texts.find((each) => each.startsWith('1 ')) ?? '';
    client.say({ ack: { offset: 1, bytes: Buffer.byteLength(text) } });
    expect(lag()).toEqual([{ most: 0, sessions: 1 }]);
  });
});

describe('GET /v1/status', () => {
  it('is answered while the server stops, and nothing else is', async () => {
    const api = await TestApi.over(new TestBus());
    api.isDraining = true;
    expect((await api.ask({ url: '/v1/status' })).statusCode).toBe(200);
    for (const url of ['/v1/history?all', '/v1/events?all']) {
      const answer = await api.ask({ url });
      expect([answer.statusCode, answer.json()]).toMatchObject([503, { code: 'draining' }]);
    }
    expect((await api.put('channel=room', '1')).json()).toMatchObject({ code: 'draining' });
  });

  it('without keys is for this machine alone, and a refusal of it is counted', async () => {
    const api = await TestApi.over(new TestBus());
    const status = () => api.ask({ url: '/v1/status' });
    expect((await status()).statusCode).toBe(200);
    api.isLocal = false;
    const refused = await status();
    expect([refused.statusCode, refused.json()]).toMatchObject([403, { code: 'forbidden' }]);
    expect(api.overview.read().refusals).toEqual({ forbidden: 1 });
  });
});
