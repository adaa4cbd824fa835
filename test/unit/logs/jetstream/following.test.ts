import { describe, expect, it } from 'vitest';
import { putOf, type StreamNode, StreamNodes } from '../../../support/jetstream/stream-nodes.ts';

async function appended(world: StreamNodes, node: StreamNode, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    const record = node.append(putOf(text));
    await world.until(`an answer to ${text}`, () => node.answerTo(record));
  }
}

describe('following a stream', () => {
  it.each(['silence', 'jump', 'gone'] as const)(
    'goes on behind the last one after %s, once each',
    async (why) => {
      const world = new StreamNodes();
      const [node, other] = [await world.opened(), await world.opened()];
      await appended(world, other, '1');
      await world.until('the first', () => node.texts.length === 1);
      world.server.isQuiet = true;
      const records = ['2', '3'].map((text) => other.append(putOf(text)));
      await world.turns();
      world.server.isQuiet = false;
      world.server.end(why);
      await world.until('answers', () => records.every((record) => other.answerTo(record)));
      await appended(world, other, '4');
      await world.until('all', () => node.texts.length === 4);
      expect(node.texts).toEqual(['1', '2', '3', '4']);
      expect(node.store.figures.consumers).toBeGreaterThan(1);
    },
  );

  it('answers outcome-unknown for what the stream dropped before it came back', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1');
    world.server.isQuiet = true;
    const record = node.append(putOf('2'));
    await world.turns();
    expect(node.answerTo(record)).toBeUndefined();
    world.server.dropBelow(world.server.info.last + 1);
    world.server.isQuiet = false;
    await world.until('an answer', () => node.answerTo(record));
    expect(node.answerTo(record)).toMatchObject({ code: 'outcome-unknown' });
    await appended(world, node, '3');
    // What others may have had, clients of this node miss.
    expect(node.texts).toEqual(['1', 'gap', '3']);
  });

  it('gives times that never run backwards, the same when they are read again', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1');
    world.clock.set(world.clock.now() - 10_000);
    await appended(world, node, '2', '3');
    const times = node.written.map(({ time }) => time);
    expect(times).toEqual([times[0], times[0], times[0]]);
    const { entries } = await node.store.scan({
      order: 'forwards',
      after: 0,
      upTo: Number.MAX_SAFE_INTEGER,
      filter: { channels: ['a'], prefixes: [] },
      entries: 10,
      bytes: 1_000,
      dropped: [],
    });
    expect(entries.map(({ time }) => time)).toEqual(times);
  });

  it('leaves out what surely is no pack, and says so', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    world.server.publish({ subject: 'test.other', id: 'x-1', data: Buffer.from('nonsense') });
    await appended(world, node, '1');
    expect(node.texts).toEqual(['1']);
    expect(node.notices.map(({ event }) => event)).toEqual(['log-damaged']);
    expect(await node.scanned()).toEqual(['1']);
  });

  it('writes the record of the epoch again before the stream drops it', async () => {
    const world = new StreamNodes();
    const node = await world.opened({ bytes: 4_000 });
    const records = () => world.server.messages.filter(({ subject }) => subject === 'test.epoch');
    expect(records()).toHaveLength(1);
    await appended(world, node, 'x'.repeat(1_000), 'y'.repeat(1_000));
    await world.until('another record', () => records().length === 2);
    await appended(world, node, '1', '2');
    expect(records()).toHaveLength(2);
    const old = await world.opened({ ageMs: 60_000 });
    world.clock.advance(30_000);
    await world.until('another record', () => records().length === 3);
    expect(old.changes.filter(({ kind }) => kind === 'epoch')).toEqual([]);
    expect(new Set(records().map(({ data }) => JSON.parse(data.toString()).epoch)).size).toBe(1);
  });

  it('reads older entries than it has followed, and finds the offset of their time', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    for (let i = 0; i < 5; i++) {
      await appended(world, node, String(i));
      world.clock.advance(200_000);
      await world.turns();
    }
    const young = await world.opened();
    expect(await young.scanned()).toEqual(['0', '1', '2', '3', '4']);
    expect(await young.scanned({ order: 'backwards' })).toEqual(['4', '3', '2', '1', '0']);
    for (const [i, { offset, time }] of node.written.entries()) {
      const before = await young.store.offsetBefore(time);
      expect([before < offset, before >= (node.written[i - 1]?.offset ?? 0)]).toEqual([true, true]);
    }
  });

  it('reads what a server that lags behind does not have yet', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1', '2', '3', '4');
    world.server.fetchedUpTo = node.written[1] ? Math.floor(node.written[1].offset / 4_096) : 0;
    expect(await node.scanned()).toEqual(['1', '2', '3', '4']);
    expect(await node.scanned({ order: 'backwards' })).toEqual(['4', '3', '2', '1']);
  });

  it('waits for an offset that another node has given, and not for one that nobody has', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    await appended(world, node, '1');
    await world.until('the first', () => other.texts.length === 1);
    world.server.isQuiet = true;
    node.append(putOf('2'));
    await world.turns();
    const given = other.store.catchUp(world.server.info.last * 4_096);
    let isDone = false;
    void given.then(() => {
      isDone = true;
    });
    await world.turns();
    expect([isDone, other.texts]).toEqual([false, ['1']]);
    world.server.isQuiet = false;
    world.server.end('silence');
    await world.until('the second', () => isDone);
    expect(other.texts).toEqual(['1', '2']);
    let answers = 0;
    void other.store.catchUp(1e12).then(() => answers++);
    await world.turns();
    expect(answers).toBe(1);
  });

  it('does not take an offset for one that nobody has given, where it cannot find out', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    await appended(world, node, '1');
    await world.until('the first', () => other.texts.length === 1);
    world.server.isQuiet = true;
    node.append(putOf('2'));
    await world.turns();
    const offset = world.server.info.last * 4_096;
    const failure = async (): Promise<unknown> => {
      const beganMs = world.clock.elapsed();
      let answer: unknown;
      other.store.catchUp(offset).then(
        () => {
          answer = 'resolved';
        },
        (error: unknown) => {
          answer = error;
        },
      );
      await world.until('an answer', () => answer);
      expect(world.clock.elapsed() - beganMs).toBeLessThanOrEqual(2_000);
      return answer;
    };
    // The stream has it, and it does not come.
    expect(await failure()).toMatchObject({ why: 'away' });
    world.server.isAway = true;
    expect(await failure()).toMatchObject({ why: 'away' });
  });
});
