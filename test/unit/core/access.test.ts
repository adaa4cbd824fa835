import { CLOSE, type Code, LIMITS, ZerospanError } from '@zerospan/shared';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { GATE_MS } from '../../../server/src/core/access/ask.ts';
import type { FakeClient, TestBusOptions } from '../../support/core.ts';
import { TestBus } from '../../support/core.ts';
import { ALL, grants, set, TestGate } from '../../support/grants.ts';

const room = { id: 1, channels: ['room'] };
const READ = { subscribe: ALL, history: ALL };

function scene(options: TestBusOptions = {}) {
  const gate = new TestGate();
  const bus = new TestBus({ gate, ...options });
  const { clock } = bus;
  gate.knows('alice', 'alice', { ...READ, put: ALL });
  gate.knows('bob', 'bob', { ...READ, put: ALL });
  return { gate, bus, clock };
}

/** A client that was answered; with `client`, under an id of its own choice. */
async function enter(
  bus: TestBus,
  token: string | undefined,
  subscriptions: object[] = [],
  more: object = {},
) {
  return bus.join(subscriptions, { ...(token !== undefined && { token }), ...more });
}

function codes(client: FakeClient): (string | undefined)[] {
  return [...client.control('error'), ...client.control('refused')].map(({ code }) => code);
}

describe('admission', () => {
  it.each<[Code, number]>([
    ['unauthorized', CLOSE.unauthorized.code],
    ['token-expired', CLOSE.expired.code],
    ['revoked', CLOSE.revoked.code],
    ['key-not-known', CLOSE.failed.code],
  ])(
    'with %s receives the error and is closed, and has received and kept nothing else (W1, W2)',
    async (code, close) => {
      const { gate, bus } = scene();
      gate.refuses('bad', new ZerospanError(code));
      await bus.put('room');
      const client = await enter(bus, 'bad', [{ ...room, after: 0 }], { epoch: 'epoch-1' });
      expect(client.story).toEqual(['error']);
      expect(codes(client)).toEqual([code]);
      expect(client.link.closedWith).toBe(close);
      expect(bus.hub.reports.refusals.get(code)).toBe(1);
      expect(bus.hub.fanout.cohorts.count).toBe(0);
      client.say({ put: { id: 1, channels: ['room'] } }, '1');
      await bus.settle();
      expect(bus.log.head).toBe(1);
      expect(bus.failures).toEqual([]);
    },
  );

  it('without a token is unauthorized, where somebody asks (W2)', async () => {
    const { bus } = scene();
    expect(codes(await enter(bus, undefined))).toEqual(['unauthorized']);
  });

  it('is shown to the gate with its session, its id and its address', async () => {
    const { gate, bus } = scene();
    const client = await enter(bus, 'alice');
    expect(gate.asked).toEqual([
      { token: 'alice', visitor: { session: 'session-1', client: client.id, address: '', isLocal: false } },
    ]);
  });

  it('a gate that fails is reported to the operator, and not to the client, which reconnects (W3)', async () => {
    const { gate, bus } = scene();
    gate.refuses('odd', new Error('the key file is gone'));
    const client = await enter(bus, 'odd');
    expect(client.link.closedWith).toBe(CLOSE.failed.code);
    expect(client.story).toEqual([]);
    expect(bus.failures).toMatchObject([{ message: 'the key file is gone' }]);
  });

  it('a gate that throws outright, and one that answers at once', async () => {
    const thrown = new TestBus({
      gate: {
        admit: () => {
          throw new ZerospanError('unauthorized');
        },
      },
    });
    expect(codes(await thrown.join([]))).toEqual(['unauthorized']);
    const { gate } = scene();
    const identity = gate.tokens.get('alice');
    const atOnce = new TestBus({ gate: { admit: () => identity as never } });
    const client = atOnce.connect();
    client.hello([room]);
    expect(client.story).toEqual(['welcome', 'subscribed']);
  });

  it.each<[string, unknown]>([
    ['nothing, at once', undefined],
    ['null, at once', null],
    ['something else, at once', { subject: 'carl' }],
    ['nothing, later', Promise.resolve(undefined)],
    ['something else, later', Promise.resolve({ grants: {} })],
  ])(
    'a gate that answers %s has failed: the client comes back, and the server goes on (W3)',
    async (_, answer) => {
      const bus = new TestBus({ gate: { admit: () => answer as never } });
      const client = await bus.join([room]);
      expect(client.link.closedWith).toBe(CLOSE.failed.code);
      expect(client.story).toEqual([]);
      expect(bus.failures).toHaveLength(1);
    },
  );

  it('a gate that never answers is not waited for longer than its time (W3)', async () => {
    const { gate, bus, clock } = scene();
    gate.waits = true;
    const client = await enter(bus, 'alice');
    clock.advance(GATE_MS - 1);
    expect(client.link.closedWith).toBeUndefined();
    clock.advance(1);
    expect(client.link.closedWith).toBe(CLOSE.failed.code);
    gate.answer();
    await bus.settle();
    expect(client.story).toEqual([]);
  });

  it('nothing that comes before welcome is acted on; at the sixteenth message it is closed for good (W3)', async () => {
    const { gate, bus } = scene();
    gate.waits = true;
    const early = await enter(bus, 'alice');
    early.say({ put: { id: 1, channels: ['room'] } }, '1');
    early.say({ subscribe: room });
    early.say({ hello: { protocol: 'zerospan.v1', client: early.id, token: 'bob' } });
    expect(early.control('error').map(({ code }) => code)).toEqual(Array(3).fill('bad-message'));
    gate.answer();
    await bus.settle();
    expect(early.story).toEqual(['error', 'error', 'error', 'welcome']);
    expect([bus.log.head, gate.asked.length]).toEqual([0, 1]);
    const flood = await enter(bus, 'alice');
    for (let i = 0; i < LIMITS.faults; i++) flood.say({ subscribe: room });
    expect(flood.link.closedWith).toBe(CLOSE.badMessage.code);
    gate.answer();
    await bus.settle();
    expect(flood.control('welcome')).toEqual([]);
  });

  it('one that is gone before the gate has answered leaves nothing behind', async () => {
    const { gate, bus } = scene({ bounds: { connectionsPerUser: 1 } });
    gate.waits = true;
    const client = await enter(bus, 'alice', [room]);
    client.conversation.closed();
    gate.answer();
    await bus.settle();
    expect(client.story).toEqual([]);
    expect([bus.hub.connections.size, bus.hub.fanout.cohorts.count]).toEqual([0, 0]);
    gate.waits = false;
    expect((await enter(bus, 'alice')).control('welcome')).toHaveLength(1);
  });

  it('a server that drains closes those who wait as well', async () => {
    const { gate, bus } = scene();
    gate.waits = true;
    const client = await enter(bus, 'alice');
    const stopped = bus.hub.drain().then(() => bus.hub.stop());
    await bus.settle();
    await stopped;
    expect(client.link.closedWith).toBe(CLOSE.goingAway.code);
  });
});

describe('client ids', () => {
  it('of another subject do not meet: nobody takes another place by knowing its id (W4)', async () => {
    const { bus } = scene();
    const alice = await enter(bus, 'alice', [room], { client: 'the-same-id' });
    const bob = await enter(bus, 'bob', [room], { client: 'the-same-id', connection: 9 });
    expect([alice.link.closedWith, bob.link.closedWith]).toEqual([undefined, undefined]);
    const again = await enter(bus, 'alice', [room], { client: 'the-same-id' });
    expect([alice.link.closedWith, again.link.closedWith]).toEqual([CLOSE.replaced.code, undefined]);
  });

  it('of a rejected client take nobody’s place (W4)', async () => {
    const { gate, bus } = scene();
    const alice = await enter(bus, 'alice', [room], { client: 'the-same-id' });
    for (const token of ['bad', undefined]) await enter(bus, token, [room], { client: 'the-same-id' });
    gate.waits = true;
    await enter(bus, 'alice', [room], { client: 'the-same-id' });
    expect(alice.link.closedWith).toBeUndefined();
    gate.answer();
    await bus.settle();
    expect(alice.link.closedWith).toBe(CLOSE.replaced.code);
  });

  it('keep puts apart: another subject’s put under the same ids is another put (W4, P9)', async () => {
    const { bus } = scene();
    for (const token of ['alice', 'bob', 'alice']) {
      const client = await enter(bus, token, [], { client: 'the-same-id' });
      client.say({ put: { id: 1, channels: ['room'] } }, '"mine"');
      await bus.settle();
      expect(client.control('accepted')).toMatchObject([
        { channels: [{ offset: token === 'alice' ? 1 : 2 }] },
      ]);
    }
    expect(bus.log.head).toBe(2);
  });
});

describe('grants', () => {
  it('refuse a subscription that they do not cover, in hello and after; the others stand (W5)', async () => {
    const { gate, bus } = scene();
    gate.knows('few', 'carl', { subscribe: set('room1 vote.*') });
    const client = await enter(bus, 'few', [
      { id: 1, channels: ['room1'] },
      { id: 2, channels: ['room1', 'room10'] },
      { id: 3, prefixes: ['vote.a'] },
      { id: 4, prefixes: [''] },
      { id: 5, prefixes: ['vote'] },
    ]);
    client.say({ subscribe: { id: 6, channels: ['$clock'] } });
    client.say({ subscribe: { id: 7, channels: ['vote.x'] } });
    expect(client.control('subscribed').map(({ id }) => id)).toEqual([1, 3, 7]);
    expect(client.control('refused')).toMatchObject([
      { subscription: 2, code: 'forbidden', reason: 'No grant to subscribe to "room10".' },
      { subscription: 4, code: 'forbidden' },
      { subscription: 5, code: 'forbidden', reason: 'No grant to subscribe to all that begins with "vote".' },
      { subscription: 6, code: 'forbidden' },
    ]);
    for (const channel of ['room1', 'room10', 'vote.a', 'vote.b', 'vote.x']) await bus.put(channel);
    await bus.settle();
    expect(client.publications.map(({ channel }) => channel)).toEqual(['room1', 'vote.a', 'vote.x']);
  });

  it('refuse a put of which they do not cover every channel, and nothing is appended (W6)', async () => {
    const { gate, bus } = scene();
    gate.knows('few', 'carl', { put: set('room1') });
    const client = await enter(bus, 'few');
    client.say({ put: { id: 1, channels: ['room1', 'room10'] } }, '1');
    client.say({ put: { id: 2, channels: ['room1'], confirm: { timeoutMs: 5 } } }, '1');
    client.say({ put: { id: 3, channels: ['room1'] } }, '1');
    await bus.settle();
    expect(client.control('refused')).toMatchObject([
      { put: 1, code: 'forbidden', reason: 'No grant to put on "room10".' },
      { put: 2, code: 'forbidden', reason: 'No grant to ask who got a put.' },
    ]);
    expect(client.control('accepted')).toMatchObject([{ put: 3 }]);
    expect(bus.log.head).toBe(1);
  });

  it('a put that is sent again and not covered may have been appended before: its outcome is unknown (W6)', async () => {
    const { gate, bus } = scene();
    gate.knows('few', 'carl', {});
    const client = await enter(bus, 'few');
    client.say({ put: { id: 1, channels: ['room'], againMs: 10 } }, '1');
    await bus.settle();
    expect(codes(client)).toEqual(['outcome-unknown']);
    expect(bus.log.head).toBe(0);
  });

  it('let one with the right to it ask who got a put (W6)', async () => {
    const { gate, bus } = scene();
    gate.knows('asks', 'carl', { put: set('room'), confirm: true });
    const client = await enter(bus, 'asks');
    client.say({ put: { id: 1, channels: ['room'], confirm: { timeoutMs: 5 } } }, '1');
    await bus.settle();
    expect(client.story).toEqual(['welcome', 'accepted', 'confirmed']);
  });

  it('are not checked for a delivery (W8)', async () => {
    const { gate, bus } = scene();
    let scanned = 0;
    const some = { subscribe: set('room'), put: set(''), history: set(''), confirm: false, admin: false };
    const watched = new Proxy(some, {
      get: (target, key) => {
        scanned += 1;
        return Reflect.get(target, key) as unknown;
      },
    });
    gate.tokens.set('watched', { subject: 'carl', grants: watched, expiresMs: undefined });
    const client = await enter(bus, 'watched', [room]);
    const before = scanned;
    for (let i = 0; i < 500; i++) await bus.put('room');
    await bus.settle();
    expect(client.offsets).toHaveLength(500);
    expect([before > 0, scanned - before]).toEqual([true, 0]);
  });
});

describe('a fresh token', () => {
  it('brings grants that hold from then on: what they do not cover ends, and then it is authorized (W10)', async () => {
    const { gate, bus, clock } = scene();
    gate.knows('more', 'carl', { subscribe: set('a b'), put: set('a') }, { clock, lastsMs: 60_000 });
    gate.knows('less', 'carl', { subscribe: set('b c'), put: set('c') }, { clock, lastsMs: 90_000 });
    const client = await enter(bus, 'more', [
      { id: 1, channels: ['a'] },
      { id: 2, channels: ['b'] },
    ]);
    expect(client.control('welcome')).toMatchObject([{ expiresInMs: 60_000 }]);
    client.say({ auth: { token: 'less' } });
    await bus.settle();
    expect(client.story.slice(3)).toEqual(['refused', 'authorized']);
    expect(client.control('refused')).toMatchObject([{ subscription: 1, code: 'forbidden' }]);
    expect(client.control('authorized')).toEqual([{ expiresInMs: 90_000 }]);
    for (const channel of ['a', 'b', 'c']) await bus.put(channel);
    client.say({ subscribe: { id: 3, channels: ['c'] } });
    client.say({ put: { id: 1, channels: ['a'] } }, '1');
    client.say({ put: { id: 2, channels: ['c'] } }, '1');
    await bus.settle();
    expect(client.publications.map(({ channel }) => channel)).toEqual(['b', 'c']);
    expect(codes(client).slice(1)).toEqual(['forbidden']);
    expect(client.control('accepted')).toMatchObject([{ put: 2 }]);
  });

  it.each<[string, Code, number]>([
    ['bob', 'unauthorized', CLOSE.unauthorized.code],
    ['unknown', 'unauthorized', CLOSE.unauthorized.code],
    ['old', 'token-expired', CLOSE.expired.code],
    ['gone', 'revoked', CLOSE.revoked.code],
  ])('that is "%s" ends the connection with %s (W2, W10)', async (token, code, close) => {
    const { gate, bus } = scene();
    gate.refuses('old', new ZerospanError('token-expired')).refuses('gone', new ZerospanError('revoked'));
    const client = await enter(bus, 'alice', [room]);
    client.say({ auth: { token } });
    await bus.settle();
    expect(codes(client)).toEqual([code]);
    expect(client.link.closedWith).toBe(close);
    await bus.put('room');
    await bus.settle();
    expect(client.offsets).toEqual([]);
  });

  it('is asked about one at a time (W9)', async () => {
    const { gate, bus } = scene();
    const client = await enter(bus, 'alice');
    gate.waits = true;
    client.say({ auth: { token: 'alice' } });
    client.say({ auth: { token: 'alice' } });
    expect(codes(client)).toEqual(['bad-message']);
    gate.answer();
    await bus.settle();
    gate.waits = false;
    client.say({ auth: { token: 'alice' } });
    await bus.settle();
    expect(client.control('authorized')).toEqual([{ expiresInMs: null }, { expiresInMs: null }]);
    expect(gate.asked).toHaveLength(3);
  });

  it('where nobody asks for one, is taken and does not end (W10)', async () => {
    const bus = new TestBus();
    const client = await bus.join([room]);
    client.say({ auth: { token: 'whatever' } });
    expect(client.story).toEqual(['welcome', 'subscribed', 'authorized']);
    expect(client.control('authorized')).toEqual([{ expiresInMs: null }]);
    expect(client.control('welcome')[0]).not.toHaveProperty('expiresInMs');
    expect(client.control('welcome')[0]).not.toHaveProperty('pace');
  });

  it('whose connection ends while the gate is asked changes nothing', async () => {
    const { gate, bus } = scene();
    const client = await enter(bus, 'alice', [room]);
    gate.waits = true;
    client.say({ auth: { token: 'alice' } });
    client.conversation.closed();
    gate.answer();
    await bus.settle();
    expect(client.control('authorized')).toEqual([]);
    expect(bus.failures).toEqual([]);
  });
});

describe('the end of a token', () => {
  const LASTS_MS = 3_600_000;

  it('closes to come back, within five seconds, unless a fresh one came (W11)', async () => {
    const { gate, bus, clock } = scene();
    gate.knows('hour', 'carl', READ, { clock, lastsMs: LASTS_MS });
    const [left, renewed] = [await enter(bus, 'hour', [room]), await enter(bus, 'hour', [room])];
    clock.advance(LASTS_MS * 0.75);
    gate.knows('next', 'carl', READ, { clock, lastsMs: LASTS_MS });
    renewed.say({ auth: { token: 'next' } });
    await bus.settle();
    clock.advance(LASTS_MS * 0.25 - 1);
    expect(left.link.closedWith).toBeUndefined();
    clock.advance(5_000);
    expect(codes(left)).toEqual(['token-expired']);
    expect([left.link.closedWith, renewed.link.closedWith]).toEqual([CLOSE.expired.code, undefined]);
    clock.advance(LASTS_MS);
    expect(renewed.link.closedWith).toBe(CLOSE.expired.code);
  });

  it('of a token that lasts for a moment only', async () => {
    const { gate, bus, clock } = scene();
    gate.knows('brief', 'carl', READ, { clock, lastsMs: 700 });
    const client = await enter(bus, 'brief');
    clock.advance(699);
    expect(client.link.closedWith).toBeUndefined();
    clock.advance(1);
    expect(client.link.closedWith).toBe(CLOSE.expired.code);
  });

  it('that was near is over with a fresh one, also with one that does not end (W10)', async () => {
    const { gate, bus, clock } = scene();
    gate.knows('brief', 'carl', READ, { clock, lastsMs: 3_000 });
    gate.knows('hour', 'carl', READ, { clock, lastsMs: LASTS_MS }).knows('endless', 'carl', READ);
    for (const token of ['hour', 'endless']) {
      const client = await enter(bus, 'brief');
      client.say({ auth: { token } });
      await bus.settle();
      clock.advance(60_000);
      expect(client.link.closedWith).toBeUndefined();
      gate.knows('brief', 'carl', READ, { clock, lastsMs: 3_000 });
    }
  });

  it('is noticed where the clock was set meanwhile, either way', async () => {
    const { gate, bus, clock } = scene();
    gate.knows('hour', 'carl', READ, { clock, lastsMs: LASTS_MS });
    const client = await enter(bus, 'hour');
    clock.set(clock.now() - LASTS_MS);
    clock.advance(LASTS_MS + 6_000);
    expect(client.link.closedWith).toBeUndefined();
    clock.set(clock.now() + LASTS_MS);
    clock.advance(5_000);
    expect(client.link.closedWith).toBe(CLOSE.expired.code);
  });

  it('has no timer of its own until it is near', async () => {
    const { gate, bus, clock } = scene();
    gate.knows('hour', 'carl', READ, { clock, lastsMs: LASTS_MS });
    await enter(bus, 'hour');
    const before = clock.pending;
    for (let i = 0; i < 100; i++) await enter(bus, 'hour');
    expect(clock.pending).toBe(before);
  });
});

describe('access that is revoked', () => {
  it('of a subject ends all its sessions at once, and of a session that one alone (W12)', async () => {
    const { bus } = scene();
    const alices = [await enter(bus, 'alice', [room]), await enter(bus, 'alice', [room])];
    const bob = await enter(bus, 'bob', [room]);
    const other = await enter(bus, 'bob', [room]);
    const revoked = [
      bus.hub.revoke({ subject: 'alice' }),
      bus.hub.revoke({ session: other.conversation.id }),
    ];
    await bus.put('room');
    await bus.settle();
    expect(await Promise.all(revoked)).toEqual([2, 1]);
    for (const client of [...alices, other]) {
      expect(codes(client)).toEqual(['revoked']);
      expect(client.link.closedWith).toBe(CLOSE.revoked.code);
      expect(client.offsets).toEqual([]);
    }
    expect([bob.link.closedWith, bob.offsets]).toEqual([undefined, [1]]);
    expect(await bus.hub.revoke({ subject: 'nobody' })).toBe(0);
  });

  it('of a token ends what it has opened, whatever opened the others, until a fresh one has taken its place (W12)', async () => {
    const { gate, bus } = scene();
    const identity = { subject: 'carl', grants: grants(READ), expiresMs: undefined };
    for (const token of ['one', 'two']) gate.tokens.set(token, { ...identity, token });
    const [first, second, other] = [
      await enter(bus, 'one'),
      await enter(bus, 'one'),
      await enter(bus, 'two'),
    ];
    second.say({ auth: { token: 'two' } });
    await bus.settle();
    expect(await bus.hub.revoke({ token: 'one' })).toBe(1);
    expect([first, second, other].map(({ link }) => link.closedWith)).toEqual([
      CLOSE.revoked.code,
      undefined,
      undefined,
    ]);
    other.conversation.closed();
    expect(await bus.hub.revoke({ token: 'two' })).toBe(1);
    expect(await bus.hub.revoke({ token: 'two' })).toBe(0);
  });

  it('checks its own sessions alone, however many others are open', async () => {
    const { bus } = scene();
    let checks = 0;
    for (let i = 0; i < 50; i++) {
      const conversation = bus.connect().conversation;
      const { id } = conversation;
      const counted = () => {
        checks++;
        return id;
      };
      Object.defineProperty(conversation, 'id', { get: counted });
    }
    expect(await bus.hub.revoke({ session: 'nobody' })).toBe(0);
    expect(await bus.hub.revoke({ token: 'nobody' })).toBe(0);
    expect(await bus.hub.revoke({ subject: 'nobody' })).toBe(0);
    expect(checks).toBe(0);
  });

  it('in masses is ended as many sessions in a turn of the event loop as a few ms allow', async () => {
    const { bus } = scene();
    const clients = await Promise.all(Array.from({ length: 9 }, () => enter(bus, 'alice')));
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    onTestFinished(() => void vi.restoreAllMocks());
    for (const { link } of clients) {
      const close = link.close.bind(link);
      link.close = (code) => {
        nowMs += 4;
        close(code);
      };
    }
    const closed = () => clients.filter(({ link }) => link.closedWith !== undefined).length;
    const revoked = clients.map(({ conversation }) => bus.hub.revoke({ session: conversation.id }));
    expect(closed()).toBe(3);
    await bus.turn();
    expect(closed()).toBe(6);
    await bus.settle();
    expect(await Promise.all(revoked)).toEqual(clients.map(() => 1));
    expect(closed()).toBe(9);
  });

  it('of a client that is being admitted ends it as well (W12)', async () => {
    const { gate, bus } = scene();
    gate.waits = true;
    const client = await enter(bus, 'alice');
    expect(await bus.hub.revoke({ session: client.conversation.id })).toBe(1);
    gate.answer();
    await bus.settle();
    expect(client.story).toEqual(['error']);
    expect(client.link.closedWith).toBe(CLOSE.revoked.code);
  });
});

describe('connections of one user', () => {
  it('are bounded; one more is closed and may reconnect, and one that goes makes room (W13)', async () => {
    const { bus } = scene({ bounds: { connectionsPerUser: 2 } });
    const first = await enter(bus, 'alice');
    await enter(bus, 'alice');
    const third = await enter(bus, 'alice');
    expect(codes(third)).toEqual(['too-many-connections']);
    expect(third.link.closedWith).toBe(CLOSE.crowded.code);
    expect((await enter(bus, 'bob')).link.closedWith).toBeUndefined();
    first.conversation.closed();
    expect((await enter(bus, 'alice')).link.closedWith).toBeUndefined();
    expect(bus.hub.reports.refusals.get('too-many-connections')).toBe(1);
  });

  it('that take the place of another of the same client are not one more (W13, H9)', async () => {
    const { bus } = scene({ bounds: { connectionsPerUser: 1 } });
    const first = await enter(bus, 'alice', [], { client: 'the-same-id' });
    const again = await enter(bus, 'alice', [], { client: 'the-same-id' });
    expect([first.link.closedWith, again.link.closedWith]).toEqual([CLOSE.replaced.code, undefined]);
    expect((await enter(bus, 'alice')).link.closedWith).toBe(CLOSE.crowded.code);
  });
});

describe('what is refused is reported with its sender', () => {
  const sender = { session: 'session-1', address: '192.0.2.1', subject: 'alice' };

  async function alice(options: TestBusOptions = {}, token = 'alice') {
    const { gate, bus, clock } = scene(options);
    gate.knows('little', 'alice', {});
    const client = bus.connect(sender.address);
    client.hello([], { token });
    await bus.settle();
    return { gate, bus, clock, client };
  }
  const reported = (bus: TestBus) => bus.refused.map(({ fault, sender: of }) => [fault.code, of]);

  it.each<[string, object, string?]>([
    ['a put', { put: { id: 1, channels: ['room'] } }, '1'],
    ['a subscription', { subscribe: room }],
  ])('%s that no grant covers', async (_, message, payload) => {
    const { bus, client } = await alice({}, 'little');
    client.say(message, payload);
    await bus.settle();
    expect(reported(bus)).toEqual([['forbidden', sender]]);
  });

  it('a subscription of hello that no grant covers', async () => {
    const { gate, bus } = scene();
    gate.knows('little', 'alice', {});
    const client = bus.connect(sender.address);
    client.hello([room], { token: 'little' });
    await bus.settle();
    expect(reported(bus)).toEqual([['forbidden', sender]]);
  });

  it('a token that ends, and one connection too many', async () => {
    const { gate, bus, clock } = await alice({ bounds: { connectionsPerUser: 1 } });
    await enter(bus, 'alice');
    gate.knows('short', 'carl', {}, { clock, lastsMs: 1_000 });
    await enter(bus, 'short');
    clock.advance(2_000);
    expect(reported(bus)).toEqual([
      ['too-many-connections', { ...sender, session: 'session-2', address: '' }],
      ['token-expired', { subject: 'carl', session: 'session-3', address: '' }],
    ]);
  });

  it('a hello that is rejected: of nobody yet', async () => {
    const { bus } = await alice({}, 'forged');
    expect(reported(bus)).toEqual([['unauthorized', { ...sender, subject: undefined }]]);
  });
});
