import { CLOSE } from '@zerospan/shared';
import { describe, expect, it, vi } from 'vitest';
import { TestBus } from '../../support/core.ts';

const gap = (id: number) => ({
  subscriptions: [id],
  reason: 'restart',
  epoch: 'epoch-1',
  from: null,
  to: null,
  missed: null,
});

describe('a position above the head (R10)', () => {
  it('that the log has never given is taken as the head, with a gap', async () => {
    const bus = new TestBus();
    for (let i = 0; i < 3; i++) await bus.put('room');
    const client = await bus.join(
      [
        { id: 1, channels: ['room'], after: 9 },
        { id: 2, channels: ['room'], after: 2 },
      ],
      { epoch: 'epoch-1' },
    );
    const since = { since: { epoch: 'epoch-1', offset: 99 } };
    client.say({ subscribe: { id: 3, channels: ['room'], replay: since } });
    client.say({ subscribe: { id: 4, channels: ['room'], after: 7 } });
    await bus.settle();
    expect(client.control('welcome')).toMatchObject([{ resumed: true, from: 3 }]);
    expect(client.control('gap')).toEqual([gap(1), gap(3), gap(4)]);
    expect(client.control('subscribed').map(({ id, offset }) => [id, offset])).toEqual([
      [1, 3],
      [2, 2],
      [3, 3],
      [4, 3],
    ]);
    expect(client.offsets).toEqual([3]);
    await bus.put('room');
    await bus.settle();
    expect(client.offsets).toEqual([3, 4]);
  });

  it('is judged once, where `since` is asked for: its replay is resumed as it was', async () => {
    const bus = new TestBus();
    for (let i = 0; i < 3; i++) await bus.put('room');
    const since = { since: { epoch: 'epoch-1', offset: 99 } };
    const client = await bus.join([{ id: 1, channels: ['room'], replay: since, after: 3 }], {
      epoch: 'epoch-1',
    });
    expect(client.control('gap')).toEqual([]);
  });

  it('is waited for where the log comes to it: nothing is lost, and nothing given twice', async () => {
    const bus = new TestBus({ isLate: true });
    const putter = await bus.join([]);
    for (let id = 1; id <= 2; id++) putter.say({ put: { id, channels: ['room'] } }, '1');
    const client = bus.connect();
    client.hello([{ id: 1, channels: ['room'], after: 1 }], { epoch: 'epoch-1' });
    await bus.settle();
    expect(client.control('welcome')).toEqual([]);
    while (bus.late.appendNext());
    bus.late.readNext();
    bus.late.prompt();
    await bus.settle();
    expect(client.control('welcome')).toMatchObject([{ from: 1, resumed: true }]);
    expect([client.control('gap'), client.offsets]).toEqual([[], [2]]);
  });

  it('is waited for by a subscription with what comes behind it in order (S10)', async () => {
    const bus = new TestBus({ isLate: true });
    const client = await bus.join([]);
    client.link.keeps = true;
    client.say({ subscribe: { id: 1, channels: ['room'], after: 5 } });
    client.say({ unsubscribe: { id: 1 } });
    expect([client.link.held, client.story]).toEqual([true, ['welcome']]);
    bus.late.prompt();
    await bus.settle();
    expect(client.story).toEqual(['welcome', 'subscribed', 'gap', 'unsubscribed']);
    expect(client.link.held).toBe(false);
  });

  it('is not waited for by a session that ends', async () => {
    const bus = new TestBus({ isLate: true });
    const client = await bus.join([]);
    client.link.keeps = true;
    client.say({ subscribe: { id: 1, channels: ['room'], after: 5 } });
    client.conversation.closed();
    bus.late.prompt();
    await bus.settle();
    expect([client.story, bus.hub.fanout.cohorts.count]).toEqual([['welcome'], 0]);
  });

  it('that the log cannot be asked about closes with 4004, whichever message names it', async () => {
    const bus = new TestBus();
    const fault = new Error('no answer');
    vi.spyOn(bus.late, 'reaches').mockRejectedValue(fault);
    const [asking, greeting, gone] = [await bus.join([]), bus.connect(), await bus.join([])];
    const body = { id: 1, channels: ['room'], after: 5 };
    asking.say({ subscribe: body });
    greeting.hello([body], { epoch: 'epoch-1' });
    gone.say({ subscribe: body });
    gone.conversation.closed();
    await bus.settle();
    expect([asking, greeting].map(({ link, story }) => [link.closedWith, story])).toEqual([
      [CLOSE.failed.code, ['welcome']],
      [CLOSE.failed.code, []],
    ]);
    expect([bus.failures, bus.hub.fanout.cohorts.count]).toEqual([[fault, fault], 0]);
  });
});
