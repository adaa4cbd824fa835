import { CLOSE, LIMITS } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { type FakeClient, TestBus } from '../../support/core.ts';

const room = { id: 1, channels: ['room'] };

describe('hello', () => {
  it('a first message that is no hello, or of another protocol, is closed for good (H4)', async () => {
    const bus = new TestBus();
    for (const message of [
      { subscribe: room },
      { hello: { protocol: 'zerospan.v9', client: 'test-client' } },
      { hello: {} },
    ]) {
      const client = bus.connect();
      client.say(message);
      expect(client.control('error')).toMatchObject([{ code: 'bad-hello' }]);
      expect(client.link.closedWith).toBe(CLOSE.badHello.code);
    }
  });

  it('no hello within ten seconds: closed, to come back (H3)', () => {
    const bus = new TestBus();
    const client = bus.connect();
    bus.clock.advance(9_999);
    expect(client.link.closedWith).toBeUndefined();
    bus.clock.advance(1);
    expect(client.control('error')).toMatchObject([{ code: 'hello-timeout' }]);
    expect(client.link.closedWith).toBe(CLOSE.helloTimeout.code);
  });

  it('a bad subscription among good ones is refused by its id, the others stand (H5)', async () => {
    const bus = new TestBus();
    const client = await bus.join([
      { id: 1, channels: ['a b'] },
      { id: 2 },
      room,
      { ...room },
      { id: 4, channels: Array(1_001).fill('x') },
      { id: 5, channels: ['a'], replay: { last: 1, sinceMs: 1 } },
      { id: 6, channels: ['a'], replay: { last: 'one' } },
      { id: 7, channels: ['a'], replay: { last: 1, later: true } },
    ]);
    expect(client.control('refused')).toMatchObject([
      { subscription: 1, code: 'bad-filter' },
      { subscription: 2, code: 'bad-filter' },
      { subscription: 1, code: 'bad-id' },
      { subscription: 4, code: 'too-many-filters' },
      { subscription: 5, code: 'bad-replay' },
      { subscription: 6, code: 'bad-replay' },
    ]);
    expect(client.control('subscribed')).toMatchObject([{ id: 1 }, { id: 7 }]);
    expect(client.story.slice(1, 5)).toEqual(['refused', 'refused', 'subscribed', 'refused']);
  });

  it('a hello with far too many subscriptions is bad as a whole, and answered once', () => {
    const bus = new TestBus();
    const client = bus.connect();
    client.hello(Array.from({ length: 2 * LIMITS.subscriptions + 1 }, () => ({ id: 1 })));
    expect(client.story).toEqual(['error']);
    expect(client.link.closedWith).toBe(CLOSE.badHello.code);
  });

  it('a session has a bound for all its filters together', async () => {
    const bus = new TestBus();
    const many = (id: number) => ({ id, channels: Array.from({ length: 1_000 }, (_, i) => `${id}.${i}`) });
    const client = await bus.join(Array.from({ length: 11 }, (_, i) => many(i + 1)));
    client.say({ subscribe: many(12) });
    expect(client.control('subscribed')).toHaveLength(10);
    expect(client.control('refused').map(({ code }) => code)).toEqual([
      'too-many-filters',
      'too-many-filters',
    ]);
  });

  it('a position without its epoch is refused by itself, and a second hello is a fault (H5, H6)', async () => {
    const bus = new TestBus();
    const positioned = await bus.join([
      { ...room, after: 3 },
      { ...room, id: 2 },
    ]);
    expect(positioned.control('refused')).toMatchObject([
      { subscription: 1, code: 'bad-replay', reason: expect.stringMatching(/epoch/) },
    ]);
    expect(positioned.control('subscribed')).toMatchObject([{ id: 2 }]);
    const client = await bus.join([]);
    client.hello();
    expect(client.control('error')).toMatchObject([{ code: 'bad-message' }]);
  });
});

describe('resume', () => {
  it('a client that comes back is given everything above its position, once, then goes on live (C6)', async () => {
    const bus = new TestBus({ tailEntries: 2 });
    for (let i = 0; i < 20; i++) await bus.put('room');
    const client = await bus.join([{ ...room, after: 5 }], { epoch: 'epoch-1' });
    await bus.put('room');
    await bus.settle();
    expect(client.control('welcome')).toMatchObject([{ resumed: true, from: 5, head: 20 }]);
    expect(client.control('subscribed')).toEqual([{ id: 1, offset: 5, replaying: false }]);
    expect(client.offsets).toEqual(Array.from({ length: 16 }, (_, i) => i + 6));
  });

  it('one subscription made while offline gets nothing from before (C4, S4)', async () => {
    const bus = new TestBus();
    for (let i = 0; i < 10; i++) await bus.put(i % 2 ? 'new' : 'room');
    const client = await bus.join(
      [
        { ...room, after: 5 },
        { id: 2, channels: ['new'] },
      ],
      { epoch: 'epoch-1' },
    );
    await bus.put('new');
    await bus.settle();
    expect(client.control('subscribed')).toEqual([
      { id: 1, offset: 5, replaying: false },
      { id: 2, offset: 10, replaying: false },
    ]);
    expect(client.publications.map(({ channel, offset }) => `${offset} ${channel}`)).toEqual([
      '7 room',
      '9 room',
      '11 new',
    ]);
  });

  it('subscriptions with different positions: the highest is the cursor, the lower are replayed up to it (C6)', async () => {
    const bus = new TestBus({ tailEntries: 2 });
    for (let i = 0; i < 20; i++) await bus.put('room');
    const client = await bus.join(
      [
        { ...room, after: 15 },
        { id: 2, channels: ['room'], after: 10 },
      ],
      { epoch: 'epoch-1' },
    );
    expect(client.control('welcome')).toMatchObject([{ from: 15 }]);
    expect(client.control('subscribed')).toEqual([
      { id: 1, offset: 15, replaying: false },
      { id: 2, offset: 10, replaying: true },
    ]);
    const replayed = client.control('replay').reduce((sum, { count }) => sum + count, 0);
    expect(client.control('live')).toHaveLength(1);
    const live = client.control('live')[0]?.offset as number;
    expect(replayed).toBe(live - 10);
    expect(client.offsets).toHaveLength(replayed + 5);
  });

  it('a replay that was cut before it began is asked again with its position: last n up to there, then everything (C4)', async () => {
    const bus = new TestBus({ tailEntries: 2 });
    for (let i = 0; i < 20; i++) await bus.put('room');
    const client = await bus.join([{ ...room, after: 10, replay: { last: 3 } }], { epoch: 'epoch-1' });
    expect(client.offsets).toEqual(Array.from({ length: 13 }, (_, i) => i + 8));
    expect(client.control('subscribed')).toEqual([{ id: 1, offset: 10, replaying: true }]);
  });

  it('the log no longer reaches back: one gap from the position on to the entry before the oldest kept, then the rest', async () => {
    const bus = new TestBus({ logBytes: 10 * 400, tailEntries: 2 });
    for (let i = 0; i < 50; i++) await bus.put('room');
    const client = await bus.join(
      [
        { ...room, after: 5 },
        { id: 2, channels: ['room'], after: 5 },
      ],
      { epoch: 'epoch-1' },
    );
    const first = client.offsets[0] as number;
    expect(client.control('gap')).toEqual([
      {
        subscriptions: [1, 2],
        reason: 'retention',
        epoch: 'epoch-1',
        from: 6,
        to: first - 1,
        missed: first - 6,
      },
    ]);
    expect(client.offsets.at(-1)).toBe(50);
  });

  it('more last publications than one step reads are all delivered, with one gap and none for lag', async () => {
    const bus = new TestBus({ logBytes: 10 * 400, lastBytes: 10_000_000, tailEntries: 2 });
    await bus.put('room');
    for (let i = 0; i < 5_000; i++) await bus.put(`quiet.${i}`);
    for (let i = 0; i < 50; i++) await bus.put('room');
    const client = await bus.join([{ id: 1, prefixes: [''], after: 0 }], { epoch: 'epoch-1' });
    expect(client.publications.filter(({ channel }) => channel.startsWith('quiet'))).toHaveLength(5_000);
    expect(client.control('gap').map(({ reason }) => reason)).toEqual(['retention']);
  });

  it('what is too old is not given to a client that reconnects, though the tail still has it', async () => {
    const bus = new TestBus({ ageMs: 1_000 });
    for (let i = 0; i < 3; i++) await bus.put('room');
    bus.clock.advance(60_000);
    const client = await bus.join([{ ...room, after: 0 }], { epoch: 'epoch-1' });
    expect(client.offsets).toEqual([]);
    expect(client.control('gap')).toMatchObject([{ from: 1, to: 3, missed: 3 }]);
  });

  it('no gap is cried for a channel that lost nothing (G1)', async () => {
    const bus = new TestBus({ logBytes: 10 * 400, lastBytes: 4_000, tailEntries: 2 });
    await bus.put('quiet');
    for (let i = 0; i < 50; i++) await bus.put('room');
    const client = await bus.join([{ id: 1, channels: ['quiet'], after: 0 }], { epoch: 'epoch-1' });
    expect(client.control('gap')).toEqual([]);
    expect(client.offsets).toEqual([1]);
  });

  it('another epoch: a restart gap with the old position, then everything that the new log holds (C7)', async () => {
    const bus = new TestBus({ tailEntries: 2 });
    for (let i = 0; i < 5; i++) await bus.put('room');
    const client = await bus.join(
      [
        { ...room, after: 700 },
        { id: 2, channels: ['other'] },
      ],
      { epoch: 'old' },
    );
    expect(client.control('gap')).toEqual([
      { subscriptions: [1], reason: 'restart', epoch: 'old', from: 701, to: null, missed: null },
    ]);
    expect(client.control('welcome')).toMatchObject([{ resumed: false, from: 0 }]);
    expect(client.offsets).toEqual([1, 2, 3, 4, 5]);
    expect(client.story.indexOf('gap')).toBeLessThan(client.story.indexOf('1 room'));
  });
});

describe('puts', () => {
  it('accepted names time, offset, sessions and native subscriptions for each channel, doubles counted once', async () => {
    const bus = new TestBus();
    const client = await bus.join([room]);
    await bus.join([{ id: 1, prefixes: [''] }]);
    client.say({ put: { id: 9, channels: ['room', 'native', 'room'] } }, '{"a":1}');
    await bus.settle();
    expect(client.control('accepted')).toEqual([
      {
        put: 9,
        time: bus.clock.now(),
        channels: [
          { channel: 'room', offset: 1, sessions: 2, nativeSubscriptions: 0 },
          { channel: 'native', offset: 2, sessions: 1, nativeSubscriptions: 2 },
        ],
      },
    ]);
    expect(client.publications).toMatchObject([{ offset: 1, channel: 'room', text: '{"a":1}' }]);
  });

  it('a session that replays is counted among those that match a channel, once', async () => {
    const bus = new TestBus();
    await bus.put('room');
    const client = bus.connect();
    client.hello([room]);
    client.say({ subscribe: { id: 2, prefixes: [''], replay: { last: 5 } } });
    client.say({ put: { id: 1, channels: ['room', 'other'] } }, '1');
    await bus.settle();
    client.say({ put: { id: 2, channels: ['room', 'other'] } }, '1');
    await bus.settle();
    for (const { channels } of client.control('accepted'))
      expect(channels.map(({ sessions }) => sessions)).toEqual([1, 1]);
  });

  it('an envelope that is too large is refused by its id (F6, E1)', async () => {
    const bus = new TestBus();
    const client = await bus.join([]);
    client.say({ put: { id: 3, channels: ['a'], pad: 'x'.repeat(LIMITS.envelopeBytes) } }, '1');
    client.say({ subscribe: { ...room, pad: 'x'.repeat(LIMITS.envelopeBytes) } });
    await bus.settle();
    expect(client.control('refused')).toMatchObject([
      { subscription: 1, code: 'too-large' },
      { put: 3, code: 'too-large' },
    ]);
  });

  it('a put is refused whole, before anything is appended, and the socket lives (P4, E1)', async () => {
    const bus = new TestBus();
    const client = await bus.join([]);
    const puts: [string[] | undefined, string | undefined, string][] = [
      [[], '1', 'no-channels'],
      [undefined, '1', 'no-channels'],
      [['good', 'b ad'], '1', 'bad-channel'],
      [['good', ''], '1', 'bad-channel'],
      [['$own'], '1', 'reserved-channel'],
      [Array.from({ length: 1_001 }, (_, i) => `c${i}`), '1', 'too-many-channels'],
      [['a'], undefined, 'no-payload'],
      [['a'], '', 'no-payload'],
      [['a'], '{', 'bad-payload'],
      [['a'], 'NaN', 'bad-payload'],
      [['a'], `"${'x'.repeat(LIMITS.payloadBytes)}"`, 'too-large'],
    ];
    for (const [i, [channels, payload]] of puts.entries())
      client.say({ put: { id: i + 1, channels } }, payload);
    await bus.settle();
    expect(client.control('refused').map(({ put, code }) => [put, code])).toEqual(
      puts.map(([, , code], i) => [i + 1, code]),
    );
    for (const { reason, remedy } of client.control('refused'))
      expect(reason.length * remedy.length).toBeGreaterThan(0);
    expect(bus.log.head).toBe(0);
    expect(client.link.closedWith).toBeUndefined();
  });

  it('null, 0, false, the empty string, {} and [] are messages (P2)', async () => {
    const bus = new TestBus();
    const client = await bus.join([room]);
    for (const [i, text] of ['null', '0', 'false', '""', '{}', '[]', '12345678901234567890'].entries()) {
      client.say({ put: { id: i + 1, channels: ['room'] } }, text);
    }
    await bus.settle();
    expect(client.publications.map(({ text }) => text)).toEqual([
      'null',
      '0',
      'false',
      '""',
      '{}',
      '[]',
      '12345678901234567890',
    ]);
  });

  it('answers come in the order of the puts, refusals among them (P5)', async () => {
    const bus = new TestBus();
    const client = await bus.join([]);
    client.say({ put: { id: 1, channels: ['a'] } }, '1');
    client.say({ put: { id: 2, channels: [] } }, '1');
    client.say({ put: { id: 3 } }, '1');
    client.say({ put: { id: 4, channels: ['a'] } }, '1');
    await bus.settle();
    expect(client.story.slice(1)).toEqual(['accepted', 'refused', 'refused', 'accepted']);
  });
});

describe('a client with two connections', () => {
  it('has the newer one: the older is closed with 4002 and not listened to, whichever hello comes first (H9)', async () => {
    const bus = new TestBus();
    const first = await bus.join([], { client: 'one-client', connection: 1 });
    const second = await bus.join([], { client: 'one-client', connection: 2 });
    expect([first.link.closedWith, second.link.closedWith]).toEqual([4002, undefined]);
    first.say({ put: { id: 1, channels: ['late'] } }, '1');
    const late = await bus.join([], { client: 'one-client', connection: 1 });
    expect(late.story).toEqual([]);
    expect([late.link.closedWith, second.link.closedWith]).toEqual([4002, undefined]);
    await bus.settle();
    expect(bus.log.head).toBe(0);
    second.say({ put: { id: 1, channels: ['good'] } }, '1');
    await bus.settle();
    expect(bus.log.head).toBe(1);
  });

  it('that does not count them has the one that said hello last (H9)', async () => {
    const bus = new TestBus();
    const first = await bus.join([], { client: 'one-client' });
    const second = await bus.join([], { client: 'one-client' });
    expect([first.link.closedWith, second.link.closedWith]).toEqual([4002, undefined]);
  });
});

describe('draining', () => {
  it('gives each session a slot of its own, refuses puts from then on, and delivers what was accepted (D1)', async () => {
    const bus = new TestBus({ tailEntries: 2 });
    const clients = await Promise.all([1, 2, 3].map(() => bus.join([room])));
    const [first, slow] = clients as [FakeClient, FakeClient];
    slow.link.hasRoom = false;
    first.say({ put: { id: 1, channels: ['room'] } }, '1');
    void bus.hub.drain();
    first.say({ put: { id: 2, channels: ['room'] } }, '2');
    await bus.settle();
    expect(first.control('accepted')).toMatchObject([{ put: 1 }]);
    expect(first.control('refused')).toMatchObject([{ put: 2, code: 'draining' }]);
    const slots = () => clients.map((client) => client.control('draining')[0]?.comeBackMs as number);
    // Who is behind is told when it has everything: what it reads after `draining` it may never come to read.
    expect(slots()[1]).toBeUndefined();
    let settled = false;
    const waiting = bus.hub.settled(1_000).then(() => {
      settled = true;
    });
    await bus.settle();
    bus.clock.advance(500);
    await bus.settle();
    expect(settled).toBe(false);
    slow.room();
    await bus.settle();
    bus.clock.advance(20);
    await waiting;
    expect(slow.publications.map(({ text }) => text)).toEqual(['1']);
    expect(slow.story.slice(-2)).toEqual(['1 room', 'draining']);
    expect(new Set(slots()).size).toBe(3);
    expect(Math.max(...slots())).toBeLessThan(bus.hub.retrySpreadMs);
    void bus.hub.stop();
    await bus.settle();
    for (const { link } of clients) expect(link.closedWith).toBe(CLOSE.goingAway.code);
  });

  it('what is gathered is written before a session receives draining (D1)', async () => {
    const bus = new TestBus();
    const client = await bus.join([room]);
    await bus.put('room');
    void bus.hub.drain();
    await bus.settle();
    expect(client.story.slice(-2)).toEqual(['1 room', 'draining']);
  });

  it('who goes on reading is waited for as long as there is time, also above a second', async () => {
    const bus = new TestBus({ tailEntries: 2 });
    const slow = await bus.join([room]);
    slow.link.hasRoom = false;
    for (let i = 0; i < 20; i++) await bus.put('room', 'x'.repeat(50_000));
    await bus.settle();
    void bus.hub.drain();
    let settled = false;
    const waiting = bus.hub.settled(5_000).then(() => {
      settled = true;
    });
    for (let i = 0; i < 4; i++) {
      bus.clock.advance(800);
      await bus.settle();
      expect(settled).toBe(false);
      // Room for what is next, and none after it.
      slow.link.fullAfter = slow.offsets.length + 1;
      slow.link.hasRoom = true;
      slow.conversation.roomAgain();
      await bus.settle();
    }
    for (let checks = 0; checks < 3; checks++) {
      bus.clock.advance(1_100);
      await bus.settle();
    }
    await waiting;
  });

  it('a session that never reads is waited for no longer than a second', async () => {
    const bus = new TestBus();
    const stuck = await bus.join([room]);
    stuck.link.hasRoom = false;
    await bus.put('room');
    await bus.settle();
    void bus.hub.drain();
    const waiting = bus.hub.settled(5_000);
    for (let i = 0; i < 60; i++) {
      bus.clock.advance(20);
      await bus.settle();
    }
    await waiting;
    const late = bus.connect();
    expect(late.link.closedWith).toBe(CLOSE.goingAway.code);
  });
});

describe('beats and faults', () => {
  it('a beat repeats the window for reconnecting, as the number of sessions grows', async () => {
    const bus = new TestBus();
    const first = await bus.join([room]);
    expect(first.control('welcome')).toMatchObject([{ retrySpreadMs: 500 }]);
    await Promise.all(Array.from({ length: 199 }, () => bus.join([room])));
    bus.clock.advance(25_000);
    expect(first.control('beat')).toMatchObject([{ retrySpreadMs: 1_000 }]);
  });

  it("every 20 s the beat reports the session's written cursor, with a ping (B1, B2)", async () => {
    const bus = new TestBus();
    const client = await bus.join([room]);
    await bus.put('other');
    await bus.settle();
    bus.clock.advance(25_000);
    expect(client.control('beat')).toEqual([{ offset: 1, retrySpreadMs: 500 }]);
    expect(client.link.pings).toBe(1);
    client.link.hasRoom = false;
    await bus.put('room');
    await bus.settle();
    bus.clock.advance(20_000);
    expect(client.control('beat').at(-1)).toMatchObject({ offset: 1 });
  });

  it('a link without a sign of life for 30 s is closed, one that shows any lives on (B3)', async () => {
    const bus = new TestBus();
    const dead = await bus.join([room]);
    const alive = await bus.join([room]);
    dead.link.living = false;
    bus.clock.advance(36_000);
    expect(dead.link.closedWith).toBe(CLOSE.silent.code);
    expect(alive.link.closedWith).toBeUndefined();
  });

  it('beat and life do not follow a clock that is set', async () => {
    const bus = new TestBus();
    const client = await bus.join([room]);
    bus.clock.set(bus.clock.now() - 3_600_000);
    bus.clock.advance(25_000);
    expect(client.control('beat')).toHaveLength(1);
    client.link.living = false;
    bus.clock.set(bus.clock.now() + 3_600_000);
    bus.clock.advance(5_000);
    expect(client.link.closedWith).toBeUndefined();
  });

  it('ping is answered at once, while its session is behind and drains, and costs no pace (B4)', async () => {
    const bus = new TestBus({ bounds: { putsPerS: 1, putBurst: 1 } });
    const client = await bus.join([room]);
    for (let id = 0; id < 5; id++) client.say({ ping: { id } });
    expect(client.control('pong').map(({ id }) => id)).toEqual([0, 1, 2, 3, 4]);
    expect(client.link.held).toBe(false);
    client.link.hasRoom = false;
    await bus.put('room');
    client.conversation.drain(1_000);
    client.say({ ping: { id: 2 ** 53 - 1 } });
    expect(client.control('pong').at(-1)).toEqual({ id: 2 ** 53 - 1 });
    expect(client.control('error')).toEqual([]);
    for (const ping of [{}, { id: -1 }, { id: 'x' }, null]) client.say({ ping });
    expect(client.control('error').map(({ code }) => code)).toEqual(Array<string>(4).fill('bad-message'));
  });

  it('ping before welcome is no hello, and between the two a fault (B4, H1, W3)', async () => {
    const bus = new TestBus({ gate: { admit: () => new Promise(() => undefined) } });
    const [first, second] = [bus.connect(), bus.connect()];
    first.say({ ping: { id: 1 } });
    expect([first.control('error')[0]?.code, first.link.closedWith]).toEqual([
      'bad-hello',
      CLOSE.badHello.code,
    ]);
    second.hello();
    second.say({ ping: { id: 1 } });
    expect([second.control('error')[0]?.code, second.link.closedWith]).toEqual(['bad-message', undefined]);
  });

  it('a reason that quotes what came has 1,000 characters at most (F10)', async () => {
    const bus = new TestBus();
    const long = 'x'.repeat(300_000);
    const other = bus.connect();
    other.say({ hello: { protocol: long, client: 'client-id' } });
    const client = await bus.join([{ id: 1, channels: [`${long} `] }]);
    client.say({ put: { id: 1, channels: [`$${long}`] } }, '1');
    client.say({ [long]: {} });
    await bus.settle();
    const said = [...other.control('error'), ...client.control('refused'), ...client.control('error')];
    expect(said).toHaveLength(4);
    for (const { reason } of said) expect(reason.length).toBeLessThanOrEqual(1_000);
  });

  it('the largest messages of a server are within their bound (F10)', async () => {
    const bus = new TestBus();
    const names = Array.from({ length: LIMITS.putChannels }, (_, i) => `${'"'.repeat(180)}${1_000 + i}`);
    const client = await bus.join([], { acks: true });
    client.say({ put: { id: 1, channels: names, confirm: { timeoutMs: 1 } } }, '1');
    await bus.settle();
    bus.clock.advance(1);
    await bus.settle();
    expect([client.control('accepted').length, client.control('confirmed').length]).toEqual([1, 1]);
    for (const text of client.link.texts) expect(Buffer.byteLength(text)).toBeLessThan(1_048_576 - 100_000);
  });

  it('a put that was refused left no trace: its id may be used for it again, and ids need not ascend (P15)', async () => {
    const bus = new TestBus();
    const client = await bus.join([]);
    client.say({ put: { id: 9, channels: ['$no'] } }, '1');
    client.say({ put: { id: 9, channels: ['room'] } }, '1');
    client.say({ put: { id: 3, channels: ['room'] } }, '2');
    await bus.settle();
    expect(client.control('refused').map(({ put }) => put)).toEqual([9]);
    expect(client.control('accepted').map(({ put }) => put)).toEqual([9, 3]);
  });

  it('after the sixteenth nothing is checked any more', async () => {
    const bus = new TestBus();
    const client = await bus.join([room]);
    for (let i = 0; i < 40; i++) client.say({ unheard: {} });
    client.say({ put: { id: 1, channels: ['room'] } }, '1');
    await bus.settle();
    expect(client.control('error')).toHaveLength(LIMITS.faults);
    expect(bus.log.head).toBe(0);
    expect(bus.hub.fanout.cohorts.count).toBe(0);
  });

  it.each<[string, (bus: TestBus, client: FakeClient) => void]>([
    [
      'by its silence',
      (bus, { link }) => {
        link.living = false;
        bus.clock.advance(36_000);
      },
    ],
    ['by the edge, for a binary message', (_, { conversation }) => conversation.close(CLOSE.badMessage)],
  ])('one that is closed %s is not listened to while its link goes', async (_, ends) => {
    const bus = new TestBus();
    const client = await bus.join([room]);
    const timers = bus.clock.pending;
    ends(bus, client);
    expect(client.link.closedWith).toBeDefined();
    expect(client.conversation.session).toBeUndefined();
    client.say({ put: { id: 1, channels: ['room'] } }, '1');
    await bus.settle();
    expect(bus.log.head).toBe(0);
    expect(bus.hub.fanout.cohorts.count).toBe(0);
    expect(bus.clock.pending).toBeLessThanOrEqual(timers);
    // The link tells later, and nothing comes of it a second time.
    client.conversation.closed();
    expect(bus.hub.connections.size).toBe(0);
  });

  it('a message that is none is answered with an error; the sixteenth closes for good (E3)', async () => {
    const bus = new TestBus();
    const client = await bus.join([]);
    for (let i = 0; i < 15; i++) client.say({ unheard: {} });
    expect(client.control('error')).toHaveLength(15);
    expect(client.link.closedWith).toBeUndefined();
    client.say({ hello: { protocol: 'zerospan.v1', client: 'test-client' } });
    expect(client.link.closedWith).toBe(CLOSE.badMessage.code);
  });

  it('what replays on a channel that is live already leaves no cohort behind', async () => {
    const bus = new TestBus();
    const client = await bus.join([room]);
    client.say({ subscribe: { id: 2, channels: ['room'], replay: { last: 5 } } });
    await bus.settle();
    client.conversation.closed();
    expect(bus.hub.fanout.cohorts.count).toBe(0);
  });

  it('a closed conversation leaves nothing behind', async () => {
    const bus = new TestBus();
    const client = await bus.join([room, { id: 2, prefixes: [''], replay: { last: 5 } }]);
    client.conversation.closed();
    await bus.put('room');
    await bus.settle();
    expect(bus.hub.connections.size).toBe(0);
    expect(bus.hub.fanout.cohorts.count).toBe(0);
    expect(client.offsets).toEqual([]);
  });
});
