import type { ChannelsPage } from '@zerospan/shared';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type ChannelSource,
  type LevelQuery,
  pageOf,
} from '../../../../client/console/src/screens/channels/model/sources.ts';
import { Tree, type TreeRow } from '../../../../client/console/src/screens/channels/model/tree.ts';

const ORDER = { separator: '.', search: '', sort: 'name' } as const;

/** A server with these channels, and what it was asked. */
class Source implements ChannelSource {
  readonly isObserving = true;
  readonly asked: LevelQuery[] = [];
  readonly #names: readonly string[];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  page(query: LevelQuery): Promise<ChannelsPage> {
    this.asked.push(query);
    return Promise.resolve(pageOf(publicationsOf(this.#names), query));
  }
}

function publicationsOf(names: readonly string[]) {
  return new Map(
    names.map((channel, i) => [
      channel,
      { channel, offset: i + 1, time: i, epoch: 'e', text: '1', message: 1 },
    ]),
  );
}

const trees: Tree[] = [];
function treeOf(source: ChannelSource, open: readonly string[] = []): Tree {
  vi.stubGlobal('requestAnimationFrame', () => 0);
  vi.stubGlobal('document', { hidden: true });
  const tree = new Tree(source, ORDER, open);
  trees.push(tree);
  return tree;
}

afterEach(() => {
  for (const tree of trees.splice(0)) tree.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** All answers that were asked for are in. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function textOf(row: TreeRow): string {
  const sign = row.kind === 'group' ? (row.isOpen ? '-' : '+') : ' ';
  const name = row.kind === 'group' ? row.group.prefix : row.kind === 'channel' ? row.channel.channel : '?';
  return `${row.place.depth}${sign}${name}`;
}

const rowsOf = (tree: Tree): string[] => Array.from({ length: tree.count }, (_, i) => textOf(tree.rowAt(i)));

describe('the tree of channels', () => {
  const NAMES = ['a.1', 'a.2', 'b.c.1', 'b.c.2', 'b.d', 'z'];

  it('has groups first, and what is open beneath its group', async () => {
    const tree = treeOf(new Source(NAMES));
    await settled();
    expect(rowsOf(tree)).toEqual(['1+a.', '1+b.', '1 z']);
    tree.toggle(1);
    await settled();
    expect(rowsOf(tree)).toEqual(['1+a.', '1-b.', '2+b.c.', '2 b.d', '1 z']);
    tree.toggle(2);
    tree.toggle(0);
    await settled();
    expect(rowsOf(tree)).toEqual([
      '1-a.',
      '2 a.1',
      '2 a.2',
      '1-b.',
      '2-b.c.',
      '3 b.c.1',
      '3 b.c.2',
      '2 b.d',
      '1 z',
    ]);
    tree.toggle(3);
    expect(rowsOf(tree)).toEqual(['1-a.', '2 a.1', '2 a.2', '1+b.', '1 z']);
  });

  it('opens again what an address names, and says what is open', async () => {
    const tree = treeOf(new Source(NAMES), ['b.', 'b.c.', 'gone.']);
    await settled();
    expect(rowsOf(tree)).toEqual(['1+a.', '1-b.', '2-b.c.', '3 b.c.1', '3 b.c.2', '2 b.d', '1 z']);
    tree.toggle(1);
    tree.toggle(0);
    expect(tree.open).toEqual(['b.c.', 'gone.', 'a.']);
  });

  it('says of each row its place among its siblings', async () => {
    const tree = treeOf(new Source(NAMES));
    await settled();
    tree.toggle(1);
    await settled();
    expect(tree.rowAt(3).place).toEqual({ depth: 2, index: 1, siblings: 2, prefix: 'b.' });
    expect(tree.rowAt(4).place).toEqual({ depth: 1, index: 2, siblings: 3, prefix: '' });
  });

  it('reads what is visible alone, and keeps a bounded number of windows', async () => {
    const total = 100_000;
    const asked: LevelQuery[] = [];
    const source: ChannelSource = {
      isObserving: true,
      page(query) {
        asked.push(query);
        const { skip, limit } = query;
        const channels = Array.from({ length: Math.min(limit, total - skip) }, (_, i) => ({
          channel: `c${String(skip + i).padStart(6, '0')}`,
          offset: 1,
          time: 0,
          perS: 0,
          sessions: 0,
          nativeSubscriptions: 0,
        }));
        return Promise.resolve({ groups: [], channels, total, skip });
      },
    };
    const tree = treeOf(source);
    await settled();
    expect(tree.count).toBe(100_000);
    expect(asked.map(({ skip, limit }) => [skip, limit])).toEqual([[0, 100]]);
    expect(textOf(tree.rowAt(50_000))).toBe('1 ?');
    tree.see(50_050, 50_110);
    await settled();
    expect(asked.slice(1).map(({ skip }) => skip)).toEqual([50_000, 50_100]);
    expect(textOf(tree.rowAt(50_050))).toBe('1 c050050');
    for (let page = 0; page < 100; page++) {
      tree.see(100 * page, 100 * page + 10);
      await settled();
    }
    tree.see(99_900, 99_910);
    await settled();
    // Long out of sight.
    expect(textOf(tree.rowAt(1_000))).toBe('1 ?');
    expect(textOf(tree.rowAt(99_905))).toBe('1 c099905');
  });

  it('never asks for rows before the first', async () => {
    const source = new Source(NAMES);
    treeOf(source).see(-5, 40);
    await settled();
    expect(source.asked.every(({ skip }) => skip >= 0)).toBe(true);
  });

  it('stays as it is when nothing answers, and says why', async () => {
    const failing: ChannelSource = {
      isObserving: true,
      page: () => Promise.reject(new Error('The server does not answer.')),
    };
    const tree = treeOf(failing);
    await settled();
    expect([tree.count, tree.isRead, tree.problem?.message]).toEqual([
      0,
      false,
      'The server does not answer.',
    ]);
  });

  it.each([
    [6, 2_000],
    [50_000, 5_000],
    [1_000_000, 15_000],
  ])('reads what is visible of %i channels again after %i ms, in one request', async (total, restMs) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const asked: number[] = [];
    const group = { prefix: 'a.', channels: total, offset: 1, time: 0, perS: 0 };
    const tree = treeOf({
      isObserving: true,
      page({ skip }) {
        asked.push(skip);
        return Promise.resolve({ groups: [group], channels: [], total: 1, skip });
      },
    });
    vi.stubGlobal('document', { hidden: false });
    await vi.advanceTimersByTimeAsync(0);
    // The first rest began before it was known how many there are.
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked).toEqual([0, 0]);
    await vi.advanceTimersByTimeAsync(restMs - 1);
    expect(asked).toEqual([0, 0]);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toEqual([0, 0, 0]);
    tree.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual([0, 0, 0]);
  });
});

describe('channels of which only the last publication is known', () => {
  const query = { prefix: '', separator: '.', search: '', sort: 'name', skip: 0, limit: 100 } as const;
  const entries = publicationsOf(['b.x', 'a', 'b.y', 'B']);

  it('are split, sorted and paged as the server does', () => {
    const all = pageOf(entries, query);
    expect([all.groups.map(({ prefix, channels, offset }) => [prefix, channels, offset]), all.total]).toEqual(
      [[['b.', 2, 3]], 3],
    );
    expect(all.channels.map(({ channel }) => channel)).toEqual(['B', 'a']);
    expect(pageOf(entries, { ...query, sort: 'time' }).channels.map(({ channel }) => channel)).toEqual([
      'B',
      'a',
    ]);
    expect(pageOf(entries, { ...query, skip: 1, limit: 1 })).toMatchObject({ groups: [], total: 3, skip: 1 });
  });

  it('are found whatever the case, wherever they lie', () => {
    const found = pageOf(entries, { ...query, search: 'B' });
    expect(found.groups).toEqual([]);
    expect(found.channels.map(({ channel }) => channel)).toEqual(['B', 'b.x', 'b.y']);
  });
});
