import { describe, expect, it } from 'vitest';
import { putOf, StreamNodes } from '../../../support/jetstream/stream-nodes.ts';

const OTHER = `${'B'.repeat(26)}A=`;

describe('what was written twice', () => {
  it('counts once, where the server has forgotten the id of the pack', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    const first = node.append(putOf('1'));
    await world.until('an answer', () => node.answerTo(first));
    const again = node.stream.published.at(-1);
    world.server.duplicateWindowMs = 0;
    if (again) world.server.publish(again);
    const second = node.append(putOf('2'));
    await world.until('an answer', () => node.answerTo(second) && other.written.length >= 2);
    expect(world.server.messages.filter(({ id }) => id === again?.id)).toHaveLength(2);
    for (const each of [node, other]) {
      expect(each.texts).toEqual(['1', '2']);
      expect(await each.scanned()).toEqual(['1', '2']);
      expect(await each.scanned({ order: 'backwards' })).toEqual(['2', '1']);
    }
    const late = await world.opened();
    expect(await late.scanned()).toEqual(['1', '2']);
  });

  it('under one put key by two nodes counts once for all, and both are answered with the place of the first', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    const first = node.append(putOf('1', { id: 7 }));
    const second = other.append(putOf('1', { id: 7 }));
    await world.until('answers', () => node.answerTo(first) && other.answerTo(second));
    const places = [node.answerTo(first), other.answerTo(second)];
    const [original, again] = 'again' in (places[0] ?? {}) ? places.reverse() : places;
    expect(again).toEqual({ ...original, again: true });
    const next = node.append(putOf('2'));
    await world.until('all', () => node.answerTo(next) && other.texts.length === 2);
    for (const each of [node, other, await world.opened()]) {
      if (each.written.length > 0) expect(each.texts).toEqual(['1', '2']);
      expect(await each.scanned()).toEqual(['1', '2']);
    }
  });

  it('conflicts where it has other content', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    const first = node.append(putOf('1', { id: 7 }));
    await world.until('an answer', () => node.answerTo(first));
    const second = other.append(putOf('2', { id: 7, fingerprint: OTHER }));
    await world.until('an answer', () => other.answerTo(second));
    expect(other.answerTo(second)).toMatchObject({ code: 'put-conflict' });
    expect(await other.scanned()).toEqual(['1']);
  });

  it('is known to a node that starts, for five minutes of the stream’s time', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    const first = node.append(putOf('1', { id: 7 }));
    await world.until('an answer', () => node.answerTo(first));
    world.clock.advance(240_000);
    await world.turns();
    const young = world.node();
    const { puts, forgottenUpTo } = await young.open();
    expect([[...puts].map(({ key }) => key.id), forgottenUpTo]).toEqual([[7], 0]);
    const second = young.append(putOf('1', { id: 7 }));
    await world.until('an answer', () => young.answerTo(second));
    expect(young.answerTo(second)).toEqual({ ...node.answerTo(first), again: true });
    // That counts from when it came last: a node that starts then has not seen the first.
    world.clock.advance(200_000);
    await world.turns();
    const between = node.append(putOf('1', { id: 7 }));
    await world.until('an answer', () => node.answerTo(between));
    expect(node.answerTo(between)).toEqual({ ...node.answerTo(first), again: true });
    world.clock.advance(300_001);
    await world.turns();
    const third = young.append(putOf('1', { id: 7 }));
    await world.until('an answer', () => young.answerTo(third) && node.texts.length === 2);
    expect(young.answerTo(third)).not.toHaveProperty('again');
    expect(node.texts).toEqual(['1', '1']);
    const last = world.node();
    const opened = await last.open();
    expect([...opened.puts].map(({ offset }) => offset)).toEqual([young.written.at(-1)?.offset]);
    expect(opened.forgottenUpTo).toBeGreaterThan(0);
    expect(opened.forgottenUpTo).toBeLessThan(world.clock.now());
  });

  it('leaves its numbers out, and the head is that of the newest that counts', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    const first = node.append(putOf('1', { id: 7 }));
    await world.until('an answer', () => node.answerTo(first));
    const records = [other.append(putOf('2')), other.append(putOf('1', { id: 7 }, ['a', 'b']))];
    await world.until('answers', () => records.every((record) => other.answerTo(record)));
    const { head } = await world.node().open();
    expect(head).toBe(other.written.at(-1)?.offset);
    expect(other.texts).toEqual(['1', '2']);
  });
});
