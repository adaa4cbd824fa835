import { describe, expect, it } from 'vitest';
import type { StoreRecord } from '../../../../server/src/core/log/store.ts';
import {
  claimed,
  type PlacedClaims,
  readClaims,
} from '../../../../server/src/logs/jetstream/epoch/claims.ts';
import { Fences } from '../../../../server/src/logs/jetstream/following/fences.ts';
import { putOf, type StreamNode, StreamNodes } from '../../../support/jetstream/stream-nodes.ts';
import { Random } from '../../../support/random.ts';

const SOURCE = 'tcp://10.0.0.7:5555';

const sourceOf = (text: string, fence: number, channels = ['a']): StoreRecord =>
  ({ ...putOf(text, undefined, channels), fence }) as StoreRecord;

async function claim(world: StreamNodes, node: StreamNode, source = SOURCE) {
  let answer: Awaited<ReturnType<StreamNode['store']['claim']>> | undefined;
  void node.store.claim(source).then((claimed) => {
    answer = claimed;
  });
  await world.until('a claim', () => answer);
  return answer as NonNullable<typeof answer>;
}

async function appended(world: StreamNodes, node: StreamNode, ...records: StoreRecord[]): Promise<void> {
  for (const record of records) node.append(record);
  await world.until('answers', () => records.every((record) => node.answerTo(record)));
}

/** Resolves when these have all that the stream has now. */
async function all(world: StreamNodes, ...nodes: StreamNode[]): Promise<void> {
  for (const { store } of nodes) {
    await store.settled();
    await world.until('all', () => store.figures.behind === 0);
    await store.settled();
  }
}

describe('what is read from a source', () => {
  it('counts under the last claim alone, for every node, and the one that was too late learns it', async () => {
    const world = new StreamNodes();
    const [old, heir] = [await world.opened(), await world.opened()];
    const before = await claim(world, old);
    await appended(world, old, sourceOf('1', before.fence));
    const after = await claim(world, heir);
    expect(after.fence).not.toBe(before.fence);
    // What is put travels in the same packs, and has nothing to do with it.
    const late = [
      sourceOf('2 late', before.fence, ['a', 'b']),
      putOf('put'),
      sourceOf('3 late', before.fence),
    ];
    await appended(world, old, ...late);
    await appended(world, heir, sourceOf('2', after.fence));
    await all(world, old, heir);
    const answers = late.map((record) => old.answerTo(record));
    expect(answers.map((answer) => (answer && 'code' in answer ? answer.code : 'there'))).toEqual([
      'outcome-unknown',
      'there',
      'outcome-unknown',
    ]);
    for (const node of [old, heir, await world.opened()]) {
      if (node.written.length > 0) expect(node.texts).toEqual(['1', 'put', '2']);
      expect(await node.scanned()).toEqual(['1', 'put', '2']);
      expect(await node.scanned({ order: 'backwards' })).toEqual(['2', 'put', '1']);
    }
  });

  it('is judged alike by a node that starts later, also where both claims are older than what it follows', async () => {
    const world = new StreamNodes();
    const [old, heir] = [await world.opened(), await world.opened()];
    const before = await claim(world, old);
    const after = await claim(world, heir);
    await appended(world, old, sourceOf('old', before.fence));
    for (let minute = 0; minute < 10; minute++) world.clock.advance(60_000);
    await appended(world, old, putOf('put'), sourceOf('old too', before.fence));
    await appended(world, heir, sourceOf('new', after.fence));
    await all(world, old, heir);
    const young = await world.opened();
    await appended(world, old, sourceOf('still old', before.fence));
    await all(world, old, heir, young);
    expect(young.texts).toEqual([]);
    expect(heir.texts).toEqual(['put', 'new']);
    for (const node of [old, heir, young]) expect(await node.scanned()).toEqual(['put', 'new']);
  });

  it('has one claim for each source, which do not disturb each other', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    const first = await claim(world, node);
    const second = await claim(world, other, 'tcp://10.0.0.8:5555');
    await appended(world, node, sourceOf('1', first.fence));
    await appended(world, other, sourceOf('2', second.fence));
    await all(world, node, other);
    expect([node.texts, other.texts]).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
  });

  it('is claimed by both of two that do so at once, and one of them has it', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    const claims: [StreamNode, number][] = [];
    for (const each of [node, other])
      void each.store.claim(SOURCE).then(({ fence }) => claims.push([each, fence]));
    await world.until('both', () => claims.length === 2);
    for (const [each, fence] of claims) await appended(world, each, sourceOf(`of ${fence}`, fence));
    await all(world, node, other);
    expect(node.texts).toHaveLength(1);
    expect(other.texts).toEqual(node.texts);
  });

  it('is claimed although answers are lost, once', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    world.server.faults.push('lost-answer', 'lost', 'false-refusal');
    const { fence } = await claim(world, node);
    await appended(world, node, sourceOf('1', fence));
    expect(node.texts).toEqual(['1']);
    const said = world.server.messages.filter(({ data }) => data.includes(String(fence)));
    expect(said).toHaveLength(1);
  });

  it('keeps its claim when the record that says it is written again, and the first one is gone', async () => {
    const world = new StreamNodes();
    const node = await world.opened({ ageMs: 60_000 });
    const { fence } = await claim(world, node);
    await appended(world, node, sourceOf('1', fence));
    const { last } = world.server.info;
    world.clock.advance(40_000);
    await world.until('the record once more', () => world.server.info.last > last);
    world.server.dropBelow(world.server.info.last);
    const young = await world.opened();
    await appended(world, node, sourceOf('2', fence));
    await all(world, node, young);
    expect(young.texts).toEqual(['2']);
    expect(node.texts).toEqual(['1', '2']);
  });

  it('has no claim in another epoch: it is to be claimed again', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    const { fence } = await claim(world, node);
    await appended(world, node, sourceOf('1', fence));
    world.server.recreate();
    await world.until('an epoch', () => node.changes.some(({ kind }) => kind === 'epoch'));
    const late = sourceOf('2', fence);
    await appended(world, node, late);
    expect(node.answerTo(late)).toMatchObject({ code: 'outcome-unknown' });
    const again = await claim(world, node);
    expect(again.carried).toEqual([]);
    await appended(world, node, sourceOf('3', again.fence));
    expect(node.texts).toEqual(['1', '3']);
  });
});

describe('the channels of a source', () => {
  it('are said to the node that claims it, if it has followed since the first claim', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    const { fence, carried } = await claim(world, node);
    expect(carried).toEqual([]);
    await appended(world, node, sourceOf('1', fence, ['a', 'b']), putOf('put', undefined, ['c']));
    await appended(world, node, sourceOf('2', fence, ['d']));
    expect((await claim(world, other)).carried).toEqual(['a', 'b', 'd']);
    // Nothing of another claim counts.
    await appended(world, node, sourceOf('3', fence, ['e']));
    expect((await claim(world, node)).carried).toEqual(['a', 'b', 'd']);
    expect((await claim(world, node, 'tcp://10.0.0.8:5555')).carried).toEqual([]);
  });

  it('are all, for a node that has begun to follow later', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    const { fence } = await claim(world, node);
    await appended(world, node, sourceOf('1', fence));
    for (let minute = 0; minute < 10; minute++) world.clock.advance(60_000);
    await appended(world, node, putOf('put'));
    const young = await world.opened();
    expect((await claim(world, young)).carried).toBe('every');
  });

  it('are all where they are more than are kept apart', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    const { fence } = await claim(world, node);
    const channels = Array.from({ length: 2_049 }, (_, i) => `channel ${i}`);
    await appended(world, node, sourceOf('1', fence, channels));
    await appended(
      world,
      node,
      sourceOf(
        '2',
        fence,
        channels.map((name) => `${name} more`),
      ),
    );
    await all(world, other);
    expect((await claim(world, other)).carried).toBe('every');
  });
});

describe('the record of claims', () => {
  const placed = (sequence: number, said: unknown): PlacedClaims => {
    const claims = readClaims(JSON.parse(JSON.stringify(said)), sequence);
    if (!claims) throw new Error('no claims');
    return claims;
  };

  it('forgets those first that do not stand any more, and then lets count what was read under them', () => {
    let claims = placed(1, { from: null, all: [] });
    for (let i = 1; i <= 600; i++) claims = placed(10 * i, claimed(claims, i === 3 ? 'rare' : 'often', i));
    expect(claims.all).toHaveLength(512);
    const fences = new Fences(claims);
    expect(fences.sourceOf(3)).toBe('rare');
    expect(fences.stands(3, 5_999)).toBe(true);
    // 88 others are gone.
    expect(fences.sourceOf(89)).toBeUndefined();
    expect([fences.stands(89, 891), fences.stands(89, 901)]).toEqual([true, false]);
    expect([fences.stands(600, 6_001), fences.stands(599, 6_001), fences.stands(599, 5_991)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(fences.firstOf('often')).toBe(10);
  });

  it.each([
    null,
    7,
    { from: 1 },
    { from: -1, all: [] },
    { from: 1, all: [{}] },
    { from: 1, all: [{ source: 'a', fence: 1.5, since: null, first: null }] },
  ])('is not taken for one where it is %j', (said) => {
    expect(readClaims(said, 5)).toBeUndefined();
  });
});

/** A node that reads the source, or believes so. */
interface Reader {
  readonly node: StreamNode;
  fence: number | undefined;
  /** What has come from the source, and is not appended yet. */
  unread: string[];
}

describe('a source with several nodes that stand still at random', () => {
  it.each(Array.from({ length: 100 }, (_, i) => i + 1))(
    'has each publication once and in order: %i',
    async (seed) => {
      const random = new Random(seed);
      const world = new StreamNodes();
      const readers: Reader[] = [];
      for (let i = 0; i < 3; i++) readers.push({ node: await world.opened(), fence: undefined, unread: [] });
      /** What was appended by the reader that had the last claim. */
      const due: string[] = [];
      const records: [StreamNode, StoreRecord][] = [];
      let owner: StreamNode | undefined;
      let sent = 0;
      const append = ({ node, fence, unread }: Reader): void => {
        for (const text of unread.splice(0)) {
          if (node === owner) due.push(text);
          records.push([node, node.append(sourceOf(text, fence as number))]);
          if (random.chance(0.3)) records.push([node, node.append(putOf(`put ${text}`))]);
        }
      };
      for (let step = 0; step < 60; step++) {
        const reader = random.one(readers);
        switch (random.between(0, 5)) {
          case 0: {
            // It connects only when its claim stands: what was sent before is not for it.
            const { fence } = await claim(world, reader.node);
            Object.assign(reader, { fence, unread: [] });
            owner = reader.node;
            break;
          }
          case 1:
            await world.turns(random.between(0, 20));
            break;
          case 2:
            append(reader);
            break;
          case 3:
            world.server.faults.push(random.one(['lost', 'lost-answer', 'late'] as const));
            break;
          default: {
            const text = String(++sent);
            for (const each of readers) if (each.fence !== undefined) each.unread.push(text);
            for (const each of readers) if (each.node === owner) append(each);
          }
        }
      }
      world.server.faults.length = 0;
      for (const reader of readers) append(reader);
      await world.until('answers', () => records.every(([node, record]) => node.answerTo(record)));
      await all(world, ...readers.map(({ node }) => node));
      const [first] = readers as [Reader];
      const texts = first.node.texts.filter((text) => /^\d+$/.test(text));
      expect(texts).toEqual([...texts].sort((a, b) => Number(a) - Number(b)));
      expect(new Set(texts).size).toBe(texts.length);
      for (const { node } of readers) expect(node.texts).toEqual(first.node.texts);
      expect(await (await world.opened()).scanned()).toEqual(first.node.texts);
      // Nothing counts that was appended by whoever had not the last claim.
      expect(texts.filter((text) => !due.includes(text))).toEqual([]);
    },
  );
});
