import type { ConfirmedChannel } from '@zerospan/shared';
import { describe, expect, it, vi } from 'vitest';
import { Witnesses } from '../../../server/src/core/receipts/witnesses.ts';
import { type FakeClient, TestBus } from '../../support/core.ts';
import { set } from '../../support/grants.ts';

const room = { id: 1, channels: ['room'] };
const acks = { acks: true };

/** Asks for a receipt; answers what came of it so far. */
function confirm(
  from: FakeClient,
  id: number,
  channels: string[],
  more: object = {},
): () => ConfirmedChannel[] | undefined {
  from.say({ put: { id, channels, confirm: { timeoutMs: 1_000 }, ...more } }, '{"do":"it"}');
  return () =>
    from.control('confirmed').find(({ put }) => put === id)?.channels as ConfirmedChannel[] | undefined;
}

function ack(client: FakeClient, offset: number, bytes = 0): void {
  client.say({ ack: { offset, bytes } });
}

describe('a put that asks who got it', () => {
  it('is confirmed, after accepted, when the last session that matched it has acknowledged it (P11)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    const [a, b, other] = await Promise.all([
      bus.join([room], acks),
      bus.join([room], acks),
      bus.join([{ id: 1, channels: ['other'] }], acks),
    ]);
    const receipt = confirm(admin, 1, ['room']);
    await bus.settle();
    expect(admin.control('accepted')).toMatchObject([{ put: 1, channels: [{ sessions: 2 }] }]);
    ack(a as FakeClient, 1);
    ack(other as FakeClient, 1);
    await bus.settle();
    expect(receipt()).toBeUndefined();
    ack(b as FakeClient, 1);
    await bus.settle();
    expect(receipt()).toEqual([{ channel: 'room', offset: 1, confirmed: 2, skipped: 0, unanswered: 0 }]);
    expect(admin.story.slice(-2)).toEqual(['accepted', 'confirmed']);
    expect(bus.hub.receipts.pending).toBe(0);
  });

  it.each([
    ['all of it', { id: 1 }],
    ['one channel of it', { id: 1, channels: ['room'] }],
  ])(
    'counts what was put in the turn of an unsubscribe of %s, and is written before its answer, as not skipped (P11)',
    async (_, unsubscribe) => {
      const bus = new TestBus();
      const admin = await bus.join([]);
      const a = await bus.join([{ id: 1, channels: ['room', 'other'] }], acks);
      const receipt = confirm(admin, 1, ['room']);
      a.say({ unsubscribe });
      await bus.settle();
      ack(a, 1);
      await bus.settle();
      expect(receipt()).toEqual([{ channel: 'room', offset: 1, confirmed: 1, skipped: 0, unanswered: 0 }]);
    },
  );

  it('counts who has not acknowledged in time as unanswered, and one that never acks is not waited for (P11)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    const a = await bus.join([room], acks);
    await bus.join([room]);
    const receipt = confirm(admin, 1, ['room', 'nobody']);
    await bus.settle();
    expect(receipt()).toBeUndefined();
    bus.clock.advance(1_000);
    await bus.settle();
    const nobody = { channel: 'nobody', offset: 2, confirmed: 0, skipped: 0, unanswered: 0 };
    expect(receipt()).toEqual([
      { channel: 'room', offset: 1, confirmed: 0, skipped: 0, unanswered: 2 },
      nobody,
    ]);
    ack(a, 1);
    const again = confirm(admin, 2, ['nobody']);
    await bus.settle();
    expect(again()).toEqual([{ ...nobody, offset: 3 }]);
  });

  it('reports for each channel who has it, when a session has acknowledged some of them (P11)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    const a = await bus.join([{ id: 1, channels: ['x', 'z'] }], acks);
    const b = await bus.join([{ id: 1, prefixes: [''] }], acks);
    const receipt = confirm(admin, 1, ['x', 'y', 'z']);
    await bus.settle();
    ack(a, 1);
    ack(b, 2);
    bus.clock.advance(1_000);
    await bus.settle();
    expect(receipt()).toMatchObject([
      { channel: 'x', confirmed: 2, unanswered: 0 },
      { channel: 'y', confirmed: 1, unanswered: 0 },
      { channel: 'z', confirmed: 0, unanswered: 2 },
    ]);
  });

  it('an ack of what was not written yet confirms nothing', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    const slow = await bus.join([room], acks);
    slow.link.hasRoom = false;
    const receipt = confirm(admin, 1, ['room']);
    await bus.settle();
    ack(slow, 1_000_000);
    bus.clock.advance(1_000);
    await bus.settle();
    expect(receipt()).toMatchObject([{ confirmed: 0, unanswered: 1 }]);
  });

  it('a session that is behind counts, and may catch up in time (P11)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    const slow = await bus.join([room], acks);
    slow.link.hasRoom = false;
    for (let i = 0; i < 20; i++) await bus.put('room');
    await bus.settle();
    const receipt = confirm(admin, 1, ['room']);
    await bus.settle();
    expect(admin.control('accepted')).toMatchObject([{ channels: [{ offset: 21, sessions: 1 }] }]);
    slow.room();
    await bus.settle();
    ack(slow, 21, 500);
    await bus.settle();
    expect(receipt()).toMatchObject([{ confirmed: 1, unanswered: 0 }]);
  });

  it('what the log drops before a session was sent it is skipped there (P12)', async () => {
    const bus = new TestBus({ logBytes: 4_000 });
    const admin = await bus.join([]);
    const slow = await bus.join([room], acks);
    slow.link.hasRoom = false;
    await bus.put('room');
    await bus.settle();
    const receipt = confirm(admin, 1, ['room']);
    for (let i = 0; i < 50; i++) await bus.put('room');
    await bus.settle();
    slow.room();
    await bus.settle();
    expect(slow.control('gap')).toMatchObject([{ reason: 'lag' }]);
    expect(receipt()).toMatchObject([{ confirmed: 0, skipped: 1, unanswered: 0 }]);
  });

  it('what is not subscribed to any more when its turn comes is skipped (P12)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    const slow = await bus.join([room, { id: 2, channels: ['other'] }], acks);
    slow.link.hasRoom = false;
    await bus.put('other');
    await bus.settle();
    const receipt = confirm(admin, 1, ['room', 'other']);
    await bus.settle();
    slow.say({ unsubscribe: { id: 1 } });
    slow.room();
    await bus.settle();
    ack(slow, 3);
    await bus.settle();
    expect(receipt()).toMatchObject([
      { channel: 'room', confirmed: 0, skipped: 1 },
      { channel: 'other', confirmed: 1, skipped: 0 },
    ]);
  });

  it('a subscription that is being replayed has it when its replay has brought it (P12)', async () => {
    const bus = new TestBus();
    for (let i = 0; i < 20; i++) await bus.put('room');
    const admin = await bus.join([]);
    const client = await bus.join([], acks);
    client.link.fullAfter = 3;
    client.say({ subscribe: { ...room, replay: { since: { epoch: 'epoch-1', offset: 0 } } } });
    await bus.settle();
    client.link.hasRoom = false;
    const receipt = confirm(admin, 1, ['room']);
    await bus.settle();
    expect(admin.control('accepted')).toMatchObject([{ channels: [{ offset: 21, sessions: 1 }] }]);
    client.room();
    await bus.settle();
    expect(receipt()).toBeUndefined();
    ack(client, 21, 2_000);
    await bus.settle();
    expect(receipt()).toMatchObject([{ confirmed: 1, skipped: 0, unanswered: 0 }]);
  });

  it('a client that loses its connection and comes back counts once, by what it acks then (P12)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    const receiving = await bus.join([room], acks);
    const missed = await bus.join([room], acks);
    const away = await bus.join([room], acks);
    const receipt = confirm(admin, 1, ['room']);
    await bus.settle();
    for (const { conversation } of [receiving, missed, away]) conversation.closed();
    const waiting = await bus.join([{ ...room, after: 1 }], {
      ...acks,
      client: receiving.id,
      epoch: 'epoch-1',
    });
    // Received, but not yet handed over: it waits in a queue of the client.
    ack(waiting, 0);
    await bus.settle();
    expect(receipt()).toBeUndefined();
    ack(waiting, 1);
    const back = await bus.join([{ ...room, after: 0 }], { ...acks, client: missed.id, epoch: 'epoch-1' });
    expect(back.offsets).toEqual([1]);
    ack(back, 1);
    await bus.settle();
    bus.clock.advance(1_000);
    await bus.settle();
    expect(receipt()).toMatchObject([{ confirmed: 2, skipped: 0, unanswered: 1 }]);
  });

  it('a session that subscribes behind the put, in the same turn, did not match it (P11)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([], acks);
    const receipt = confirm(admin, 1, ['room']);
    admin.say({ subscribe: room });
    await bus.settle();
    ack(admin, 1);
    await bus.settle();
    expect(admin.control('accepted')).toMatchObject([{ channels: [{ sessions: 0 }] }]);
    expect(receipt()).toMatchObject([{ confirmed: 0, skipped: 0, unanswered: 0 }]);
  });

  it('a half-open connection and the one that took its place count once (H9, P12)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    const old = await bus.join([room], acks);
    const next = await bus.join([{ ...room, after: 0 }], { ...acks, client: old.id, epoch: 'epoch-1' });
    expect(old.link.closedWith).toBe(4002);
    const receipt = confirm(admin, 1, ['room']);
    await bus.settle();
    expect(admin.control('accepted')).toMatchObject([{ channels: [{ sessions: 1 }] }]);
    ack(old, 1);
    await bus.settle();
    expect(receipt()).toBeUndefined();
    ack(next, 1);
    await bus.settle();
    expect(receipt()).toMatchObject([{ confirmed: 1, unanswered: 0 }]);
  });

  it('sent again after its answer was lost, it goes on with the same receipt, or receives the same (P13)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    const a = await bus.join([room], acks);
    confirm(admin, 1, ['room']);
    await bus.settle();
    admin.conversation.closed();
    const back = await bus.join([], { client: admin.id });
    const receipt = confirm(back, 1, ['room'], { againMs: 5 });
    await bus.settle();
    expect(back.control('accepted')).toMatchObject([{ channels: [{ offset: 1 }] }]);
    ack(a, 1);
    await bus.settle();
    const answer = [{ channel: 'room', offset: 1, confirmed: 1, skipped: 0, unanswered: 0 }];
    expect(receipt()).toEqual(answer);
    back.conversation.closed();
    const later = await bus.join([], { client: admin.id });
    const once = confirm(later, 1, ['room'], { againMs: 10 });
    await bus.settle();
    expect(once()).toEqual(answer);
    expect(bus.log.head).toBe(1);
  });

  it('sent again without confirm at first: which sessions matched it then is not known, so all count as unanswered (P13)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    await bus.join([room], acks);
    admin.say({ put: { id: 1, channels: ['room'] } }, '{"do":"it"}');
    await bus.settle();
    const receipt = confirm(admin, 1, ['room'], { againMs: 5 });
    await bus.settle();
    expect(receipt()).toMatchObject([{ confirmed: 0, skipped: 0, unanswered: 1 }]);
  });

  it('what a session was written is not skipped by a replay of another of its subscriptions (P12)', async () => {
    const bus = new TestBus({ tailEntries: 64 });
    const admin = await bus.join([]);
    const client = await bus.join([room], acks);
    const receipt = confirm(admin, 1, ['room']);
    await bus.put('room', 'newer');
    await bus.settle();
    client.say({ subscribe: { ...room, id: 2, replay: { last: 1 } } });
    await bus.settle();
    expect(receipt()).toBeUndefined();
    ack(client, 2);
    await bus.settle();
    expect(receipt()).toMatchObject([{ confirmed: 1, skipped: 0, unanswered: 0 }]);
  });

  it('a client that reconnects without a position begins at the head, and has skipped what was put before (P12)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    // Its subscribed is lost with the connection.
    const first = await bus.join([room], acks);
    first.link.hasRoom = false;
    const receipt = confirm(admin, 1, ['room']);
    await bus.settle();
    first.conversation.closed();
    const back = await bus.join([room], { ...acks, client: first.id });
    await bus.put('room', 'later');
    await bus.settle();
    ack(back, 2);
    await bus.settle();
    expect(receipt()).toMatchObject([{ confirmed: 0, skipped: 1, unanswered: 0 }]);
  });

  it.each([
    { replay: { since: { epoch: 'epoch-1', offset: 0 } }, given: [1], unanswered: 1 },
    { replay: { since: { epoch: 'epoch-1', offset: 1 } }, given: [], unanswered: 0 },
    { replay: { last: 1 }, given: [1], unanswered: 1 },
    { replay: { sinceMs: 1_000 }, given: [1], unanswered: 1 },
  ])(
    'history of $replay that a client asks for again may give it the put: $unanswered unanswered (P12)',
    async (row) => {
      const { replay, given, unanswered } = row;
      const bus = new TestBus();
      const admin = await bus.join([]);
      // Its subscribed is lost with the connection.
      const first = await bus.join([{ ...room, replay }], acks);
      const receipt = confirm(admin, 1, ['room']);
      await bus.settle();
      first.conversation.closed();
      const back = await bus.join([{ ...room, replay }], { ...acks, client: first.id });
      await bus.settle();
      expect(back.offsets).toEqual(given);
      expect(receipt()).toMatchObject([{ confirmed: 0, skipped: 1 - unanswered, unanswered }]);
    },
  );

  it('sent again, it is never refused for lack of room: it may have been appended (P14)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    await bus.join([{ id: 1, channels: ['frozen'] }], acks);
    const channels = (id: number): string[] => [id === 1 ? 'quick' : 'frozen'];
    for (let id = 1; id <= 65; id++) {
      confirm(admin, id, channels(id));
      await bus.settle();
    }
    expect(admin.control('accepted')).toHaveLength(65);
    admin.conversation.closed();
    const again = await bus.join([], { client: admin.id });
    for (let id = 1; id <= 65; id++) {
      confirm(again, id, channels(id), { againMs: 10 });
      await bus.settle();
    }
    expect(again.control('refused')).toEqual([]);
    expect(again.control('accepted')).toHaveLength(65);
    expect(bus.log.head).toBe(65);
  });

  it('a bad time, and one more than may wait, are refused, and nothing is appended (P14)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    await bus.join([room], acks);
    for (const timeoutMs of [0, 60_001]) {
      confirm(admin, 1, ['room'], { confirm: { timeoutMs } });
    }
    await bus.settle();
    expect(admin.control('refused')).toMatchObject([{ code: 'bad-confirm' }, { code: 'bad-confirm' }]);
    for (let id = 1; id <= 65; id++) {
      confirm(admin, id, ['room']);
      await bus.settle();
    }
    expect(admin.control('refused').slice(2)).toMatchObject([{ put: 65, code: 'too-many-confirms' }]);
    expect(bus.log.head).toBe(64);
    bus.clock.advance(1_000);
    await bus.settle();
    expect(bus.hub.receipts.pending).toBe(0);
  });
});

describe('receipts and their order', () => {
  it('confirmed comes behind accepted also where its put waits for one before it (P11)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    const append = bus.log.append.bind(bus.log);
    let answer: () => void = () => {};
    const isLate = new Promise<void>((resolve) => {
      answer = resolve;
    });
    vi.spyOn(bus.log, 'append').mockImplementationOnce((entry) => {
      const appended = append(entry);
      return isLate.then(() => appended) as never;
    });
    admin.say({ put: { id: 1, channels: ['late'] } }, '1');
    // Nobody subscribes to it: its receipt is known at once.
    const receipt = confirm(admin, 2, ['nobody']);
    await bus.settle();
    expect(receipt()).toBeUndefined();
    answer();
    await bus.settle();
    expect(admin.story).toEqual(['welcome', 'accepted', 'accepted', 'confirmed']);
    expect(admin.control('accepted').map(({ put }) => put)).toEqual([1, 2]);
  });

  it('a client that is lost twice running answers for what it was asked before either loss (P11)', async () => {
    const bus = new TestBus();
    const admin = await bus.join([]);
    const first = await bus.join([room], acks);
    const hello = { client: first.id, epoch: 'epoch-1', acks: true };
    const before = confirm(admin, 1, ['room']);
    await bus.settle();
    first.conversation.closed();
    const second = await bus.join([{ ...room, after: 0 }], { ...hello, connection: 1 });
    const between = confirm(admin, 2, ['room']);
    await bus.settle();
    second.conversation.closed();
    const third = await bus.join([{ ...room, after: 0 }], { ...hello, connection: 2 });
    ack(third, 2);
    await bus.settle();
    for (const receipt of [before(), between()])
      expect(receipt).toMatchObject([{ confirmed: 1, unanswered: 0 }]);
    expect(bus.hub.receipts.pending).toBe(0);
  });

  it('two losses of one client without a return between them keep what both were asked (P11)', async () => {
    const bus = new TestBus();
    const { receipts } = bus.hub;
    const clients = [await bus.join([room], acks), await bus.join([room], acks)];
    const admin = await bus.join([]);
    const receipt = confirm(admin, 1, ['room']);
    await bus.settle();
    const back = new Witnesses();
    for (const { conversation } of clients)
      receipts.left('one client', conversation.session?.witnesses as Witnesses);
    receipts.back('one client', back, [{ filter: set('room'), after: 0 }], []);
    back.acked(1);
    await bus.settle();
    expect(receipt()).toMatchObject([{ confirmed: 2, unanswered: 0 }]);
  });
});
