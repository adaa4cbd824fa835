import { describe, expect, it } from 'vitest';
import { putOf, StreamNodes } from '../../../support/jetstream/stream-nodes.ts';

const packs = (world: StreamNodes) => world.server.messages.filter(({ subject }) => subject !== 'test.epoch');

describe('what a node publishes', () => {
  it('is one pack at a time, of all that came meanwhile', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    const records = ['1', '2', '3'].map((text) => node.append(putOf(text)));
    await world.turns(3);
    const more = ['4', '5'].map((text) => node.append(putOf(text)));
    await world.until('all', () => [...records, ...more].every((record) => node.answerTo(record)));
    expect(node.stream.published.filter(({ id }) => !id.startsWith('epoch'))).toHaveLength(2);
    expect(node.texts).toEqual(['1', '2', '3', '4', '5']);
    expect(packs(world)).toHaveLength(2);
  });

  it('is not published again where the stream has it, though nobody said so', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    world.server.faults.push('lost-answer');
    const first = node.append(putOf('1'));
    await world.until('an answer', () => node.answerTo(first));
    const second = node.append(putOf('2'));
    await world.until('another', () => node.answerTo(second));
    expect(node.texts).toEqual(['1', '2']);
    expect(packs(world)).toHaveLength(2);
    expect(node.store.figures).toMatchObject({ packs: 2, unknown: 0 });
  });

  it('is not published again where the stream has it, though it does not come back either', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    world.server.isQuiet = true;
    world.server.faults.push('lost-answer');
    const record = node.append(putOf('1'));
    await world.until('a question', () =>
      node.stream.asked.some((subject) => subject.startsWith('test.pack.')),
    );
    await world.turns();
    world.clock.advance(500);
    await world.turns();
    expect(node.stream.published.filter(({ id }) => !id.startsWith('epoch'))).toHaveLength(1);
    world.server.isQuiet = false;
    world.server.end('silence');
    await world.until('an answer', () => node.answerTo(record));
    expect(node.texts).toEqual(['1']);
  });

  it('is published again, under the same id, where the stream has not got it, and before all that follows', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    world.server.faults.push('lost', 'lost');
    const first = node.append(putOf('1'));
    await world.turns();
    const second = node.append(putOf('2'));
    await world.until('answers', () => node.answerTo(first) && node.answerTo(second));
    const ids = node.stream.published.map(({ id }) => id).filter((id) => !id.startsWith('epoch'));
    expect([ids.length, new Set(ids).size]).toEqual([4, 2]);
    expect(node.texts).toEqual(['1', '2']);
    expect(node.store.figures.retries).toBe(2);
  });

  it('is found although a server refused what it had stored', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    world.server.faults.push('false-refusal');
    const record = node.append(putOf('1'));
    await world.until('an answer', () => node.answerTo(record));
    expect(node.answerTo(record)).toMatchObject({ offset: expect.any(Number) });
    expect(packs(world)).toHaveLength(1);
  });

  it('ends outcome-unknown when nobody answers, what waited was not appended, and it goes on by itself', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    world.server.isAway = true;
    const underWay = node.append(putOf('1'));
    await world.turns();
    const waiting = node.append(putOf('2'));
    world.clock.advance(14_000);
    await world.turns();
    expect([node.answerTo(underWay), node.answerTo(waiting)]).toEqual([undefined, undefined]);
    await world.until('answers', () => node.answerTo(underWay) && node.answerTo(waiting));
    expect(node.answerTo(underWay)).toMatchObject({ code: 'outcome-unknown' });
    expect(node.answerTo(waiting)).toMatchObject({ code: 'log-failed' });
    const refused = node.append(putOf('3'));
    await world.turns();
    expect(node.answerTo(refused)).toMatchObject({
      code: 'log-failed',
      message: expect.stringContaining('15 s'),
    });
    expect(node.changes).toMatchObject([
      { kind: 'state', state: 'away' },
      { kind: 'state', state: 'failed' },
    ]);
    world.server.isAway = false;
    await world.until('contact', () => node.changes.length === 3);
    expect(node.changes[2]).toEqual({ kind: 'state', state: 'reachable' });
    const next = node.append(putOf('4'));
    await world.until('an answer', () => node.answerTo(next));
    expect(node.texts).toEqual(['4']);
    expect(await node.scanned()).toEqual(['4']);
  });

  it('is another’s when it comes after it was given up', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    world.server.faults.push('lost-answer');
    const record = node.append(putOf('1'));
    await world.turns(2);
    world.server.isAway = true;
    await world.until('an answer', () => node.answerTo(record));
    expect(node.answerTo(record)).toMatchObject({ code: 'outcome-unknown' });
    world.server.isAway = false;
    world.server.end('silence');
    await world.until('the pack', () => node.written.length === 1);
    expect(node.written[0]?.record).not.toBe(record);
    expect(node.texts).toEqual(['1']);
  });

  it('is refused while the stream has no room, and goes on by itself when there is', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    const full = { kind: 'refused', why: 'full', reason: 'insufficient storage' } as const;
    world.server.faults.push(full, full);
    const record = node.append(putOf('1'));
    await world.turns();
    expect(node.answerTo(record)).toMatchObject({
      code: 'log-failed',
      message: expect.stringContaining('storage'),
    });
    expect(node.changes).toEqual([{ kind: 'state', state: 'full' }]);
    const refused = node.append(putOf('2'));
    await world.turns();
    expect(node.answerTo(refused)).toMatchObject({ code: 'log-failed' });
    world.clock.advance(1_000);
    await world.turns();
    expect(node.changes).toHaveLength(1);
    await world.until('room', () => node.changes.length === 2);
    expect(node.changes[1]).toEqual({ kind: 'state', state: 'reachable' });
    const next = node.append(putOf('3'));
    await world.until('an answer', () => node.answerTo(next));
    expect(node.texts).toEqual(['3']);
  });

  it('is refused where a try before it may have been taken only as outcome-unknown', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    world.server.faults.push('lost', { kind: 'refused', why: 'full', reason: 'no room' });
    const record = node.append(putOf('1'));
    await world.until('an answer', () => node.answerTo(record));
    expect(node.answerTo(record)).toMatchObject({ code: 'outcome-unknown' });
  });

  it('waits within bounds', async () => {
    const world = new StreamNodes();
    const node = await world.opened({ waitingBytes: 10_000 });
    world.server.isAway = true;
    const records = Array.from({ length: 20 }, () => node.append(putOf('x'.repeat(1_000))));
    await world.turns();
    expect(node.answerTo(records[2] as (typeof records)[0])).toBeUndefined();
    expect(node.answerTo(records[19] as (typeof records)[0])).toMatchObject({ code: 'log-failed' });
    expect(node.store.figures.waitingBytes).toBeLessThan(12_000);
  });

  it('is never split: what is larger than a message may be is refused, and so is what cannot be encoded', async () => {
    const world = new StreamNodes();
    world.server.dataBytesMost = 2_000;
    const node = await world.opened();
    const large = node.append(putOf('x'.repeat(3_000)));
    const odd = node.append(putOf('x', undefined, ['\ud800']));
    const fits = node.append(putOf('x'.repeat(1_800)));
    const beside = node.append(putOf('y'.repeat(1_800)));
    await world.until('answers', () => node.answerTo(fits) && node.answerTo(beside));
    expect(node.answerTo(large)).toMatchObject({
      code: 'log-failed',
      message: expect.stringContaining('2000'),
    });
    expect(node.answerTo(odd)).toMatchObject({ code: 'log-failed' });
    expect(packs(world).map(({ data }) => data.length <= 2_000)).toEqual([true, true]);
  });

  it('is answered for when the log is closed', async () => {
    const world = new StreamNodes();
    const node = await world.opened();
    const record = node.append(putOf('1'));
    await node.store.close();
    expect(node.answerTo(record)).toMatchObject({ offset: expect.any(Number) });
  });
});
