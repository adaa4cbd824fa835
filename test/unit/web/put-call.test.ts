import { ZerospanError } from '@zerospan/shared';
import { describe, expect, it, vi } from 'vitest';
import type { Identity } from '../../../server/src/core/access/gate.ts';
import { PutCall } from '../../../server/src/web/http/api/putting/put-call.ts';
import type { PutAnswer } from '../../../server/src/web/http/api/schemas.ts';
import { TestApi } from '../../support/api.ts';
import { TestBus } from '../../support/core.ts';
import { EventClient } from '../../support/event-client.ts';
import { ALL, TestGate } from '../../support/grants.ts';
import { EVERYBODY, requesterOf } from '../../support/putting.ts';
import { contradictions, sessionsAt } from '../../support/receipt-names.ts';

const REQUEST = { id: 1, key: undefined, channels: ['room'], payload: Buffer.from('1'), confirm: undefined };

/** Calls of one user, and how each ended. */
function callsOf(bus: TestBus, identity: Identity = EVERYBODY) {
  const ends: (PutAnswer | string)[] = [];
  const call = () =>
    new PutCall(requesterOf(bus, identity), bus.hub, {
      answered: (answer) => ends.push(answer),
      failed: (error) => ends.push(error instanceof ZerospanError ? error.code : String(error)),
    });
  return { ends, call };
}

describe('a put by a request', () => {
  it('waits where its user exceeds its pace, and goes on by itself', async () => {
    const bus = new TestBus({ bounds: { putsPerS: 1, putBurst: 1 } });
    const { ends, call } = callsOf(bus);
    for (let i = 0; i < 3; i++) call().put(REQUEST);
    await bus.settle();
    // Each had a bucket of its own at the same time; what they left behind is what the next ones have.
    const before = ends.length;
    const late = call();
    late.put(REQUEST);
    call().put(REQUEST);
    await bus.settle();
    expect(ends.length).toBeGreaterThanOrEqual(before);
    bus.clock.advance(5_000);
    await bus.settle();
    expect(ends).toHaveLength(5);
    expect(bus.log.head).toBe(5);
  });

  it('is dropped when its request ends before its turn, and leaves nothing behind', async () => {
    const bus = new TestBus({ bounds: { putBytesPerS: 1, putBurstBytes: 1 }, limits: { putBytes: 300 } });
    const { ends, call } = callsOf(bus);
    call().put(REQUEST);
    const waits = call();
    waits.put(REQUEST);
    await bus.settle();
    expect(ends).toHaveLength(1);
    waits.close();
    bus.clock.advance(1_000_000);
    await bus.settle();
    expect(ends).toHaveLength(1);
    expect(bus.log.head).toBe(1);
  });

  it.each([
    ['revoked', (bus: TestBus) => void bus.hub.revoke({ subject: 'ada' })],
    ['token-expired', (bus: TestBus) => bus.clock.advance(10_001)],
  ])('that waits ends with its access: %s', async (code, end) => {
    const bus = new TestBus({ bounds: { putBytesPerS: 1, putBurstBytes: 1 }, limits: { putBytes: 300 } });
    const expiresMs = bus.clock.now() + 10_000;
    const { ends, call } = callsOf(bus, { ...EVERYBODY, subject: 'ada', expiresMs });
    call().put(REQUEST);
    call().put(REQUEST);
    await bus.settle();
    expect(ends).toHaveLength(1);
    end(bus);
    await bus.settle();
    expect(ends.slice(1)).toEqual([code]);
    expect(bus.hub.connections.subjects.size).toBe(0);
    bus.clock.advance(1_000_000);
    await bus.settle();
    expect(bus.log.head).toBe(1);
  });
});

describe('who puts over HTTP', () => {
  it('is found out by the gate from Authorization, and pays and is granted as over WebSocket', async () => {
    const gate = new TestGate();
    gate.knows('good', 'ada', { put: ALL });
    const bus = new TestBus({ gate });
    const api = await TestApi.over(bus);
    const put = (authorization?: string) =>
      api.put('channel=a', '1', authorization === undefined ? {} : { authorization });
    const none = await put();
    expect([none.statusCode, none.json().code, none.headers['www-authenticate']]).toEqual([
      401,
      'unauthorized',
      'Bearer',
    ]);
    expect((await put('Basic Z29vZA==')).json().code).toBe('unauthorized');
    expect((await put('bearer good')).statusCode).toBe(200);
    expect(gate.asked.map(({ token }) => token)).toEqual([undefined, undefined, 'good']);
    const address = '127.0.0.1';
    expect(gate.asked[0]?.visitor).toEqual({ session: '', client: '', address, isLocal: true });
    expect(bus.hub.connections.subjects.size).toBe(0);
  });

  it('is asked to retry where the gate fails, and nothing of the token is in the answer', async () => {
    const bus = new TestBus({
      gate: {
        admit: (token) => {
          throw new Error(`no database for ${token}`);
        },
      },
    });
    const api = await TestApi.over(bus);
    const answer = await api.put('channel=a', '1', { authorization: 'Bearer my-secret' });
    expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
      503,
      'gate-failed',
      '10',
    ]);
    expect(answer.body).not.toContain('my-secret');
  });

  it('is answered with draining while the server stops, before its body is read', async () => {
    const api = await TestApi.over(new TestBus());
    api.isDraining = true;
    const answer = await api.put('channel=a', '1');
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'draining']);
    expect([answer.headers['retry-after'], answer.headers.connection]).toEqual(['1', 'close']);
  });
});

it.each([
  ['a byte that begins nothing', [0x22, 0xff, 0x22]],
  ['a character that is cut', [0x22, 0xe2, 0x82, 0x22]],
  ['half of a pair', [0x22, 0xed, 0xa0, 0x80, 0x22]],
])('a payload with %s is no JSON: a WebSocket client would fail at it', async (_what, bytes) => {
  const bus = new TestBus();
  const api = await TestApi.over(bus);
  const answer = await api.ask({ method: 'POST', url: '/v1/put?channel=a', payload: Buffer.from(bytes) });
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'bad-payload']);
  expect(bus.log.head).toBe(0);
});

describe('who got a put, by name', () => {
  it('is answered with who, to this machine alone without keys (P16, W17)', async () => {
    const bus = new TestBus();
    const api = await TestApi.over(bus);
    const reader = await bus.join([{ id: 1, channels: ['a'] }], { acks: true, name: 'Lobby' });
    const stream = await EventClient.open(bus, { channel: ['a'] });
    const asked = api.put('channel=a&confirmMs=100&who', '1');
    await vi.waitFor(() => expect(reader.offsets).toEqual([1]));
    reader.say({ ack: { offset: 1, bytes: 0 } });
    bus.clock.advance(100);
    const { confirmed } = (await asked).json();
    expect(contradictions(confirmed)).toEqual([]);
    const [{ who }] = confirmed.channels;
    expect(confirmed.channels).toMatchObject([{ confirmed: 1, skipped: 0, unanswered: 1 }]);
    expect(sessionsAt(confirmed, who.has)).toEqual(['session-1']);
    expect(sessionsAt(confirmed, who.unanswered)).toEqual([stream.stream?.id]);
    expect(who.unanswered).toMatchObject([[expect.any(Number), 'no-acks']]);
    expect(confirmed.sessions).toContainEqual({
      session: 'session-1',
      ref: expect.any(String),
      name: 'Lobby',
    });
    api.isLocal = false;
    const refused = await api.put('channel=a&confirmMs=100&who', '1');
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'forbidden']);
    expect(bus.log.head).toBe(1);
  });

  it.each(['who', 'who=2&confirmMs=5'])('is no question by itself: ?%s', async (query) => {
    const api = await TestApi.over(new TestBus());
    const answer = await api.put(`channel=a&${query}`, '1');
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'bad-request']);
  });
});

describe('a key', () => {
  it('counts within its subject', async () => {
    const gate = new TestGate();
    gate.knows('a', 'ada', { put: ALL });
    gate.knows('b', 'bob', { put: ALL });
    const bus = new TestBus({ gate });
    const api = await TestApi.over(bus);
    const offsets = [];
    for (const token of ['a', 'b', 'a', 'b']) {
      const answer = await api.put('channel=c', '1', {
        authorization: `Bearer ${token}`,
        'idempotency-key': 'k',
      });
      offsets.push(answer.json().accepted.channels[0].offset);
    }
    expect(offsets).toEqual([1, 2, 1, 2]);
  });

  it.each([
    ['a key of 256 characters', { 'idempotency-key': 'k'.repeat(256) }],
    ['a key with a space', { 'idempotency-key': 'a b' }],
    ['an epoch without a key', { 'zerospan-epoch': 'epoch-1' }],
    ['a time that is no number', { 'idempotency-key': 'k', 'zerospan-sent': 'yesterday' }],
  ])('is not guessed: %s is refused', async (_what, headers) => {
    const bus = new TestBus();
    const answer = await (await TestApi.over(bus)).put('channel=a', '1', headers);
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'bad-request']);
    expect(bus.log.head).toBe(0);
  });

  it('of another epoch has an outcome that nobody knows; of this one, the first answer', async () => {
    const bus = new TestBus();
    const api = await TestApi.over(bus);
    const put = (epoch: string) =>
      api.put('channel=a', '1', { 'idempotency-key': 'k', 'zerospan-epoch': epoch });
    const first = (await put('epoch-1')).json();
    expect((await put('epoch-1')).json()).toEqual(first);
    const other = await put('epoch-0');
    expect([other.statusCode, other.json().code]).toEqual([409, 'outcome-unknown']);
    expect(bus.log.head).toBe(1);
  });
});
