import { CLOSE, TIMES } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { TestBus } from '../../support/core.ts';
import { ALL, TestGate } from '../../support/grants.ts';
import { promises } from '../../support/model/promises.ts';

const PACE = { putsPerS: 100, putBurst: 1_000 };

async function scene(bounds = PACE) {
  const bus = new TestBus({ bounds });
  const client = await bus.join([]);
  let id = 0;
  /** As they come out of one read of the socket. */
  const puts = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) client.say({ put: { id: ++id, channels: ['room'] } }, '1');
    // A thousand answers are a thousand promises, one behind another.
    await promises();
  };
  return { bus, client, puts };
}

describe('the pace of puts', () => {
  it('is announced in welcome (W14)', async () => {
    const { client } = await scene();
    expect(client.control('welcome')).toMatchObject([{ pace: { putsPerS: 100, burst: 1_000 } }]);
  });

  it('lets a burst through, then holds the link until what was too much has come in again; nothing is refused (W14)', async () => {
    const { bus, client, puts } = await scene();
    await puts(1_000);
    expect(client.link.held).toBe(false);
    await puts(50);
    expect(client.link.held).toBe(true);
    expect(client.control('accepted')).toHaveLength(1_050);
    expect(client.control('refused')).toEqual([]);
    bus.clock.advance(499);
    expect(client.link.held).toBe(true);
    bus.clock.advance(1);
    expect(client.link.held).toBe(false);
    expect(bus.hub.reports.holds).toBe(1);
  });

  it('a put on many channels counts as one for every ten of them (W14)', async () => {
    const { bus, client } = await scene({ putsPerS: 100, putBurst: 100 });
    const channels = (count: number) => Array.from({ length: count }, (_, i) => `inbox${i}`);
    client.say({ put: { id: 1, channels: channels(991) } }, '1');
    await promises();
    expect(client.link.held).toBe(false);
    client.say({ put: { id: 2, channels: channels(11) } }, '1');
    await promises();
    expect(client.control('accepted')).toHaveLength(2);
    expect(client.link.held).toBe(true);
    bus.clock.advance(20);
    expect(client.link.held).toBe(false);
  });

  it('a change of filters counts as well, the more the session has (W14)', async () => {
    const { client } = await scene({ putsPerS: 100, putBurst: 10 });
    const channels = Array.from({ length: 900 }, (_, i) => `inbox${i}`);
    client.say({ subscribe: { id: 1, channels } });
    expect(client.link.held).toBe(false);
    client.say({ subscribe: { id: 2, channels: ['room'] } });
    expect(client.link.held).toBe(true);
    expect(client.control('subscribed').map(({ id }) => id)).toEqual([1, 2]);
  });

  it('is kept over any length of time: no more than the rate goes in (W14)', async () => {
    const { bus, client, puts } = await scene({ putsPerS: 100, putBurst: 10 });
    let put = 0;
    for (let ms = 0; ms < 20_000; ms += 10) {
      // A socket that is read brings what waits in it, a lot at a time.
      if (!client.link.held) await puts(7).then(() => (put += 7));
      bus.clock.advance(10);
    }
    expect(put).toBeLessThanOrEqual(10 + 20 * 100 + 7);
    expect(put).toBeGreaterThan(20 * 100 - 10);
  });

  it('counts what is refused as well, also what could not be read (W14)', async () => {
    const { client, puts } = await scene({ putsPerS: 1, putBurst: 2 });
    client.say({ put: { id: 900, channels: [] } }, '1');
    client.say({ put: { id: 901, channels: 7 } }, '1');
    expect(client.link.held).toBe(false);
    await puts(1);
    expect(client.link.held).toBe(true);
  });

  it('one that is held is not called dead for its silence, and one that is dead is found after it (W14, B3)', async () => {
    const { bus, client, puts } = await scene({ putsPerS: 1, putBurst: 0 });
    client.link.living = false;
    await puts(60);
    bus.clock.advance(59_000);
    expect(client.link.closedWith).toBeUndefined();
    bus.clock.advance(TIMES.silenceMs + 10_000);
    expect(client.link.held).toBe(false);
    expect(client.link.closedWith).toBe(CLOSE.silent.code);
  });

  it('a clock that is put back gives nothing, and takes nothing', async () => {
    const { bus, client, puts } = await scene({ putsPerS: 100, putBurst: 100 });
    await puts(90);
    bus.clock.set(bus.clock.now() - 3_600_000);
    await puts(20);
    expect(client.link.held).toBe(true);
    bus.clock.advance(100);
    expect(client.link.held).toBe(false);
  });

  it('ends with its session', async () => {
    const { bus, client, puts } = await scene();
    const before = bus.clock.pending;
    await puts(1_001);
    expect(bus.clock.pending).toBe(before + 1);
    client.conversation.closed();
    expect(bus.clock.pending).toBe(before);
  });

  it('of 0 a second is none', async () => {
    const { client, puts } = await scene({ putsPerS: 0, putBurst: 0 });
    await puts(3_000);
    expect(client.link.held).toBe(false);
    expect(client.control('welcome')[0]).not.toHaveProperty('pace');
  });
});

describe('what could not be read', () => {
  it('takes from the pace as well: its answer is work too (W14)', async () => {
    const { client, puts } = await scene({ putsPerS: 100, putBurst: 10 });
    await puts(5);
    for (let id = 1; id <= 5; id++) client.say({ subscribe: { id, channels: 5 } } as never);
    expect(client.link.held).toBe(false);
    client.say({ subscribe: { id: 6, channels: 5 } } as never);
    expect(client.link.held).toBe(true);
    expect(client.control('refused')).toHaveLength(6);
  });
});

describe('the pace of a client that reconnects', () => {
  async function scene(bounds = PACE) {
    const gate = new TestGate();
    for (const name of ['alice', 'bob']) gate.knows(name, name, { put: ALL });
    const bus = new TestBus({ gate, bounds });
    let id = 0;
    const join = async (token = 'alice', more = {}) => {
      const client = await bus.join([], { token, ...more });
      const puts = async (count: number): Promise<void> => {
        for (let i = 0; i < count; i++) client.say({ put: { id: ++id, channels: ['room'] } }, '1');
        await promises();
      };
      return {
        link: client.link,
        puts,
        pace: client.control('welcome')[0]?.pace,
        leave: () => client.conversation.closed(),
      };
    };
    return { bus, join };
  }

  it('begins with what the one before has left, and receives that number, whatever its client id; not that of another subject (W14)', async () => {
    const { bus, join } = await scene();
    const first = await join();
    expect(first.pace).toEqual({ putsPerS: 100, burst: 1_000 });
    await first.puts(900);
    first.leave();
    bus.clock.advance(1_000);
    expect((await join('bob')).pace).toEqual({ putsPerS: 100, burst: 1_000 });
    const second = await join();
    expect(second.pace).toEqual({ putsPerS: 100, burst: 1_000, left: 200 });
    await second.puts(200);
    expect(second.link.held).toBe(false);
    await second.puts(1);
    expect(second.link.held).toBe(true);
  });

  it('takes the place of the one before with what that has left (H9, W14)', async () => {
    const { join } = await scene();
    const first = await join('alice', { client: 'a-client-id', connection: 1 });
    await first.puts(600);
    const second = await join('alice', { client: 'a-client-id', connection: 2 });
    expect(first.link.closedWith).toBe(CLOSE.replaced.code);
    expect(second.pace).toMatchObject({ left: 400 });
  });

  it('is known in the very moment in which the one before leaves, whatever the numbers (W14)', async () => {
    for (const putsPerS of [3, 7, 13, 99]) {
      for (let taken = 1; taken <= 20; taken++) {
        const { join } = await scene({ putsPerS, putBurst: 1_000 });
        const first = await join();
        await first.puts(taken);
        first.leave();
        const { pace } = await join();
        expect(pace?.left).toBeGreaterThan(999 - taken - 1);
        expect(pace?.left).toBeLessThanOrEqual(1_000 - taken);
      }
    }
  });

  it('is held from its first moment where more was taken than there is (W14)', async () => {
    const { bus, join } = await scene();
    const first = await join();
    await first.puts(1_050);
    first.leave();
    const second = await join();
    expect([second.pace?.left, second.link.held]).toEqual([-50, true]);
    bus.clock.advance(500);
    expect(second.link.held).toBe(false);
    // However often: it is never more than the rate.
    await second.puts(1);
    second.leave();
    expect((await join()).pace).toMatchObject({ left: -1 });
  });

  it('is handed on once: as many as there were have together what they had (W14)', async () => {
    const { join } = await scene();
    const before = [await join(), await join(), await join()];
    for (const [i, each] of before.entries()) await each.puts(300 * i);
    for (const each of before) each.leave();
    const after = [await join(), await join(), await join()];
    expect(after.map(({ pace }) => pace?.left)).toEqual([400, 700, undefined]);
  });

  it('is known for as long as it would take to come in again, wherever the clock is set', async () => {
    const { bus, join } = await scene();
    const [first, second] = [await join(), await join('bob')];
    await first.puts(500);
    first.leave();
    await second.puts(10);
    second.leave();
    expect(bus.hub.debts?.size).toBe(2);
    bus.clock.advance(5_000);
    expect((await join()).pace).not.toHaveProperty('left');
    const third = await join();
    await third.puts(10);
    third.leave();
    expect(bus.hub.debts?.size).toBe(1);
    bus.clock.set(bus.clock.now() - 3_600_000);
    expect((await join()).pace).toHaveProperty('left');
    bus.clock.advance(5_000);
    expect((await join()).pace).not.toHaveProperty('left');
  });
});
