import { describe, expect, it } from 'vitest';
import type { StoreRecord } from '../../../../server/src/core/log/store.ts';
import { exportStream } from '../../../../server/src/logs/jetstream/offline/export.ts';
import { type ImportedStream, importToStream } from '../../../../server/src/logs/jetstream/offline/import.ts';
import { subjectsOf } from '../../../../server/src/logs/jetstream/places.ts';
import type { ExportRange } from '../../../../server/src/logs/lines/export-lines.ts';
import { ImportFault, type ImportWatch } from '../../../../server/src/logs/lines/importing.ts';
import { FakeStream } from '../../../support/jetstream/fake-stream.ts';
import { smallStream } from '../../../support/jetstream/small-stream.ts';
import { putOf, type StreamNode, StreamNodes } from '../../../support/jetstream/stream-nodes.ts';

const SUBJECTS = subjectsOf('test');

async function exported({ server }: StreamNodes, range: ExportRange = {}): Promise<string[]> {
  let text = '';
  for await (const piece of exportStream(new FakeStream(server), SUBJECTS, range)) text += piece;
  return text.split('\n').slice(0, -1);
}

/** Lines in short: messages, `gap` for one upstream, `4-7` for sequences of which something is missing. */
async function storyOf(world: StreamNodes, range?: ExportRange): Promise<unknown[]> {
  return (await exported(world, range)).map((line) => {
    const { message, gap } = JSON.parse(line) as { message?: unknown; gap?: Record<string, number | string> };
    if (!gap) return message;
    if (gap.reason === 'upstream') return 'gap';
    return `${Number(gap.from) / 4_096}-${(Number(gap.to) + 1) / 4_096 - 1}`;
  });
}

async function* chunksOf(...lines: readonly string[]): AsyncGenerator<Buffer> {
  for (const line of lines) yield Buffer.from(`${line}\n`);
}

function imported(
  { server, clock }: StreamNodes,
  lines: AsyncIterable<Buffer>,
  watch?: ImportWatch,
): Promise<ImportedStream> {
  return importToStream(lines, smallStream(new FakeStream(server), clock, { lasts: 0 }), watch);
}

const line = (more: object): string => JSON.stringify({ channel: 'a', time: 5, message: 1, ...more });

async function appended(world: StreamNodes, node: StreamNode, ...texts: string[]): Promise<number[]> {
  const sequences: number[] = [];
  for (const text of texts) {
    const record = node.append(putOf(text));
    await world.until(`an answer to ${text}`, () => node.answerTo(record));
    sequences.push(world.server.info.last);
  }
  return sequences;
}

describe('import into a stream', () => {
  it('leaves out what was read under a claim that did not stand any more', async () => {
    const world = new StreamNodes();
    const nodes = [await world.opened(), await world.opened()] as const;
    const fences: number[] = [];
    const claim = async (node: StreamNode): Promise<void> => {
      const { length } = fences;
      void node.store.claim('tcp://10.0.0.7:5555').then(({ fence }) => void fences.push(fence));
      await world.until('a claim', () => fences.length > length);
    };
    const append = async (node: StreamNode, text: string, fence = 0): Promise<void> => {
      const record = node.append({ ...putOf(text), fence } as StoreRecord);
      await world.until('an answer', () => node.answerTo(record));
    };
    await claim(nodes[0]);
    await append(nodes[0], '1', fences[0]);
    await claim(nodes[1]);
    await append(nodes[0], '2', fences[0]);
    await append(nodes[1], '3', fences[1]);
    expect(await storyOf(world)).toEqual([1, 3]);
  });

  it('puts lines there in their order, with payloads and gaps, which an export gives back', async () => {
    const world = new StreamNodes();
    const lines = [
      '{"channel":"a","time":5,"message":[1.0,12345678901234567890]}',
      '{"gap":{"reason":"upstream","channel":"b","from":7,"to":7,"missed":3,"time":5}}',
      '{"channel":"ä.1","time":9,"message":null}',
      '{"gap":{"reason":"missing","from":8,"to":9,"missed":null}}',
    ];
    const made = await imported(world, chunksOf(...lines));
    expect(made).toMatchObject({ publications: 2, gaps: 2, times: { first: 5, last: 9 }, isCut: false });
    const { last } = world.server.info;
    const now = world.clock.now();
    const epoch = JSON.stringify(made.epoch);
    const at = (i: number): number => last * 4_096 + i;
    expect(await exported(world)).toEqual([
      `{"channel":"a","epoch":${epoch},"offset":${at(0)},"time":${now},"message":[1.0,12345678901234567890]}`,
      `{"gap":{"reason":"upstream","channel":"b","epoch":${epoch},"from":${at(1)},"to":${at(1)},"missed":3,"time":${now}}}`,
      `{"channel":"ä.1","epoch":${epoch},"offset":${at(2)},"time":${now},"message":null}`,
      `{"gap":{"reason":"upstream","epoch":${epoch},"from":${at(3)},"to":${at(3)},"missed":null,"time":${now}}}`,
    ]);
    const opened = await world.node().open();
    expect(opened).toMatchObject({ epoch: made.epoch, begins: 0, head: at(3) });
  });

  it('takes many lines, in packs that the servers take, and says how far it is', async () => {
    const world = new StreamNodes();
    world.server.dataBytesMost = 64 * 1024;
    const texts = Array.from({ length: 3_000 }, (_, i) => `${i} ${'x'.repeat(3_000)}`);
    const lines = texts.map((message, i) => line({ message, time: 5 + i }));
    const progress: number[] = [];
    const onProgress = (done: number): void => void progress.push(done);
    await imported(world, chunksOf(...lines), { onProgress });
    expect(await storyOf(world)).toEqual(texts);
    expect(progress.length).toBeGreaterThan(2);
    expect(progress.at(-1)).toBe(3_000);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  it('refuses a stream that has an entry, or had one, and leaves it alone', async () => {
    const world = new StreamNodes();
    await appended(world, await world.opened(), '1');
    for (const first of [1, world.server.info.last + 1]) {
      world.server.dropBelow(first);
      const before = world.server.info;
      await expect(imported(world, chunksOf(line({})))).rejects.toMatchObject({ kind: 'taken' });
      expect(world.server.info).toEqual(before);
    }
  });

  it('takes one on which a server has begun an epoch, and nothing else', async () => {
    const world = new StreamNodes();
    const { epoch } = await world.node().open();
    expect(await imported(world, chunksOf(line({ message: 'x' })))).toMatchObject({ epoch });
    expect(await storyOf(world)).toEqual(['x']);
  });

  it('says which line is wrong, or too large for the servers', async () => {
    const fault = async (...lines: string[]): Promise<unknown> => {
      const world = new StreamNodes();
      world.server.dataBytesMost = 1_000;
      return imported(world, chunksOf(...lines)).catch((error: unknown) => error);
    };
    expect(await fault(line({}), '{"channel":"a"}')).toMatchObject({ kind: 'line', line: 2 });
    const large = await fault(line({}), line({}), line({ message: 'x'.repeat(1_000) }));
    expect(large).toBeInstanceOf(ImportFault);
    expect(large).toMatchObject({
      kind: 'line',
      line: 3,
      message: expect.stringMatching(/takes \d+ bytes, .* 1000 at most/) as string,
    });
  });

  it('ends where it is interrupted, and keeps what came before', async () => {
    const world = new StreamNodes();
    const interrupt = new AbortController();
    async function* chunks(): AsyncGenerator<Buffer> {
      yield* chunksOf(line({ message: '1' }), line({ message: '2' }));
      interrupt.abort();
      yield Buffer.from('{"channel":"a","ti');
    }
    const made = await imported(world, chunks(), { signal: interrupt.signal });
    expect(made.publications).toBe(2);
    expect(await storyOf(world)).toEqual(['1', '2']);
  });

  it('fails where the servers go away', async () => {
    const world = new StreamNodes();
    async function* chunks(): AsyncGenerator<Buffer> {
      yield* chunksOf(line({}));
      world.server.isAway = true;
    }
    let fault: unknown;
    void imported(world, chunks()).catch((error: unknown) => {
      fault = error;
    });
    await world.until('a fault', () => fault);
    expect(fault).toMatchObject({ kind: 'failed' });
  });
});

describe('export from a stream', () => {
  it('leaves out what came twice, as servers do, and reads nothing but what is there', async () => {
    const world = new StreamNodes();
    const [node, other] = [await world.opened(), await world.opened()];
    const records = [node, other].map((each) => each.append(putOf('"1"', { id: 1 })));
    await world.until('answers', () => [node, other].every((each, i) => each.answerTo(records[i] as never)));
    world.server.duplicateWindowMs = 0;
    await appended(world, node, '"2"');
    const again = node.stream.published.at(-1);
    if (again) world.server.publish(again);
    await appended(world, other, '"3"');
    const before = world.server.info;
    expect(await storyOf(world)).toEqual(['1', '2', '3']);
    expect(world.server.info).toEqual(before);
  });

  it('says in its place what is damaged or missing', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    const all = (await appended(world, node, '1', '2', '3', '4', '5', '6')) as [number, ...number[]];
    const [first] = all;
    world.server.damage(first + 1);
    world.server.remove(first + 3, first + 4);
    world.server.publish({ subject: 'test.other', id: 'x-1', data: Buffer.from('x') });
    const gaps = [`${first + 1}-${first + 1}`, `${first + 3}-${first + 4}`];
    expect(await storyOf(world)).toEqual([1, gaps[0], 3, gaps[1], 6]);
    world.server.fetchedUpTo = first + 2;
    expect(await storyOf(world)).toEqual([1, gaps[0], 3, gaps[1], 6]);
    world.server.remove(first + 5, world.server.info.last);
    expect(await storyOf(world)).toEqual([1, gaps[0], 3, `${first + 3}-${first + 6}`]);
  });

  it('writes a range of offsets, of times, and of channels', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    const times: number[] = [];
    for (const text of ['1', '2', '3', '4', '5']) {
      world.clock.advance(400_000);
      await world.turns();
      times.push(world.clock.now());
      await appended(world, node, text);
    }
    const offsets = node.written.map(({ offset }) => offset);
    const bounds = (from: number, to: number) => ({ fromOffset: offsets[from], toOffset: offsets[to] });
    expect(await storyOf(world, bounds(1, 3))).toEqual([2, 3, 4]);
    expect(await storyOf(world, bounds(4, 4))).toEqual([5]);
    expect(await storyOf(world, { fromOffset: 1e12 })).toEqual([]);
    const span = { fromTime: times[1] as number, toTime: (times[3] as number) + 1_000 };
    expect(await storyOf(world, span)).toEqual([2, 3, 4]);
    expect(await storyOf(world, { fromTime: (times[4] as number) + 10_000 })).toEqual([]);
    expect(await storyOf(world, { toTime: 1 })).toEqual([]);
    expect(await storyOf(world, { filter: { channels: ['b'], prefixes: [] } })).toEqual([]);
  });

  it('refuses a stream that holds no log', async () => {
    const world = new StreamNodes();
    await expect(exported(world)).rejects.toMatchObject({ name: 'ForeignStream', why: 'foreign' });
    world.server.publish({ subject: 'test.epoch', id: 'x', data: Buffer.from('x') });
    await expect(exported(world)).rejects.toMatchObject({ why: 'foreign' });
  });
});
