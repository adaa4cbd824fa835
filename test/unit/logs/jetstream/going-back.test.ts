import { describe, expect, it } from 'vitest';
import type { StoreChange } from '../../../../server/src/core/log/store.ts';
import { putOf, type StreamNode, StreamNodes } from '../../../support/jetstream/stream-nodes.ts';

async function appended(world: StreamNodes, node: StreamNode, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    const record = node.append(putOf(text));
    await world.until(`an answer to ${text}`, () => node.answerTo(record));
    expect(node.answerTo(record)).toHaveProperty('offset');
  }
}

function epochsOf({ changes }: StreamNode): Extract<StoreChange, { kind: 'epoch' }>[] {
  return changes.filter((change) => change.kind === 'epoch');
}

describe('a stream that went back', () => {
  it('begins another epoch, the same one for all nodes, and what was under way ends outcome-unknown', async () => {
    const world = new StreamNodes();
    const nodes = [await world.opened(), await world.opened()] as [StreamNode, StreamNode];
    await appended(world, nodes[0], '1', '2');
    const older = world.server.snapshot();
    await appended(world, nodes[0], '3', '4', '5');
    world.server.isAway = true;
    const underWay = nodes[1].append(putOf('6'));
    await world.turns();
    world.server.rollBack(older);
    world.server.isAway = false;
    world.server.contact();
    const contactMs = world.clock.elapsed();
    await world.until('another epoch', () => nodes.every((node) => epochsOf(node).length > 0));
    expect(world.clock.elapsed() - contactMs).toBeLessThan(3_000);
    expect(nodes[1].answerTo(underWay)).toMatchObject({ code: 'outcome-unknown' });
    const changes = nodes.map((node) => epochsOf(node).at(-1));
    await world.until(
      'agreement',
      () => new Set(nodes.map((node) => epochsOf(node).at(-1)?.epoch)).size === 1,
    );
    expect(changes[0]?.head).toBe(changes[0]?.begins);
    await appended(world, nodes[0], '7');
    await appended(world, nodes[1], '8');
    await world.until('all', () => nodes.every((node) => node.texts.at(-1) === '8'));
    for (const node of nodes) {
      expect(node.written.at(-1)?.offset).toBeGreaterThan(epochsOf(node).at(-1)?.head ?? Number.NaN);
      expect(node.heard.slice(-2)).toEqual(['7', '8']);
      expect((await node.scanned()).slice(0, 2)).toEqual(['1', '2']);
    }
  });

  it('is noticed within a second where nothing else happens', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1');
    const older = world.server.snapshot();
    await appended(world, node, '2');
    world.server.rollBack(older);
    const began = world.clock.elapsed();
    await world.until('another epoch', () => epochsOf(node).length > 0);
    expect(world.clock.elapsed() - began).toBeLessThanOrEqual(1_500);
  });

  it('is noticed where others have filled the place at one’s head', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1');
    const older = world.server.snapshot();
    await appended(world, node, '2');
    world.clock.advance(1_000);
    await world.turns();
    world.server.rollBack(older);
    const nonsense = { subject: 'test.pack.x', data: Buffer.from('x') };
    for (const id of ['x-1', 'x-2', 'x-3']) world.server.publish({ ...nonsense, id });
    await world.until('another epoch', () => epochsOf(node).length > 0);
  });

  it('is noticed by the next pack whose writer knows the new one', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1');
    const older = world.server.snapshot();
    await appended(world, node, '2');
    world.server.rollBack(older);
    const young = await world.opened();
    await appended(world, young, '3', '4', '5');
    await world.until('the last', () => node.texts.at(-1) === '5');
    expect(node.heard).toEqual(['1', '2', epochsOf(node)[0]?.epoch, '5']);
  });

  it('is noticed at once by the answer to what is published', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1', '2', '3');
    const older = world.server.snapshot();
    await appended(world, node, '4');
    world.server.rollBack({ ...older, messages: older.messages.slice(0, 2), last: 2 });
    const record = node.append(putOf('5'));
    await world.turns();
    world.clock.advance(75);
    await world.turns();
    expect(epochsOf(node)).toHaveLength(1);
    expect(node.answerTo(record)).toMatchObject({ code: 'outcome-unknown' });
  });

  it('is another one of its name: another epoch begins, at its beginning', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1', '2');
    world.server.recreate();
    await world.until('another epoch', () => epochsOf(node).length > 0);
    await appended(world, node, '3');
    expect(await node.scanned()).toEqual(['3']);
    expect(node.store.droppedUpTo).toBe(0);
  });

  it('is another one of its name, where nothing of the old one is left to compare', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1');
    world.server.dropBelow(world.server.info.last + 1);
    await world.until('what was dropped', () => node.drops.length > 0);
    world.clock.advance(2_000);
    await world.turns();
    world.server.dropBelow(world.server.info.last + 1);
    const { last } = world.server.info;
    world.server.recreate();
    for (let i = 0; i <= last; i++)
      world.server.publish({ subject: 'test.other', id: `x-${i + 1}`, data: Buffer.from('x') });
    world.server.dropBelow(last + 1);
    await world.until('another epoch', () => epochsOf(node).length > 0);
  });

  it('is noticed by a node that starts only then, by what its packs say that their writers had seen', async () => {
    const world = new StreamNodes();
    const first = await world.opened();
    await appended(world, first, '1', '2');
    const older = world.server.snapshot();
    await appended(world, first, '3', '4');
    const { epoch } = await world.node().open();
    const last = first.stream.published.at(-1);
    world.server.rollBack(older);
    // What somebody wrote who had not noticed.
    if (last) world.server.publish({ ...last, id: 'late-1' });
    const young = world.node();
    const opened = await young.open();
    expect(opened.epoch).not.toBe(epoch);
    expect(opened.head).toBeGreaterThanOrEqual(opened.begins);
    await appended(world, young, '6');
    expect(young.texts).toEqual(['6']);
  });

  it('was purged by hand, and did not go back: what was dropped is known exactly', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1', '2', '3');
    const offsets = node.written.map(({ offset }) => offset);
    world.server.dropBelow(world.server.info.last);
    await world.until('what was dropped', () => node.drops.length > 0);
    expect(node.drops).toEqual([offsets[1]]);
    expect(epochsOf(node)).toEqual([]);
    const filter = { channels: ['a'], prefixes: [] };
    const { dropped } = await node.store.scan({
      order: 'forwards',
      after: 0,
      upTo: offsets[2] as number,
      filter,
      entries: 10,
      bytes: 1_000,
      dropped: [
        { filter, from: 0 },
        { filter: { channels: ['b'], prefixes: [] }, from: 0 },
      ],
    });
    expect(dropped).toEqual([{ first: offsets[0], to: offsets[1], missed: 2 }, undefined]);
    await appended(world, node, '4');
    expect(await node.scanned()).toEqual(['3', '4']);
    // Its record went with the others, and is there again: who starts now finds the same epoch.
    await world.until('the record', () =>
      world.server.messages.some(({ subject }) => subject === 'test.epoch'),
    );
    const young = world.node();
    const opened = await young.open();
    expect(opened.head).toBe(node.written.at(-1)?.offset);
    // What was dropped before it started, it does not know.
    const unknown = await young.store.scan({
      order: 'forwards',
      after: 0,
      upTo: opened.head,
      filter,
      entries: 10,
      bytes: 1_000,
      dropped: [{ filter, from: 0 }],
    });
    expect(unknown.dropped).toEqual([{ first: null, to: young.store.droppedUpTo, missed: null }]);
  });

  it('lost all that it had: a purge of everything leaves the epoch, and offsets go on', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1', '2');
    const head = node.written.at(-1)?.offset as number;
    world.server.dropBelow(world.server.info.last + 1);
    await world.until('what was dropped', () => node.drops.length > 0);
    expect(node.store.droppedUpTo).toBe(head);
    await appended(world, node, '3');
    expect(node.written.at(-1)?.offset).toBeGreaterThan(head);
    expect(epochsOf(node)).toEqual([]);
  });
});
