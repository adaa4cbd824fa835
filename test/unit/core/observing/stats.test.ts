import { type ServerStatus, STATS_CHANNEL } from '@zerospan/shared';
import { beforeEach, describe, expect, it } from 'vitest';
import { TestApi } from '../../../support/api.ts';
import { TestBus } from '../../../support/core.ts';
import { ALL, TestGate } from '../../../support/grants.ts';

const gate = () =>
  new TestGate()
    .knows('observer', 'op', { subscribe: ALL, observe: true })
    .knows('granted', 'ada', { subscribe: ALL })
    .knows('ungranted', 'bob', { observe: true });

const STATS = { id: 1, channels: [STATS_CHANNEL] };

describe('the channel of statistics', () => {
  let bus: TestBus;
  let api: TestApi;
  beforeEach(async () => {
    bus = new TestBus({ gate: gate() });
    api = await TestApi.over(bus);
  });

  /** A second passes. */
  async function second(): Promise<void> {
    bus.clock.advance(1_000);
    api.overview.sample();
    api.stats.publish(api.status);
    await bus.settle();
  }

  it('has the state of the server once a second while somebody is subscribed to it', async () => {
    await second();
    expect(bus.log.head).toBe(0);
    const client = await bus.join([STATS], { token: 'observer' });
    await second();
    await second();
    expect(client.offsets).toEqual([1, 2]);
    const status = JSON.parse(client.publications[0]?.text ?? '') as ServerStatus;
    expect(status).toMatchObject({ sessions: { live: 1 }, log: { head: 0 } });
    client.conversation.closed();
    await second();
    expect(bus.log.head).toBe(2);
  });

  it('needs observe beside the grant', async () => {
    for (const token of ['granted', 'ungranted']) {
      const client = await bus.join([STATS], { token });
      expect(client.control('refused')).toMatchObject([{ code: 'forbidden' }]);
    }
    await second();
    expect(bus.log.head).toBe(0);
  });

  it('is reached by no wider prefix than those of the server itself', async () => {
    const all = await bus.join([{ id: 1, prefixes: [''] }], { token: 'observer' });
    await bus.join([STATS], { token: 'observer' });
    await second();
    expect([bus.log.head, all.offsets]).toEqual([1, []]);
    const own = await bus.join([{ id: 1, prefixes: ['$'] }], { token: 'observer' });
    await second();
    expect(own.offsets).toEqual([2]);
  });

  it('counts in no rate, and never goes to ZeroMQ', async () => {
    const entries: boolean[] = [];
    bus.log.follow(({ republish }) => entries.push(republish));
    await bus.join([STATS], { token: 'observer' });
    for (let i = 0; i < 5; i++) await second();
    expect(entries).toEqual([false, false, false, false, false]);
    expect(api.overview.read().rates).toMatchObject({ publicationsPerS: 0, deliveriesPerS: 0, putsPerS: 0 });
  });

  it('is nothing that a client may put on', async () => {
    const client = await bus.join([STATS], { token: 'observer' });
    client.say({ put: { id: 1, channels: [STATS_CHANNEL] } }, '1');
    await bus.settle();
    expect(client.control('rejected')[0] ?? client.control('refused')[0]).toMatchObject({
      code: 'reserved-channel',
    });
  });

  it('is silent while the log takes nothing, and reports what the log rejects', async () => {
    await bus.join([STATS], { token: 'observer' });
    bus.late.append = () => {
      throw new Error('no room');
    };
    await second();
    expect(bus.failures).toMatchObject([{ message: 'no room' }]);
    await second();
    expect(bus.log.head).toBe(0);
  });
});
