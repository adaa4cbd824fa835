import { describe, expect, it } from 'vitest';
import { StoredLog } from '../../../../server/src/core/log/stored-log.ts';
import { putOf, type StreamNode, StreamNodes } from '../../../support/jetstream/stream-nodes.ts';

async function appended(world: StreamNodes, node: StreamNode, ...texts: string[]): Promise<number[]> {
  const sequences: number[] = [];
  for (const text of texts) {
    const record = node.append(putOf(text));
    await world.until(`an answer to ${text}`, () => node.answerTo(record));
    expect(node.answerTo(record)).toHaveProperty('offset');
    sequences.push(world.server.info.last);
  }
  return sequences;
}

function damagesOf({ notices }: StreamNode): string[] {
  return notices.filter(({ event }) => event === 'log-damaged').map(({ text }) => text);
}

/** The last offset that a pack may have. */
const endOf = (sequence: number): number => sequence * 4_096 + 4_095;

const JUNK = { subject: 'test.pack.x', id: 'x-1', data: Buffer.from('nonsense') };

describe('a message of the stream that nobody can read', () => {
  it('is one gap in its place: for who follows, who reads later, and a node that starts only then', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    await appended(world, node, '1');
    world.server.publish(JUNK);
    const damaged = world.server.info.last;
    await appended(world, node, '2');
    await world.until('all', () => other.texts.length === 3);
    const young = await world.opened();
    for (const each of [node, other]) {
      expect(each.texts).toEqual(['1', 'gap', '2']);
      expect(each.written[1]).toMatchObject({
        offset: endOf(damaged),
        record: { kind: 'gap', channels: [''], missed: null },
      });
    }
    for (const each of [node, other, young]) {
      expect(await each.story()).toEqual(['1', 'gap', '2']);
      expect(await each.story({ order: 'backwards' })).toEqual(['2', 'gap', '1']);
      const { entries } = await each.store.scan({
        order: 'forwards',
        after: 0,
        upTo: 1e12,
        filter: { channels: ['b'], prefixes: [] },
        entries: 10,
        bytes: 10,
        dropped: [],
      });
      expect(entries).toMatchObject([{ kind: 'gap', offset: endOf(damaged), channel: '', stands: null }]);
      expect(damagesOf(each)).toHaveLength(1);
      expect(each.changes).toEqual([]);
    }
  });

  it('answers its own put outcome-unknown, and the next ones as ever', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    world.server.isQuiet = true;
    const record = node.append(putOf('1'));
    await world.turns();
    world.server.damage(world.server.info.last);
    world.server.isQuiet = false;
    world.server.end('silence');
    await world.turns(100);
    expect(node.answerTo(record)).toMatchObject({ code: 'outcome-unknown' });
    await appended(world, node, '2');
    expect(node.texts).toEqual(['gap', '2']);
  });

  it('is no gap where the same pack came before', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    world.server.duplicateWindowMs = 0;
    await appended(world, node, '1');
    const pack = node.stream.published.at(-1);
    world.server.publish({ subject: pack?.subject ?? '', id: pack?.id ?? '', data: Buffer.from('x') });
    await appended(world, node, '2');
    expect(node.texts).toEqual(['1', '2']);
    expect(await node.story()).toEqual(['1', '2']);
    expect(await (await world.opened()).story({ order: 'backwards' })).toEqual(['2', '1']);
  });

  it('is reported to the log above once: to who follows, and to who reads from below it', async () => {
    const world = new StreamNodes();
    const writer = await world.opened();
    await appended(world, writer, '1');
    world.server.publish(JUNK);
    const log = await StoredLog.open(world.node().store, { clock: world.clock, bytes: 1e6, ageMs: 0 });
    const followed: string[] = [];
    log.follow(({ kind, channel }) => void followed.push(`${kind} ${channel}`));
    await appended(world, writer, '2');
    world.server.publish({ ...JUNK, id: 'x-2' });
    await appended(world, writer, '3');
    await world.until('all', () => followed.length === 3);
    expect(followed).toEqual(['publication a', 'gap ', 'publication a']);
    const interest = { filter: { channels: ['a'], prefixes: [] }, after: 0 };
    const read = async (after: number) => log.read({ after, interests: [interest], scan: 100, bytes: 1_000 });
    const { entries, losses, upTo } = await read(0);
    expect(entries.map(({ kind }) => kind)).toEqual([
      'publication',
      'gap',
      'publication',
      'gap',
      'publication',
    ]);
    expect(losses).toEqual([]);
    expect((await read(entries[1]?.offset ?? 0)).entries.map(({ kind }) => kind)).toEqual([
      'publication',
      'gap',
      'publication',
    ]);
    expect((await read(upTo)).entries).toEqual([]);
  });

  it('in the place of the epoch’s record is none, and the record is written again', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1');
    world.server.publish({ subject: 'test.epoch', id: 'x', data: Buffer.from('nonsense') });
    const damaged = world.server.info.last;
    await world.until('another record', () => world.server.info.last > damaged);
    await appended(world, node, '2');
    expect(node.texts).toEqual(['1', '2']);
    expect(damagesOf(node)).toHaveLength(1);
    const young = world.node();
    const { epoch } = await young.open();
    const records = world.server.messages.filter(({ subject }) => subject === 'test.epoch');
    expect(JSON.parse(records.at(-1)?.data.toString() ?? '')).toMatchObject({ epoch });
    expect(JSON.parse(records[0]?.data.toString() ?? '')).toMatchObject({ epoch });
    expect(node.changes).toEqual([]);
  });
});

describe('messages that are missing in the middle of the stream', () => {
  it('are one gap for who had not received them, and for all who read later', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    const [first] = (await appended(world, node, '1', '2', '3', '4')) as [number];
    await world.until('all', () => other.texts.length === 4);
    world.server.remove(first + 1, first + 2);
    const young = await world.opened();
    for (const each of [node, other, young]) {
      expect(await each.story()).toEqual(['1', 'gap', '4']);
      expect(await each.story({ order: 'backwards' })).toEqual(['4', 'gap', '1']);
      // A scan that ends or begins within has its part of it.
      const within = endOf(first + 1) - 5;
      expect(await each.story({ upTo: within })).toEqual(['1', 'gap']);
      expect(await each.story({ upTo: within, order: 'backwards' })).toEqual(['gap', '1']);
      expect(await each.story({ after: within })).toEqual(['gap', '4']);
      expect(await each.story({ after: endOf(first + 2) })).toEqual(['4']);
    }
    expect([node.texts, other.texts]).toEqual([
      ['1', '2', '3', '4'],
      ['1', '2', '3', '4'],
    ]);
  });

  it('are reported to who follows when the next one comes', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    await appended(world, node, '1');
    await world.until('the first', () => other.texts.length === 1);
    world.server.isQuiet = true;
    const lost = node.append(putOf('2'));
    await world.turns();
    world.server.remove(world.server.info.last);
    world.server.publish({ subject: 'test.other', id: 'o-1', data: Buffer.from('x') });
    world.server.isQuiet = false;
    world.server.end('silence');
    await world.until('an answer', () => node.answerTo(lost));
    expect(node.answerTo(lost)).toMatchObject({ code: 'outcome-unknown' });
    await appended(world, node, '3');
    await world.until('all', () => other.texts.length === 3);
    for (const each of [node, other]) expect(each.texts).toEqual(['1', 'gap', '3']);
  });

  it('are reported at its end too, where nothing comes behind them, and no start waits for them', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1');
    world.server.isQuiet = true;
    const lost = node.append(putOf('2'));
    await world.turns();
    const { last } = world.server.info;
    world.server.remove(last);
    world.server.isQuiet = false;
    await world.until('a gap', () => node.texts.length === 2);
    expect(node.written.at(-1)).toMatchObject({ offset: endOf(last), record: { kind: 'gap' } });
    expect(node.answerTo(lost)).toMatchObject({ code: 'outcome-unknown' });
    const young = world.node();
    let head = 0;
    void young.open().then((opened) => {
      head = opened.head;
    });
    await world.until('a start', () => head > 0);
    expect(head).toBe(endOf(last));
    expect(await young.story()).toEqual(['1', 'gap']);
    await appended(world, young, '3');
    expect([...node.changes, ...young.changes]).toEqual([]);
    expect(await young.story()).toEqual(['1', 'gap', '3']);
  });

  it('do not change the epoch, even at the head', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    const sequences = await appended(world, node, '1', '2', '3');
    world.server.remove(...sequences.slice(1));
    for (let i = 0; i < 4; i++) {
      world.clock.advance(1_000);
      await world.turns();
    }
    await appended(world, node, '4');
    expect(node.changes).toEqual([]);
    expect(node.texts).toEqual(['1', '2', '3', '4']);
  });

  it('do not keep a start from knowing the keys of the last minutes', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    const record = node.append(putOf('1', { id: 1 }));
    await world.until('an answer', () => node.answerTo(record));
    const [last] = (await appended(world, node, '2')) as [number];
    world.server.remove(last);
    const young = world.node();
    let keys: number[] | undefined;
    void young.open().then(({ puts }) => {
      keys = [...puts].map(({ key }) => key.id);
    });
    await world.until('a start', () => keys);
    expect(keys).toEqual([1]);
  });

  it('may be many, which are not searched one by one', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    await appended(world, node, '1');
    const had = world.server.snapshot();
    world.server.rollBack({ ...had, last: had.last + 100_000 });
    await appended(world, node, '2');
    let questions = 0;
    const fetch = node.stream.fetch.bind(node.stream);
    const next = node.stream.next.bind(node.stream);
    node.stream.fetch = (range) => {
      questions++;
      return fetch(range);
    };
    node.stream.next = (sequence) => {
      questions++;
      return next(sequence);
    };
    expect(await node.story({ order: 'backwards' })).toEqual(['2', 'gap', '1']);
    expect(await node.story()).toEqual(['1', 'gap', '2']);
    expect(questions).toBeLessThan(40);
  });
});
