import { ZerospanError } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { BOUNDS } from '../../../server/src/core/access/bounds.ts';
import { type FakeClient, TestBus } from '../../support/core.ts';

/** A client whose link keeps what comes while it is held, as a socket's does. */
async function putter(bus: TestBus): Promise<FakeClient> {
  const client = await bus.join([]);
  client.link.keeps = true;
  return client;
}

describe('puts over a log that answers late', () => {
  it('are never more than putsInFlight at a time, and 20,000 without a pause are accepted in order (P5, S10)', async () => {
    const bus = new TestBus({ isLate: true });
    const client = await putter(bus);
    for (let id = 1; id <= 20_000; id++) client.say({ put: { id, channels: ['room'] } }, String(id));
    let most = 0;
    while (bus.late.appending > 0) {
      const { appending } = bus.late;
      most = Math.max(most, appending);
      // A second later the log has done what it was asked.
      for (let i = 0; i < appending; i++) bus.late.appendNext();
      while (bus.late.answerNext());
      await bus.settle();
    }
    expect(most).toBe(BOUNDS.putsInFlight);
    const accepted = client.control('accepted');
    expect(accepted).toHaveLength(20_000);
    expect(accepted.every(({ put, channels }, i) => put === i + 1 && channels[0]?.offset === i + 1)).toBe(
      true,
    );
    expect([client.link.held, bus.hub.puts.inFlight]).toEqual([false, 0]);
  });

  it('are answered in order, whichever the log answers first (P5)', async () => {
    const bus = new TestBus({ isLate: true });
    const client = await putter(bus);
    for (let id = 1; id <= 5; id++) client.say({ put: { id, channels: ['room'] } }, '1');
    while (bus.late.appendNext());
    for (const which of [4, 1, 2, 0, 0]) {
      bus.late.answerNext(which);
      await bus.settle();
    }
    expect(client.control('accepted').map(({ put }) => put)).toEqual([1, 2, 3, 4, 5]);
  });

  it('hold the link with the pace, and neither lets it go before the other (W14)', async () => {
    const bus = new TestBus({ isLate: true, bounds: { putsInFlight: 2, putsPerS: 1, putBurst: 3 } });
    const client = await putter(bus);
    for (let id = 1; id <= 5; id++) client.say({ put: { id, channels: ['room'] } }, '1');
    expect([client.link.held, bus.late.appending]).toEqual([true, 2]);
    bus.late.appendNext();
    bus.late.answerNext();
    await bus.settle();
    // One more went, and took the last of the burst.
    expect([client.link.held, bus.late.appending]).toEqual([true, 2]);
    bus.late.prompt();
    await bus.settle();
    expect(client.control('accepted').length).toBeLessThan(5);
    for (let i = 0; i < 5; i++) {
      bus.clock.advance(1_000);
      await bus.settle();
    }
    expect(client.control('accepted').map(({ put }) => put)).toEqual([1, 2, 3, 4, 5]);
    expect(client.link.held).toBe(false);
  });

  it('that the log rejects make room as well', async () => {
    const bus = new TestBus({ isLate: true, bounds: { putsInFlight: 1 } });
    const client = await putter(bus);
    for (let id = 1; id <= 3; id++) client.say({ put: { id, channels: ['room'] } }, '1');
    for (let i = 0; i < 3; i++) {
      expect(bus.late.appending).toBe(1);
      bus.late.rejectNext(new ZerospanError('log-failed'));
      bus.late.answerNext();
      await bus.settle();
    }
    expect(client.control('refused').map(({ put, code }) => [put, code])).toEqual([
      [1, 'log-failed'],
      [2, 'log-failed'],
      [3, 'log-failed'],
    ]);
    expect([client.link.held, bus.hub.puts.inFlight, bus.log.head]).toEqual([false, 0, 0]);
  });

  it('are not counted where the log answers at once', async () => {
    const bus = new TestBus({ bounds: { putsInFlight: 1 } });
    const client = await putter(bus);
    for (let id = 1; id <= 300; id++) client.say({ put: { id, channels: ['room'] } }, '1');
    expect([bus.log.head, client.link.held]).toEqual([300, false]);
  });
});

describe('memory of puts over a log that answers late', () => {
  /** A byte of payload, and what it takes beside that; 64 of these puts are under way at most. */
  const PUT_BYTES = 1 + 1_024;

  async function scene() {
    const bus = new TestBus({ isLate: true, bounds: { putBytesInFlight: 64 * PUT_BYTES } });
    const connect = async (address: string): Promise<FakeClient> => {
      const client = bus.connect(address);
      client.hello();
      client.link.keeps = true;
      await bus.settle();
      return client;
    };
    const put = (client: FakeClient, times: number): void => {
      for (let id = 1; id <= times; id++) client.say({ put: { id, channels: ['room'] } }, '1');
    };
    return { bus, connect, put };
  }

  it('is bounded over all sessions of a user, which leaves the others their share (W14)', async () => {
    const { bus, connect, put } = await scene();
    const many = await Promise.all(Array.from({ length: 10 }, async () => connect('192.0.2.1')));
    for (const client of many) put(client, 20);
    const { puts } = bus.hub;
    expect([bus.late.appending, puts.bytesInFlight.taken]).toEqual([48, 48 * PUT_BYTES]);
    const others = await Promise.all([2, 3, 4, 5, 6].map(async (n) => connect(`192.0.2.${n}`)));
    for (const other of others) put(other, 10);
    // Four users have a sixteenth each, and then all is taken.
    expect([bus.late.appending, others.map(({ link }) => link.held)]).toEqual([
      64,
      [true, true, true, true, true],
    ]);
    while (bus.late.appendNext()) {
      bus.late.answerNext();
      await bus.settle();
      expect(puts.bytesInFlight.taken).toBeLessThanOrEqual(64 * PUT_BYTES);
    }
    const ids = (client: FakeClient): number[] => client.control('accepted').map((accepted) => accepted.put);
    for (const [clients, count] of [
      [many, 20],
      [others, 10],
    ] as const)
      for (const client of clients)
        expect(ids(client)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect([puts.bytesInFlight.taken, puts.bytesInFlight.waiting]).toEqual([0, 0]);
    expect([...many, ...others].some(({ link }) => link.held)).toBe(false);
  });

  it('is bounded however often a client puts and leaves, and nothing of those that waited is left', async () => {
    const { bus, connect, put } = await scene();
    for (let i = 0; i < 1_000; i++) {
      const client = await connect('192.0.2.1');
      put(client, 3);
      client.conversation.closed();
    }
    const { bytesInFlight } = bus.hub.puts;
    expect([bus.late.appending, bytesInFlight.waiting]).toEqual([48, 0]);
    bus.late.prompt();
    await bus.settle();
    expect([bus.log.head, bytesInFlight.taken]).toEqual([48, 0]);
  });

  it('is given back by puts that the log rejects, and those that wait for a turn do not come together', async () => {
    const { bus, connect } = await scene();
    const clients = await Promise.all(Array.from({ length: 60 }, async () => connect('192.0.2.1')));
    for (const client of clients)
      client.say({ put: { id: 1, channels: ['room'], confirm: { timeoutMs: 1_000 } } }, '1');
    expect([bus.late.appending, bus.hub.puts.bytesInFlight.waiting]).toEqual([48, 12]);
    while (bus.late.rejectNext(new ZerospanError('log-failed')));
    while (bus.late.answerNext());
    await bus.settle();
    expect([bus.late.appending, bus.hub.puts.bytesInFlight.waiting]).toEqual([12, 0]);
    expect(clients.filter((client) => client.control('refused').length === 1)).toHaveLength(48);
  });
});
