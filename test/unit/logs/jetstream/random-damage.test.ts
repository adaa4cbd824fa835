import { describe, expect, it } from 'vitest';
import type { Message } from '../../../../server/src/logs/jetstream/stream.ts';
import { putOf, type StreamNode, StreamNodes } from '../../../support/jetstream/stream-nodes.ts';
import { Random } from '../../../support/random.ts';

const RUNS = 150;
const STEPS = 60;
const NODES_MOST = 4;

/** Nodes on a server that loses and damages what it has stored, at random. */
class World {
  readonly nodes = new StreamNodes();
  readonly open: StreamNode[] = [];
  /** Offset of the newest entry when each node was opened. */
  readonly heads = new Map<StreamNode, number>();
  /** All that was ever stored, and was whole then: its text by its sequence. */
  readonly stored = new Map<number, string>();
  readonly damaged = new Set<number>();
  readonly #random: Random;
  #texts = 0;
  readonly #pending: (() => boolean)[] = [];

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
    switch (this.#random.between(0, 11)) {
      case 0:
        server.isQuiet = !server.isQuiet;
        break;
      case 1:
        server.end(this.#random.one(['silence', 'jump', 'gone'] as const));
        break;
      case 2:
        clock.advance(this.#random.one([25, 100, 1_000, 5_000]));
        break;
      case 3:
        if (this.open.length < NODES_MOST) await this.begin();
        break;
      case 4:
        this.#remove();
        break;
      case 5:
        this.#damage();
        break;
      case 6:
        server.publish({ subject: 'test.other', id: `o-${this.#texts++}`, data: Buffer.from('x') });
        break;
      default:
        this.#put();
    }
    await this.nodes.turns(this.#random.between(0, 4));
    this.#note();
  }

  async end(): Promise<void> {
    const { server } = this.nodes;
    server.isQuiet = false;
    server.contact();
    server.end('silence');
    await this.nodes.until('all answers', () => this.#pending.every((isAnswered) => isAnswered()));
    await this.nodes.until('all at every node', () =>
      this.open.every(({ store }) => store.figures.behind === 0),
    );
    for (const { store } of this.open) {
      let isSettled = false;
      void store.settled().then(() => {
        isSettled = true;
      });
      await this.nodes.until('a check', () => isSettled);
    }
    this.#note();
  }

  /** What the stream holds, with a gap for each part that is missing or damaged. */
  get story(): string[] {
    const { messages, info } = this.nodes.server;
    const story: string[] = [];
    let next = info.first;
    for (const { sequence, subject } of messages) {
      if (sequence > next) story.push('gap');
      next = sequence + 1;
      if (subject.startsWith('test.pack.')) story.push(this.#textOf(sequence));
    }
    if (next <= info.last) story.push('gap');
    return story;
  }

  #textOf(sequence: number): string {
    return this.damaged.has(sequence) ? 'gap' : (this.stored.get(sequence) as string);
  }

  /** Packs have one put each where nothing else was appended in the same turn: their texts are joined. */
  #note(): void {
    for (const { sequence, subject, data } of this.nodes.server.messages)
      if (subject.startsWith('test.pack.') && !this.stored.has(sequence))
        this.stored.set(sequence, textIn(data));
  }

  #put(): void {
    const node = this.#random.one(this.open);
    const text = `<text ${this.#texts++}>`;
    const record = node.append(putOf(text));
    this.#pending.push(() => node.answerTo(record) !== undefined);
  }

  #remove(): void {
    const { server } = this.nodes;
    const at = this.#random.between(0, 5);
    const gone = this.#packs.reverse().slice(at, at + this.#random.between(1, 4));
    server.remove(...gone.map(({ sequence }) => sequence));
  }

  #damage(): void {
    const packs = this.#packs;
    if (packs.length === 0) return;
    const { sequence } = this.#random.one(packs.slice(-5));
    if (this.damaged.has(sequence)) return;
    this.damaged.add(sequence);
    this.nodes.server.damage(sequence);
  }

  get #packs(): Message[] {
    this.#note();
    return this.nodes.server.messages.filter(({ subject }) => subject.startsWith('test.pack.'));
  }
}

function textIn(data: Buffer): string {
  return [...data.toString('latin1').matchAll(/<text \d+>/g)].map(([text]) => text).join('');
}

/** Neighbours that lie in one pack become one. */
function joined(world: World, texts: readonly string[]): string[] {
  const packs = new Set(world.stored.values());
  const story: string[] = [];
  let pack = '';
  for (const text of texts) {
    if (text === 'gap') {
      story.push(text);
      continue;
    }
    pack += text;
    if (!packs.has(pack)) continue;
    story.push(pack);
    pack = '';
  }
  expect(pack).toBe('');
  return story;
}

describe('a log on a stream that loses and damages messages at random', () => {
  it.each(Array.from({ length: RUNS }, (_, i) => i + 1))(
    'gives every reader what can be read, and a gap for the rest, in one epoch: %i',
    async (seed) => {
      const world = new World(seed);
      await world.begin();
      await world.begin();
      for (let i = 0; i < STEPS; i++) await world.step();
      await world.end();
      const { story } = world;
      for (const node of world.open) {
        expect(joined(world, await node.story())).toEqual(story);
        expect(joined(world, (await node.story({ order: 'backwards' })).reverse())).toEqual(story);
        expect(node.changes.filter(({ kind }) => kind === 'epoch')).toEqual([]);
        // Of those who follow each was given what came, or a gap in its place.
        const head = world.heads.get(node) ?? 0;
        const given = node.written.map(({ offset, record }) => ({ offset, isGap: record.kind === 'gap' }));
        expect(given.map(({ offset }) => offset)).toEqual(
          [...given.map(({ offset }) => offset)].sort((a, b) => a - b),
        );
        for (const [sequence] of world.stored) {
          const first = sequence * 4_096;
          if (first <= head) continue;
          const at = given.find(({ offset }) => offset >= first);
          expect(at && (at.isGap || at.offset === first), `sequence ${sequence}`).toBe(true);
        }
      }
    },
  );
});
