import { CLOSE, LIMITS } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { TestBus } from '../../support/core.ts';
import { promises } from '../../support/model/promises.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const codes = (refused: readonly { readonly code: string }[]) => refused.map(({ code }) => code);

describe('limits of a server that are not the protocol’s own', () => {
  it('are announced in welcome, beside the others (H7)', async () => {
    const bus = new TestBus({ limits: { subscriptions: 2, payloadBytes: 8 } });
    const client = await bus.join([]);
    expect(client.control('welcome')[0]?.limits).toEqual({ ...LIMITS, subscriptions: 2, payloadBytes: 8 });
    expect(LIMITS.subscriptions).toBe(128);
  });

  it('are one object for all sessions, which nobody can change', () => {
    const { limits } = new TestBus({ limits: { confirms: 1 } }).hub;
    expect(Object.isFrozen(limits)).toBe(true);
  });

  it('limits.subscriptions: one more is refused, in hello and later, and the others stand', async () => {
    const bus = new TestBus({ limits: { subscriptions: 2 } });
    const client = await bus.join([1, 2, 3].map((id) => ({ id, channels: ['a'] })));
    client.say({ subscribe: { id: 4, channels: ['a'] } });
    expect(client.control('subscribed').map(({ id }) => id)).toEqual([1, 2]);
    expect(client.control('refused')).toMatchObject([
      { subscription: 3, code: 'too-many-subscriptions' },
      { subscription: 4, code: 'too-many-subscriptions' },
    ]);
    expect(bus.hub.reports.refusals.get('too-many-subscriptions')).toBe(2);
  });

  it('limits.filters, limits.sessionFilters: one more is refused', async () => {
    const bus = new TestBus({ limits: { filters: 2, sessionFilters: 3 } });
    const client = await bus.join([]);
    client.say({ subscribe: { id: 1, channels: ['a', 'b', 'c'] } });
    client.say({ subscribe: { id: 2, channels: ['a', 'b'] } });
    client.say({ subscribe: { id: 3, channels: ['a'], prefixes: ['b'] } });
    expect(codes(client.control('refused'))).toEqual(['too-many-filters', 'too-many-filters']);
    expect(client.control('subscribed').map(({ id }) => id)).toEqual([2]);
    expect(bus.hub.reports.refusals.get('too-many-filters')).toBe(2);
  });

  it('limits.putChannels, limits.payloadBytes: a put beyond is refused whole (P1, P2)', async () => {
    const bus = new TestBus({ limits: { putChannels: 2, payloadBytes: 8 } });
    const client = await bus.join([]);
    client.say({ put: { id: 1, channels: ['a', 'b', 'c'] } }, '1');
    client.say({ put: { id: 2, channels: ['a'] } }, '"1234567"');
    client.say({ put: { id: 3, channels: ['a', 'b'] } }, '"123456"');
    await promises();
    expect(codes(client.control('refused'))).toEqual(['too-many-channels', 'too-large']);
    expect(client.control('accepted')).toMatchObject([{ put: 3 }]);
    expect(bus.log.head).toBe(2);
  });

  it('limits.confirms: one put more that asks is refused, and nothing appended; one that does not ask is taken (P14)', async () => {
    const bus = new TestBus({ limits: { confirms: 1 } });
    await bus.join([{ id: 1, channels: ['a'] }], { acks: true });
    const client = await bus.join([]);
    for (const id of [1, 2]) client.say({ put: { id, channels: ['a'], confirm: { timeoutMs: 1_000 } } }, '1');
    client.say({ put: { id: 3, channels: ['a'] } }, '1');
    await promises();
    expect(client.control('refused')).toMatchObject([{ put: 2, code: 'too-many-confirms' }]);
    expect(client.control('accepted').map(({ put }) => put)).toEqual([1, 3]);
    const none = new TestBus({ limits: { confirms: 0 } });
    const asks = await none.join([]);
    asks.say({ put: { id: 1, channels: ['a'], confirm: { timeoutMs: 1_000 } } }, '1');
    await promises();
    expect(codes(asks.control('refused'))).toEqual(['too-many-confirms']);
  });

  it('limits.helloMs: a client that says nothing is closed then, to come back (H1)', () => {
    const bus = new TestBus({ bounds: { helloMs: 500 } });
    const client = bus.connect();
    bus.clock.advance(499);
    expect(client.link.closedWith).toBeUndefined();
    bus.clock.advance(1);
    expect(client.link.closedWith).toBe(CLOSE.helloTimeout.code);
    expect(codes(client.control('error'))).toEqual(['hello-timeout']);
    expect(bus.hub.reports.refusals.get('hello-timeout')).toBe(1);
  });
});

describe('limits.depth', () => {
  it('a payload that is deeper is refused, and its socket lives (F9)', async () => {
    const bus = new TestBus();
    const client = await bus.join([]);
    client.say({ put: { id: 1, channels: ['a'] } }, nested(LIMITS.depth));
    client.say({ put: { id: 2, channels: ['a'] } }, nested(LIMITS.depth + 1));
    client.say({ put: { id: 3, channels: ['a'] } }, `"${nested(LIMITS.depth + 1)}"`);
    await promises();
    expect(client.control('refused')).toMatchObject([{ put: 2, code: 'too-deep' }]);
    expect(client.control('accepted').map(({ put }) => put)).toEqual([1, 3]);
    expect(client.link.closedWith).toBeUndefined();
    expect(bus.hub.reports.refusals.get('too-deep')).toBe(1);
  });

  it('a message that is deeper is refused by its id, or breaks the protocol (F9)', async () => {
    const bus = new TestBus({ limits: { depth: 8 } });
    const client = await bus.join([]);
    const more = JSON.parse(nested(7)) as unknown;
    client.say({ subscribe: { id: 1, channels: ['a'], more: [] } });
    client.say({ subscribe: { id: 2, channels: ['a'], more } });
    client.say({ put: { id: 1, channels: ['a'], more } }, '1');
    client.say({ auth: { token: 't', more } });
    await promises();
    expect(client.control('subscribed').map(({ id }) => id)).toEqual([1]);
    expect(client.control('refused')).toMatchObject([
      { subscription: 2, code: 'too-deep' },
      { put: 1, code: 'too-deep' },
    ]);
    expect(codes(client.control('error'))).toEqual(['too-deep']);
    for (let i = 1; i < LIMITS.faults; i++) client.say({ auth: { token: 't', more } });
    expect(client.link.closedWith).toBe(CLOSE.badMessage.code);
  });

  it('a hello that is deeper is no good one (F9)', () => {
    const bus = new TestBus({ limits: { depth: 8 } });
    const client = bus.connect();
    client.hello([], { more: JSON.parse(nested(7)) as unknown });
    expect(codes(client.control('error'))).toEqual(['bad-hello']);
    expect(client.link.closedWith).toBe(CLOSE.badHello.code);
  });
});
