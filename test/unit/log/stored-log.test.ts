import { ZerospanError } from '@zerospan/shared';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Append, Entry, LogChange } from '../../../server/src/core/log/log.ts';
import { StoredLog } from '../../../server/src/core/log/stored-log.ts';
import { ArrayStore } from '../../support/array-store.ts';
import { lateBy } from '../../support/late-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { StoreByHand } from '../../support/store-by-hand.ts';

const ALL = { filter: { channels: [], prefixes: ['', '$'] }, after: 0 };
const AMPLE = { scan: 10_000, bytes: 1e9 };
const MEMORY = { bytes: 2_000, ageMs: 0 };

const put = (channel: string, id?: number, text = '"x"', more: Partial<Append> = {}): Append => ({
  channels: [channel],
  payload: Buffer.from(text),
  republish: true,
  user: 'alice',
  putKey: id === undefined ? undefined : { client: 'c', id, firstSentMs: undefined },
  ...more,
});

const textsOf = (entries: readonly Entry[]) => entries.map(({ text }) => text.toString());

describe('a log over a store that is opened again', () => {
  async function twice(store: ArrayStore, clock: ManualClock) {
    const before = await StoredLog.open(store, { clock, ...MEMORY });
    for (let i = 0; i < 30; i++) {
      await before.append(put(`room${i % 3}`, i, String(i)));
      if (i % 10 === 5) await before.appendGap({ channels: ['room1'], missed: 2 });
      clock.advance(1_000);
    }
    const read = await before.read({ after: 0, interests: [ALL], ...AMPLE });
    await before.close();
    return { before: textsOf(read.entries), log: await StoredLog.open(store, { clock, ...MEMORY }) };
  }
  const storeOf = (clock: ManualClock): ArrayStore =>
    new ArrayStore({ epoch: 'array', clock, later: lateBy(3), entries: 1_000, lasts: 0, ageMs: 0 });

  it('has the same entries, the newest of them in memory', async () => {
    const clock = new ManualClock();
    const { before, log } = await twice(storeOf(clock), clock);
    expect([log.counts.entries, log.counts.bytes <= MEMORY.bytes]).toEqual([log.counts.entries, true]);
    expect(log.counts.entries).toBeGreaterThan(3);
    expect(log.counts.entries).toBeLessThan(20);
    const { entries } = await log.read({ after: 0, interests: [ALL], ...AMPLE });
    expect(textsOf(entries)).toEqual(before);
    const last = { n: 1, asOf: log.head };
    const { entries: newest } = await log.read({ after: 0, interests: [ALL], last, ...AMPLE });
    expect(newest.map(({ channel }) => channel)).toEqual(['room0', 'room1', 'room2']);
  });

  it('knows when its entries came, of those in memory and of all others', async () => {
    const clock = new ManualClock();
    const { log } = await twice(storeOf(clock), clock);
    const { entries } = await log.read({ after: 0, interests: [ALL], ...AMPLE });
    for (const agoMs of [2_000, 5_000, 20_000]) {
      const at = await log.offsetBefore(clock.elapsed() - agoMs);
      expect(entries.filter(({ offset }) => offset > at)).toEqual(
        entries.filter(({ time }) => time >= clock.now() - agoMs),
      );
    }
  });

  it('answers puts of before again, and appends none of them twice (P9)', async () => {
    const clock = new ManualClock();
    const { log } = await twice(storeOf(clock), clock);
    const { head } = log;
    const again = await log.append(put('room2', 29, '29'));
    expect(again).toMatchObject({ again: true, offsets: [head] });
    expect(() => log.append(put('room2', 29, '"other"'))).toThrow(
      expect.objectContaining({ code: 'put-conflict' }),
    );
    expect(log.head).toBe(head);
  });
});

describe('a log over a store that has not answered', () => {
  async function scene(more: { channels?: number; bytes?: number } = {}) {
    const clock = new ManualClock();
    const store = new StoreByHand();
    const log = await StoredLog.open(store, { clock, ...MEMORY, ...more });
    const seen: Entry[] = [];
    const changes: LogChange[] = [];
    log.follow(
      (entry) => seen.push(entry),
      (change) => changes.push(change),
    );
    return { clock, store, log, seen, changes };
  }

  it('shows nobody anything of an append before the store has it', async () => {
    const { store, log, seen } = await scene();
    const answer = log.append(put('a'));
    expect([log.head, seen.length, log.counts.entries]).toEqual([0, 0, 0]);
    store.write();
    expect([log.head, seen.length, log.counts.entries]).toEqual([1, 1, 1]);
    store.answer();
    expect(await answer).toMatchObject({ offsets: [1] });
  });

  it('gives a put that is sent again meanwhile the answer of the first (P9)', async () => {
    const { store, log, seen } = await scene();
    const first = log.append(put('a', 7));
    const second = log.append(put('a', 7));
    expect(() => log.append(put('a', 7, '"other"'))).toThrow(
      expect.objectContaining({ code: 'put-conflict' }),
    );
    store.write();
    store.answer();
    expect(await Promise.all([first, second])).toMatchObject([
      { offsets: [1] },
      { offsets: [1], again: true },
    ]);
    expect(seen).toHaveLength(1);
  });

  it('remembers that nobody knows what became of a put, until it is seen', async () => {
    const { store, log, seen } = await scene();
    const first = log.append(put('a', 7));
    store.answer(new ZerospanError('outcome-unknown'));
    await expect(first).rejects.toMatchObject({ code: 'outcome-unknown' });
    expect(() => log.append(put('a', 7))).toThrow(expect.objectContaining({ code: 'outcome-unknown' }));
    expect(() => log.append(put('a', 7, '"other"'))).toThrow(
      expect.objectContaining({ code: 'put-conflict' }),
    );
    store.write();
    expect(seen).toHaveLength(1);
    expect(await log.append(put('a', 7))).toMatchObject({ offsets: [1], again: true });
  });

  it('leaves no trace of a put that failed: it may come again', async () => {
    const { store, log } = await scene();
    const first = log.append(put('a', 7));
    store.reject(new ZerospanError('log-failed'));
    await expect(first).rejects.toMatchObject({ code: 'log-failed' });
    const again = log.append(put('a', 7));
    store.write();
    store.answer();
    const appended = await again;
    expect([appended.offsets, appended.again]).toEqual([[1], undefined]);
  });

  it('counts channels that are on their way among those that it may hold something of', async () => {
    const { store, log } = await scene({ channels: 16 });
    const puts = Array.from({ length: 12 }, async (_, i) => log.append(put(`room${i}`)));
    expect(() => log.append(put('more'))).toThrow(expect.objectContaining({ code: 'too-many-names' }));
    // One that is on its way already is no more.
    const known = log.append(put('room3'));
    store.reject(new ZerospanError('log-failed'));
    await expect(puts[0]).rejects.toThrow();
    const freed = log.append(put('more'));
    store.write();
    store.answer();
    await Promise.all([...puts.slice(1), known, freed]);
    expect(log.counts.named).toBe(12);
  });

  it('counts channels that are on their way for the users that bring them: others keep their share (W15)', async () => {
    const { store, log } = await scene({ channels: 32, bytes: 1e6 });
    const brings = (user: string, ...channels: string[]) =>
      log.append(put('', undefined, '1', { user, channels }));
    const refused = (user: string, ...channels: string[]) =>
      expect(() => brings(user, ...channels)).toThrow(expect.objectContaining({ code: 'too-many-names' }));
    const many = Array.from({ length: 24 }, (_, i) => `m${i}`);
    const mallorys = brings('mallory', ...many);
    refused('mallory', 'more');
    // A share is two; what somebody else brings already counts for that one.
    const bobs = [brings('bob', 'b0', 'm0'), brings('bob', 'b1')];
    refused('bob', 'b2');
    const carols = brings('carol', 'c0', 'c1');
    // It does not come: m0 is bob's alone from now on, and beyond its share only while there is room for anybody.
    store.reject(new ZerospanError('log-failed'));
    await expect(mallorys).rejects.toThrow();
    refused('mallory', ...many);
    const fewer = brings('mallory', ...many.slice(1, 20));
    refused('bob', 'b2');
    store.write();
    store.answer();
    await Promise.all([...bobs, carols, fewer]);
    expect(log.counts.named).toBe(24);
    refused('bob', 'b2');
    const alices = brings('alice', 'a0', 'a1');
    store.write();
    store.answer();
    await alices;
    expect(log.counts.named).toBe(26);
  });

  it('lets go of what the store has dropped', async () => {
    const { store, log } = await scene();
    const answers = ['a', 'b', 'c'].map(async (name) => log.append(put(name)));
    store.write();
    store.answer();
    await Promise.all(answers);
    store.drop(2);
    expect([log.counts.entries, log.droppedUpTo]).toEqual([1, 2]);
  });

  it('passes on what changes: a state, and another epoch with nothing of before in memory', async () => {
    const { clock, store, log, seen, changes } = await scene();
    const sentMs = log.elapsed();
    const answer = log.append(put('a', 1));
    store.write();
    store.answer();
    await answer;
    store.change({ kind: 'state', state: 'full' });
    expect([log.state, changes]).toEqual(['full', [{ kind: 'state', state: 'full' }]]);
    const lost = log.append(put('a', 2));
    store.reject(new ZerospanError('outcome-unknown'));
    store.change({ kind: 'epoch', epoch: 'another', begins: 1, head: 1 });
    await expect(lost).rejects.toMatchObject({ code: 'outcome-unknown' });
    expect([log.epoch, log.begins, log.head, log.counts.entries]).toEqual(['another', 1, 1, 0]);
    expect(changes.at(-1)).toEqual({ kind: 'epoch', epoch: 'another' });
    clock.advance(1);
    const putKey = { client: 'c', id: 1, firstSentMs: sentMs };
    expect(() => log.append(put('a', 1, '"x"', { putKey }))).toThrow(
      expect.objectContaining({ code: 'outcome-unknown' }),
    );
    const next = log.append(put('a', 3));
    store.write();
    store.answer();
    expect(await next).toMatchObject({ offsets: [2] });
    expect(seen.map(({ offset }) => offset)).toEqual([1, 2]);
  });

  it('answers no put that was under way with offsets of another epoch, whatever the store says (P10)', async () => {
    const { store, log, seen } = await scene();
    const unknown = { code: 'outcome-unknown' };
    const before = [log.append(put('a', 1)), log.append(put('a', 1)), log.append(put('b', 2))];
    store.change({ kind: 'epoch', epoch: 'another', begins: 0, head: 0 });
    const after = log.append(put('a', 1));
    const own = log.append(put('c', 3));
    store.write();
    store.answer();
    for (const answer of [...before, after]) await expect(answer).rejects.toMatchObject(unknown);
    expect(await own).toMatchObject({ offsets: [3] });
    // The store has written it in the new epoch, and that is known from then on.
    expect(await log.append(put('a', 1))).toMatchObject({ offsets: [1], again: true });
    expect(seen.map(({ offset }) => offset)).toEqual([1, 2, 3]);
  });
});

it('makes the entries of a large read in slices of a turn of the event loop', async () => {
  const clock = new ManualClock();
  const store = new ArrayStore({ clock, later: async () => undefined, entries: 1e6, lasts: 0, ageMs: 0 });
  const log = await StoredLog.open(store, { clock, bytes: 0, ageMs: 0 });
  for (let i = 0; i < 5_000; i++) await log.append(put('room1'));
  // Each look at the time finds one ms gone.
  let nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs++);
  onTestFinished(() => void vi.restoreAllMocks());
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  count();
  const { entries } = await log.read({ after: 0, interests: [ALL], ...AMPLE });
  isDone = true;
  expect(entries.map(({ offset }) => offset)).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1));
  expect(turns).toBeGreaterThan(10);
});
