import { beforeEach, describe, expect, it } from 'vitest';
import {
  ANNOUNCE_MS,
  type Heard,
  LoopGuard,
  REMEMBERED_BRIDGES,
} from '../../../../server/src/zeromq/bridge/loop-guard.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

let clock: ManualClock;
let sent: { nonce: string; n: number }[];
let guard: LoopGuard;

const announcement = (nonce: string, n: number) => Buffer.from(JSON.stringify({ nonce, n }));

beforeEach(() => {
  clock = new ManualClock();
  sent = [];
  guard = new LoopGuard({ clock, nonce: 'me' });
  guard.attach((payload) => sent.push(JSON.parse(Buffer.from(payload).toString())));
});

describe('a bridge', () => {
  it('announces itself at once when another bridge listens', () => {
    guard.listeners(1);
    expect(sent).toEqual([{ nonce: 'me', n: 1 }]);
  });

  it('announces itself again to each bridge that comes', () => {
    guard.listeners(1);
    guard.listeners(2);
    expect(sent).toEqual([
      { nonce: 'me', n: 1 },
      { nonce: 'me', n: 2 },
    ]);
  });

  it(`announces itself every ${ANNOUNCE_MS} ms while a bridge listens, and not longer`, () => {
    guard.listeners(2);
    guard.listeners(1);
    clock.advance(2 * ANNOUNCE_MS);
    expect(sent.map(({ n }) => n)).toEqual([1, 2, 3]);
    guard.listeners(0);
    clock.advance(10 * ANNOUNCE_MS);
    expect(sent).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  it('has one timer however many bridges come', () => {
    for (let count = 1; count <= 10; count++) guard.listeners(count);
    expect(clock.pending).toBe(1);
    guard.close();
    expect(clock.pending).toBe(0);
  });

  it('knows its own announcement and does not hand it on', () => {
    expect(guard.hear(announcement('me', 1))).toBe('own');
    expect(sent).toEqual([]);
  });

  it('hands on what another announces, as it is, each number once', () => {
    const payload = Buffer.from('{"n":7,  "nonce":"other", "later": true}');
    const passed: Uint8Array[] = [];
    guard.attach((each) => passed.push(each));
    expect(guard.hear(payload)).toBe('relayed');
    expect(guard.hear(payload)).toBe('known');
    expect(guard.hear(announcement('other', 6))).toBe('known');
    expect(guard.hear(announcement('other', 8))).toBe('relayed');
    expect(passed).toHaveLength(2);
    expect(passed[0]).toBe(payload);
  });

  it('gives a bridge that connects what it has heard of others lately, and of nobody who has long been silent', () => {
    guard.hear(announcement('gone', 3));
    clock.advance(4 * ANNOUNCE_MS);
    guard.hear(announcement('there', 9));
    sent.length = 0;
    guard.listeners(1);
    expect(sent).toEqual([
      { nonce: 'me', n: 1 },
      { nonce: 'there', n: 9 },
    ]);
  });

  it.each([
    'null',
    '1',
    '[]',
    '{}',
    '{"nonce":1,"n":1}',
    '{"nonce":"x"}',
    '{"nonce":"x","n":"1"}',
    '{"nonce":"","n":1}',
    '{',
    `{"nonce":"${'x'.repeat(300)}","n":1}`,
  ])('does not hand on what is no announcement: %s', (text) => {
    expect(guard.hear(Buffer.from(text))).toBe('unreadable');
    expect(sent).toEqual([]);
  });

  it(`remembers ${REMEMBERED_BRIDGES} bridges, and forgets the longest silent one first`, () => {
    for (let i = 0; i < REMEMBERED_BRIDGES; i++) guard.hear(announcement(`bridge-${i}`, 1));
    guard.hear(announcement('bridge-0', 2));
    guard.hear(announcement('one-more', 1));
    expect(guard.hear(announcement('bridge-0', 2))).toBe('known');
    expect(guard.hear(announcement('bridge-1', 1))).toBe('relayed');
  });
});

describe('bridges joined by sources', () => {
  /**
   * Builds guards whose announcements travel along the links [source, listener]; answers who heard itself, from whom.
   */
  function network(links: [string, string][]): string[] {
    const guards = new Map<string, LoopGuard>();
    const up: [string, string][] = [];
    const heard: string[] = [];
    const waiting: (() => void)[] = [];
    for (const name of new Set(links.flat())) {
      const each = new LoopGuard({ clock, nonce: name });
      guards.set(name, each);
      each.attach((payload) => {
        for (const [source, listener] of up) {
          if (source !== name) continue;
          waiting.push(() => {
            const result: Heard = (guards.get(listener) as LoopGuard).hear(payload);
            if (result === 'own') heard.push(`${listener} from ${source}`);
          });
        }
      });
    }
    for (const [source, listener] of links) {
      up.push([source, listener]);
      guards.get(source)?.listeners(up.filter(([from]) => from === source).length);
      for (let deliver = waiting.shift(); deliver; deliver = waiting.shift()) deliver();
    }
    return heard;
  }

  it('in a line hear nothing of themselves', () => {
    expect(
      network([
        ['a', 'b'],
        ['b', 'c'],
      ]),
    ).toEqual([]);
  });

  it('in a diamond hear nothing of themselves', () => {
    expect(
      network([
        ['a', 'b'],
        ['a', 'c'],
        ['b', 'd'],
        ['c', 'd'],
      ]),
    ).toEqual([]);
  });

  it.each<[string, [string, string][]]>([
    ['a bridge that is its own source', [['a', 'a']]],
    [
      'two that source each other',
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
    ],
    [
      'a ring of three, closed last',
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
      ],
    ],
    [
      'a ring of four, built in any order',
      [
        ['c', 'd'],
        ['a', 'b'],
        ['d', 'a'],
        ['b', 'c'],
      ],
    ],
  ])('all hear themselves as soon as a circle is closed, once each: %s', (_, links) => {
    expect(network(links).toSorted()).toEqual(
      links.map(([source, listener]) => `${listener} from ${source}`).toSorted(),
    );
  });
});
