import { TIMES } from '@zerospan/shared';
import { describe, expect, it, vi } from 'vitest';
import { type FakeClient, TestBus } from '../../support/core.ts';

const BUSY = 100;

/** A bus, what its log was asked to look through, and a client on quiet channels that goes by its beats. */
function scene() {
  const bus = new TestBus({ tailEntries: 8 });
  const asked: number[] = [];
  const read = bus.log.read.bind(bus.log);
  vi.spyOn(bus.log, 'read').mockImplementation((question) => {
    const chunk = read(question);
    asked.push(chunk.upTo - question.after);
    return chunk;
  });
  const join = async (after: number): Promise<FakeClient> => {
    const subscriptions = [
      { id: 1, channels: ['quiet'], after },
      { id: 2, prefixes: ['calm.'], after },
    ];
    return bus.join(subscriptions, { epoch: 'epoch-1', acks: true });
  };
  const busy = async (): Promise<void> => {
    for (let i = 0; i < BUSY; i++) await bus.put('other');
    await bus.settle();
  };
  const beat = async (): Promise<void> => {
    // The server looks at each session every few seconds, so that a beat may be that late.
    bus.clock.advance(TIMES.beatMs + 5_000);
    await bus.settle();
  };
  return { bus, asked, join, busy, beat };
}

describe('a client on quiet channels, while others are busy', () => {
  it('that is cut ten times goes on from its last beat: nothing is sent again, and nothing is scanned twice (B2, C6)', async () => {
    const { asked, join, busy, beat } = scene();
    let after = 0;
    for (let cut = 0; cut <= 10; cut++) {
      const client = await join(after);
      const [welcome] = client.control('welcome');
      expect(welcome).toMatchObject({ from: after, resumed: true });
      await busy();
      await beat();
      expect(client.story).toEqual(['welcome', 'subscribed', 'subscribed', 'beat']);
      const [reported] = client.control('beat');
      expect(reported?.offset).toBe(after + BUSY);
      after = reported?.offset ?? 0;
      client.conversation.closed();
    }
    expect(asked.reduce((sum, scanned) => sum + scanned, 0)).toBe(0);
  });

  it('that is cut each time before its beat is due receives its position when it has caught up: no entry is scanned twice (B1, C6)', async () => {
    const { bus, asked, join, busy } = scene();
    let after = 0;
    for (let cut = 0; cut <= 10; cut++) {
      await busy();
      const client = await join(after);
      expect(client.story).toEqual(['welcome', 'subscribed', 'subscribed', 'beat']);
      after = client.control('beat')[0]?.offset ?? 0;
      expect(after).toBe(bus.log.head);
      client.conversation.closed();
    }
    expect(asked.reduce((sum, scanned) => sum + scanned, 0)).toBeLessThanOrEqual(bus.log.head);
  });
});
