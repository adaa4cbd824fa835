import type { ConfirmedBody } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { type FakeClient, TestBus, type TestBusOptions } from '../../../support/core.ts';
import { ALL, TestGate } from '../../../support/grants.ts';
import { contradictions, sessionsAt } from '../../../support/receipt-names.ts';

const room = { id: 1, channels: ['room'] };
const acks = { acks: true };

async function scene(options?: TestBusOptions) {
  const bus = new TestBus(options);
  bus.isLocal = true;
  return { bus, admin: await bus.join([]) };
}

/** Puts, and asks who got it. */
async function put(
  bus: TestBus,
  admin: FakeClient,
  id: number,
  channels: string[],
  more: object = {},
): Promise<void> {
  admin.say({ put: { id, channels, confirm: { timeoutMs: 1_000, who: true }, ...more } }, '1');
  await bus.settle();
}

async function over(bus: TestBus): Promise<void> {
  bus.clock.advance(1_000);
  await bus.settle();
}

function sessionOf(client: FakeClient): string {
  return client.control('welcome')[0]?.session ?? '';
}

function receiptOf(admin: FakeClient, id = 1): ConfirmedBody {
  const receipt = admin.control('confirmed').find(({ put: of }) => of === id);
  if (!receipt) throw new Error(`there is no receipt of put ${id}`);
  expect(contradictions(receipt)).toEqual([]);
  return receipt;
}

describe('a receipt by name (P16)', () => {
  it('says who has it after how many ms, who skips it and why, and who did not answer', async () => {
    const { bus, admin } = await scene();
    const quick = await bus.join([room], { ...acks, name: 'Quick' });
    const slow = await bus.join([room], acks);
    const gone = await bus.join([room], acks);
    const mute = await bus.join([room]);
    const silent = await bus.join([room], acks);
    gone.link.hasRoom = false;
    await put(bus, admin, 1, ['room', 'nobody']);
    quick.say({ ack: { offset: 1, bytes: 0 } });
    gone.say({ unsubscribe: { id: 1 } });
    bus.clock.advance(250);
    slow.say({ ack: { offset: 1, bytes: 0 } });
    await over(bus);
    const receipt = receiptOf(admin);
    const [inRoom, nobody] = receipt.channels;
    expect(inRoom).toMatchObject({ confirmed: 2, skipped: 1, unanswered: 2 });
    expect(sessionsAt(receipt, inRoom?.who?.has ?? [])).toEqual([sessionOf(quick), sessionOf(slow)]);
    expect(inRoom?.who?.has.map(([, ms]) => ms)).toEqual([0, 250]);
    expect(sessionsAt(receipt, inRoom?.who?.skipped ?? [])).toEqual([sessionOf(gone)]);
    expect(inRoom?.who?.skipped[0]?.[1]).toBe('unsubscribed');
    expect(sessionsAt(receipt, inRoom?.who?.unanswered ?? []).sort()).toEqual([
      sessionOf(mute),
      sessionOf(silent),
    ]);
    const noAcks = inRoom?.who?.unanswered.find(([, why]) => why === 'no-acks');
    expect(noAcks && sessionsAt(receipt, [noAcks])).toEqual([sessionOf(mute)]);
    expect(nobody?.who).toEqual({ has: [], skipped: [], unanswered: [], away: [] });
    expect([receipt.more, receipt.absent]).toEqual([undefined, []]);
    const named = receipt.sessions?.find(({ session }) => session === sessionOf(quick));
    expect(named).toEqual({
      session: sessionOf(quick),
      ref: expect.stringMatching(/^[0-9a-f]{16}$/),
      name: 'Quick',
    });
    expect(JSON.stringify(admin.link.frames)).not.toMatch(
      new RegExp([quick, slow, mute].map(({ id }) => id).join('|')),
    );
  });

  it('says why a session skips: lost to the log, left out for newer ones, gone with its subscription', async () => {
    const { bus, admin } = await scene({ logBytes: 4_000, tailEntries: 1 });
    const lost = await bus.join([room], acks);
    const latest = await bus.join([{ ...room, onLag: 'latest' }], acks);
    const closes = await bus.join([{ ...room, onLag: 'close' }], acks);
    for (const client of [lost, latest, closes]) client.link.hasRoom = false;
    await put(bus, admin, 1, ['room']);
    await bus.put('room');
    await bus.settle();
    latest.room();
    closes.room();
    await bus.settle();
    for (let i = 0; i < 100; i++) await bus.put('room');
    await bus.settle();
    lost.room();
    await bus.settle();
    await over(bus);
    const receipt = receiptOf(admin);
    const skipped = receipt.channels[0]?.who?.skipped ?? [];
    const why = Object.fromEntries(
      sessionsAt(receipt, skipped).map((session, i) => [session, skipped[i]?.[1]]),
    );
    expect(why).toEqual({ [sessionOf(lost)]: 'lag', [sessionOf(latest)]: 'lag', [sessionOf(closes)]: 'lag' });
  });

  it('keeps what was known first: an ack does not reach what a session skips', async () => {
    const { bus, admin } = await scene();
    const client = await bus.join([{ id: 1, channels: ['x', 'y'] }], acks);
    client.link.hasRoom = false;
    await put(bus, admin, 1, ['x', 'y']);
    client.say({ unsubscribe: { id: 1, channels: ['x'] } });
    client.room();
    await bus.settle();
    client.say({ ack: { offset: 2, bytes: 0 } });
    await bus.settle();
    const [x, y] = receiptOf(admin).channels;
    expect([x?.who?.skipped, x?.who?.has, y?.who?.has]).toEqual([[[0, 'unsubscribed']], [], [[0, 0]]]);
  });

  it('calls away whose client is lost, and knows it again when it comes back', async () => {
    const { bus, admin } = await scene();
    const [back, away] = [await bus.join([room], acks), await bus.join([room], acks)];
    await put(bus, admin, 1, ['room']);
    back.conversation.closed();
    away.conversation.closed();
    const again = bus.connect();
    again.hello([{ ...room, after: 0 }], { ...acks, client: back.id, epoch: 'epoch-1' });
    await bus.settle();
    again.say({ ack: { offset: 1, bytes: 0 } });
    await over(bus);
    const receipt = receiptOf(admin);
    const who = receipt.channels[0]?.who;
    expect(sessionsAt(receipt, who?.has ?? [])).toEqual([sessionOf(back)]);
    expect(
      sessionsAt(
        receipt,
        (who?.away ?? []).map((place) => [place]),
      ),
    ).toEqual([sessionOf(away)]);
    await put(bus, admin, 2, ['room']);
    await over(bus);
    const later = receiptOf(admin, 2).sessions?.map(({ session }) => session) ?? [];
    expect(later).toEqual([sessionOf(again)]);
    const refs = [receipt, receiptOf(admin, 2)].map(({ sessions = [] }) => sessions.map(({ ref }) => ref));
    expect(refs[0]).toContain(refs[1]?.[0]);
  });

  it('says of a client that came back without its subscription: unmatched', async () => {
    const { bus, admin } = await scene();
    const client = await bus.join([room], acks);
    await put(bus, admin, 1, ['room']);
    client.conversation.closed();
    const again = bus.connect();
    again.hello([], { ...acks, client: client.id });
    await bus.settle();
    expect(receiptOf(admin).channels[0]?.who?.skipped).toEqual([[0, 'unmatched']]);
  });

  it('lists who lost its session in the minute before as absent, in no count', async () => {
    const { bus, admin } = await scene();
    const join = (name: string, filter: object) => bus.join([{ id: 1, ...filter }], { ...acks, name });
    const long = await join('long', { channels: ['room'] });
    long.conversation.closed();
    bus.clock.advance(60_001);
    const lost = await join('lost', { prefixes: ['r'] });
    const other = await join('other', { channels: ['other'] });
    const done = await join('done', { channels: ['room'] });
    const returned = await join('returned', { channels: ['room'] });
    lost.conversation.closed();
    other.conversation.closed();
    // It said that it is done (1000).
    done.conversation.closed(1000);
    returned.conversation.closed();
    bus.connect().hello([], { client: returned.id });
    bus.clock.advance(2_500);
    await put(bus, admin, 1, ['a', 'room']);
    const receipt = receiptOf(admin);
    expect(
      receipt.channels.map(({ confirmed, skipped, unanswered }) => confirmed + skipped + unanswered),
    ).toEqual([0, 0]);
    expect(receipt.absent).toEqual([
      { session: sessionOf(lost), ref: expect.any(String), name: 'lost', lostMs: 2_500, channels: [1] },
    ]);
  });

  it('names a session once over several turns of fan-out, and each channel at its place', async () => {
    const { bus, admin } = await scene({ gatheredMost: 1 });
    const [a, b] = [
      await bus.join([{ id: 1, prefixes: [''] }], acks),
      await bus.join([{ id: 1, channels: ['y'] }], acks),
    ];
    await put(bus, admin, 1, ['x', 'y', 'z']);
    a.say({ ack: { offset: 2, bytes: 0 } });
    await over(bus);
    const receipt = receiptOf(admin);
    expect(receipt.sessions).toHaveLength(2);
    const has = receipt.channels.map(({ who }) => sessionsAt(receipt, who?.has ?? []));
    expect(has).toEqual([[sessionOf(a)], [sessionOf(a)], []]);
    expect(sessionsAt(receipt, receipt.channels[1]?.who?.unanswered ?? [])).toEqual([sessionOf(b)]);
  });

  it('is the same again for the same put, and as it asks now (P7, P13, P15)', async () => {
    const { bus, admin } = await scene();
    const client = await bus.join([room], acks);
    await put(bus, admin, 1, ['room']);
    client.say({ ack: { offset: 1, bytes: 0 } });
    await bus.settle();
    const first = receiptOf(admin);
    await put(bus, admin, 1, ['room'], { againMs: 5 });
    expect(admin.control('confirmed')).toEqual([first, first]);
    admin.say({ put: { id: 1, channels: ['room'], againMs: 5, confirm: { timeoutMs: 1_000 } } }, '1');
    await bus.settle();
    expect(admin.control('confirmed')[2]).toEqual({
      put: 1,
      channels: [{ channel: 'room', offset: 1, confirmed: 1, skipped: 0, unanswered: 0 }],
    });
    admin.say({ put: { id: 2, channels: ['room'] } }, '1');
    await bus.settle();
    await put(bus, admin, 2, ['room'], { againMs: 5 });
    expect(receiptOf(admin, 2)).toMatchObject({ sessions: [], more: 1, channels: [{ unanswered: 1 }] });
  });

  it('needs the right to names, which confirm alone does not give (W6, W17)', async () => {
    const gate = new TestGate()
      .knows('counts', 'ann', { put: ALL, confirm: true })
      .knows('names', 'ann', { put: ALL, confirm: 'names' });
    const bus = new TestBus({ gate });
    const counts = await bus.join([], { token: 'counts' });
    await put(bus, counts, 1, ['room']);
    await put(bus, counts, 2, ['room'], { againMs: 5 });
    expect(counts.control('refused')).toMatchObject([
      { put: 1, code: 'forbidden', reason: expect.stringContaining('confirm: "names"') },
      { put: 2, code: 'outcome-unknown' },
    ]);
    const names = await bus.join([], { token: 'names' });
    await put(bus, names, 1, ['room']);
    expect(receiptOf(names)).toMatchObject({ sessions: [], absent: [] });
    expect(bus.log.head).toBe(1);
    const stranger = await new TestBus().join([]);
    stranger.say({ put: { id: 1, channels: ['room'], confirm: { timeoutMs: 1, who: true } } }, '1');
    await Promise.resolve();
    expect(await new Promise((seen) => setImmediate(() => seen(stranger.control('refused')[0]?.code)))).toBe(
      'forbidden',
    );
  });
});

describe('what names cost (P14, P16)', () => {
  it('is bounded by sessions times channels before any of it is made', async () => {
    const { bus } = await scene();
    const channels = Array.from({ length: 1_000 }, (_, i) => `c${i}`);
    const { receipts, fanout } = bus.hub;
    fanout.cohorts.sessionsMatching = () => 1_000;
    expect(receipts.reserve('user', channels, true)).toBeDefined();
    fanout.cohorts.sessionsMatching = () => 1_001;
    expect(receipts.reserve('user', channels, true)).toBeUndefined();
    expect(receipts.reserve('user', channels, false)).toBeDefined();
  });

  it('is taken of the memory of receipts, and given back', async () => {
    const { bus, admin } = await scene();
    for (let i = 0; i < 20; i++) await bus.join([room], acks);
    const { receipts } = bus.hub;
    const bytes = (who: boolean): number => {
      const claim = receipts.reserve('user', ['room'], who);
      const { bytes: taken } = claim ?? { bytes: Number.NaN };
      claim?.giveUp();
      return taken;
    };
    expect(bytes(true) - bytes(false)).toBeGreaterThan(20 * 100);
    await put(bus, admin, 1, ['room']);
    expect(receipts.bytes).toBeGreaterThan(0);
    await over(bus);
    expect(receiptOf(admin).sessions).toHaveLength(20);
    expect([receipts.bytes, receipts.pending]).toEqual([0, 0]);
  });

  it('names 1,000 of more, those first that something may have to be done about', async () => {
    const { bus, admin } = await scene();
    const readers: FakeClient[] = [];
    for (let i = 0; i < 1_100; i++) {
      const reader = bus.connect();
      reader.hello([room], acks);
      readers.push(reader);
    }
    await put(bus, admin, 1, ['room']);
    const silent = readers.slice(-20);
    for (const reader of readers.slice(0, -20)) reader.say({ ack: { offset: 1, bytes: 0 } });
    await over(bus);
    const receipt = receiptOf(admin);
    expect([receipt.sessions?.length, receipt.more]).toEqual([1_000, 100]);
    const unanswered = sessionsAt(receipt, receipt.channels[0]?.who?.unanswered ?? []);
    expect(unanswered.sort()).toEqual(silent.map(sessionOf).sort());
    expect(receipt.channels[0]).toMatchObject({ confirmed: 1_080, unanswered: 20 });
  });

  it('fits into 256 KiB, and a message into its bound (F10)', async () => {
    const { bus, admin } = await scene();
    const channels = Array.from({ length: 1_000 }, (_, i) => `c${i}`);
    for (let i = 0; i < 60; i++)
      bus.connect().hello([{ id: 1, prefixes: ['c'] }], { ...acks, name: '💬'.repeat(64) });
    await put(bus, admin, 1, channels);
    await over(bus);
    const receipt = receiptOf(admin);
    const named = receipt.sessions?.length ?? 0;
    expect(named).toBeGreaterThan(10);
    expect(receipt.more).toBe(60 - named);
    const text = JSON.stringify({ confirmed: receipt });
    const counts = receipt.channels.map((channel) => ({ ...channel, who: undefined }));
    const bare = JSON.stringify({ channels: counts });
    expect(Buffer.byteLength(text) - Buffer.byteLength(bare)).toBeLessThan(256 * 1024 + channels.length * 64);
    expect(Buffer.byteLength(text)).toBeLessThan(1_048_576);
  });
});
