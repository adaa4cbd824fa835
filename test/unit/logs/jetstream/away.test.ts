import { describe, expect, it } from 'vitest';
import { putOf, type StreamNode, StreamNodes } from '../../../support/jetstream/stream-nodes.ts';

/** A node that its servers have answered just now. */
async function scene(): Promise<{ world: StreamNodes; node: StreamNode; contactMs: number }> {
  const world = new StreamNodes();
  const node = await world.opened();
  await node.store.settled();
  return { world, node, contactMs: world.clock.elapsed() };
}

describe('a log whose servers do not answer', () => {
  it('is away two seconds after their last answer, while puts wait, and is back with the next one', async () => {
    const { world, node, contactMs } = await scene();
    world.server.isAway = true;
    const put = node.append(putOf('1'));
    await world.until('its word', () => node.changes.length > 0);
    const silentMs = world.clock.elapsed() - contactMs;
    expect(silentMs).toBeGreaterThanOrEqual(2_000);
    expect(silentMs).toBeLessThanOrEqual(2_500);
    expect(node.changes).toEqual([{ kind: 'state', state: 'away', sinceMs: contactMs }]);
    const later = node.append(putOf('2'));
    world.clock.advance(5_000);
    await world.turns();
    expect([node.answerTo(put), node.answerTo(later)]).toEqual([undefined, undefined]);
    world.server.isAway = false;
    await world.until('answers', () => node.answerTo(put) && node.answerTo(later));
    expect(node.texts).toEqual(['1', '2']);
    expect(node.changes.slice(1)).toEqual([{ kind: 'state', state: 'reachable' }]);
  });

  it('has failed after fifteen, since the same moment', async () => {
    const { world, node, contactMs } = await scene();
    world.server.isAway = true;
    await world.until('its word', () => node.changes.length > 1);
    expect(world.clock.elapsed() - contactMs).toBeGreaterThanOrEqual(15_000);
    expect(node.changes[1]).toEqual({ kind: 'state', state: 'failed', sinceMs: contactMs });
  });

  it('is not away because its process stood still: what they have said meanwhile is read first', async () => {
    const { world, node } = await scene();
    world.clock.freeze(10_000);
    for (let ticks = 0; ticks < 12; ticks++) {
      world.clock.advance(250);
      await world.turns();
    }
    expect(node.changes).toEqual([]);
  });

  it('has failed where it was full before, and is full again when they answer', async () => {
    const { world, node, contactMs } = await scene();
    const full = { kind: 'refused', why: 'full', reason: 'insufficient storage' } as const;
    world.server.faults.push(full, full, full);
    node.append(putOf('1'));
    await world.until('its word', () => node.changes.length > 0);
    world.server.isAway = true;
    await world.until('the silence', () => node.changes.length > 1);
    world.server.isAway = false;
    await world.until('an answer', () => node.changes.length > 2);
    expect(node.changes).toEqual([
      { kind: 'state', state: 'full' },
      { kind: 'state', state: 'failed', sinceMs: contactMs },
      { kind: 'state', state: 'full' },
    ]);
  });

  it('counts no silence any more once it is closed', async () => {
    const { world, node } = await scene();
    await node.store.close();
    world.clock.advance(60_000);
    await world.turns();
    expect([node.changes, world.clock.pending]).toEqual([[], 0]);
  });
});
