import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimeSlicer } from '../../../server/src/core/time-slicer.ts';

describe('works in pieces', () => {
  let nowMs = 0;
  let turns: (() => void)[] = [];
  const endOfTurn = (action: () => void): void => void turns.push(action);
  const turn = (): void => {
    for (const action of turns.splice(0)) action();
  };

  beforeEach(() => {
    nowMs = 0;
    turns = [];
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Each piece takes 1 ms. */
  function* work(name: string, pieces: number, done: string[]): Generator<void, string> {
    for (let i = 1; i <= pieces; i++) {
      done.push(`${name}${i}`);
      nowMs += 1;
      yield;
    }
    return name;
  }

  it('take no more of a turn than they may together, in turn', async () => {
    const slicer = new TimeSlicer(endOfTurn, 4);
    const done: string[] = [];
    const answers = Promise.all([slicer.run(work('a', 3, done)), slicer.run(work('b', 4, done))]);
    // The first began before there was a second.
    expect(done).toEqual(['a1', 'a2', 'a3', 'b1']);
    turn();
    expect(done).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'b4']);
    turn();
    expect(await answers).toEqual(['a', 'b']);
    expect(turns).toEqual([]);
  });

  it('are done one after the other, and do not begin before', async () => {
    const slicer = new TimeSlicer(endOfTurn, 4);
    const done: string[] = [];
    const answers = [slicer.run(work('a', 6, done)), slicer.run(work('b', 2, done))];
    expect(done).toEqual(['a1', 'a2', 'a3', 'a4']);
    turn();
    expect(done.slice(4)).toEqual(['a5', 'a6', 'b1', 'b2']);
    turn();
    expect(await Promise.all(answers)).toEqual(['a', 'b']);
  });

  it('reject with what they throw, and the others go on', async () => {
    const slicer = new TimeSlicer(endOfTurn);
    const done: string[] = [];
    const failing = slicer.run(
      (function* () {
        yield;
        throw new Error('broken');
      })(),
    );
    const other = slicer.run(work('a', 2, done));
    await expect(failing).rejects.toThrow('broken');
    expect(await other).toBe('a');
  });

  it('share a turn with what waits for time: half of the next is left to it', async () => {
    const slicer = new TimeSlicer(endOfTurn, 4);
    const done: string[] = [];
    const long = slicer.run(work('a', 8, done));
    expect(done).toEqual(['a1', 'a2', 'a3', 'a4']);
    const beside = slicer.runBeside(work('b', 3, done));
    await microtasks();
    expect(done).toHaveLength(4);
    turn();
    await microtasks();
    expect(done.slice(4)).toEqual(['a5', 'a6', 'b1', 'b2']);
    turn();
    await microtasks();
    expect(done.slice(8)).toEqual(['a7', 'a8', 'b3']);
    turn();
    expect(await Promise.all([long, beside])).toEqual(['a', 'b']);
  });

  it('beside others begin at once where there is time, and no turn is asked for any more when they are done', async () => {
    const slicer = new TimeSlicer(endOfTurn, 4);
    const done: string[] = [];
    expect(await slicer.runBeside(work('a', 3, done))).toBe('a');
    turn();
    expect(turns).toEqual([]);
  });

  it('get nothing done where a turn has no time at all', async () => {
    const slicer = new TimeSlicer(endOfTurn, 0);
    const done: string[] = [];
    void slicer.runBeside(work('a', 1, done));
    for (let i = 0; i < 5; i++) {
      await microtasks();
      turn();
    }
    expect([done, turns.length]).toEqual([[], 0]);
    await microtasks();
    expect(turns).toHaveLength(1);
  });
});

async function microtasks(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}
