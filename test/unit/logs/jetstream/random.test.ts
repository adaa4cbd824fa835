import { describe, expect, it } from 'vitest';
import type { StoreRecord } from '../../../../server/src/core/log/store.ts';
import { putOf, type StreamNode, StreamNodes } from '../../../support/jetstream/stream-nodes.ts';
import { Random } from '../../../support/random.ts';

const RUNS = 150;
const STEPS = 60;

interface Put {
  readonly node: StreamNode;
  readonly record: StoreRecord;
  readonly text: string;
}

/** Nodes on a server that fails at random, and everything that was put. */
class World {
  readonly nodes = new StreamNodes();
  readonly open: StreamNode[] = [];
  readonly closed: StreamNode[] = [];
  readonly puts: Put[] = [];
  /** Offset of the newest entry when each node was opened. */
  readonly heads = new Map<StreamNode, number>();
  readonly #random: Random;
  #texts = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  async begin(): Promise<void> {
    this.nodes.server.isQuiet = false;
    const node = this.nodes.node();
    let head: number | undefined;
    void node.open().then((opened) => {
      head = opened.head;
    });
    await this.nodes.until('a start', () => head !== undefined);
    this.heads.set(node, head as number);
    this.open.push(node);
  }

  async step(): Promise<void> {
    const { server, clock } = this.nodes;
    switch (this.#below(12)) {
      case 0:
        server.faults.push(this.#random.one(['lost', 'late', 'lost-answer', 'false-refusal'] as const));
        break;
      case 1:
        server.isQuiet = !server.isQuiet;
        break;
      case 2:
        server.end(this.#random.one(['silence', 'jump', 'gone'] as const));
        break;
      case 3:
        server.isAway = this.#below(3) === 0;
        break;
      case 4:
        clock.advance(this.#random.one([25, 100, 1_000, 5_000]));
        break;
      case 5:
        server.duplicateWindowMs = this.#random.one([0, 300_000]);
        break;
      case 6:
        if (!server.isAway && this.#below(3) === 0) await this.begin();
        break;
      default:
        this.#put();
    }
    await this.nodes.turns(this.#below(5));
  }

  /** Everything works again, and all is answered. */
  async end(): Promise<void> {
    const { server } = this.nodes;
    server.faults.length = 0;
    server.isAway = false;
    server.isQuiet = false;
    server.contact();
    server.end('silence');
    await this.nodes.until('all answers', () => this.puts.every(({ node, record }) => node.answerTo(record)));
    const { last } = server.info;
    await this.nodes.until('all at every node', () =>
      this.open.every((node) => node.store.figures.behind === 0 && server.info.last === last),
    );
    await this.nodes.turns();
  }

  #put(): void {
    const node = this.#random.one(this.open);
    // Some are sent to two nodes under one key; the others have none.
    const before = this.puts.at(-1);
    const isAgain =
      before !== undefined && before.record.kind === 'put' && before.record.key && this.#below(2) === 0;
    const text = isAgain ? before.text : `text ${this.#texts++}`;
    const number = Number(text.slice(5));
    const record = putOf(text, number % 2 === 0 ? { id: number } : undefined);
    this.puts.push({ node, record: node.append(record), text });
  }

  #below(n: number): number {
    return this.#random.between(0, n - 1);
  }
}

describe('a log on a stream that fails at random', () => {
  it.each(Array.from({ length: RUNS }, (_, i) => i + 1))(
    'has what it accepted once, in one order at every node, and nothing that it refused: %i',
    async (seed) => {
      const world = new World(seed);
      await world.begin();
      await world.begin();
      for (let i = 0; i < STEPS; i++) await world.step();
      await world.end();
      const [first] = world.open as [StreamNode];
      const all = first.written.map(({ offset, record }) => ({
        offset,
        text: record.kind === 'put' ? Buffer.from(record.payload).toString() : '',
      }));
      expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
      for (const node of world.open) {
        const head = world.heads.get(node) ?? 0;
        expect(node.texts).toEqual(all.filter(({ offset }) => offset > head).map(({ text }) => text));
        expect(await node.scanned()).toEqual(all.map(({ text }) => text));
        expect(node.changes.filter(({ kind }) => kind === 'epoch')).toEqual([]);
      }
      const places = new Map(all.map(({ offset, text }) => [text, offset]));
      for (const { node, record, text } of world.puts) {
        const answer = node.answerTo(record);
        if (answer && 'offset' in answer) expect(answer.offset).toBe(places.get(text));
        else expect(answer?.code).toMatch(/^(?:log-failed|outcome-unknown)$/);
        const isOnlyTry = world.puts.filter((put) => put.text === text).length === 1;
        if (answer && 'code' in answer && answer.code === 'log-failed' && isOnlyTry)
          expect(places.has(text)).toBe(false);
      }
    },
  );
});
